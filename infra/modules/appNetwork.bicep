// Deploys the network that the app goes out through when the storage is not reachable from every network.
import { Tags } from 'shared.bicep'

param name string
param location string
param tags Tags

@description('/24 to /26')
param range string

@description('Microsoft.Storage reaches accounts in its own region, Microsoft.Storage.Global in all; a subnet has one of them.')
param storageEndpoint string

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: name
  location: location
  tags: tags
  properties: { addressSpace: { addressPrefixes: [range] } }

  resource app 'subnets' = {
    name: 'app'
    properties: {
      addressPrefix: cidrSubnet(range, 26, 0)
      delegations: [{ name: 'functions', properties: { serviceName: 'Microsoft.App/environments' } }]
      serviceEndpoints: [{ service: storageEndpoint }, { service: 'Microsoft.KeyVault' }]
    }
  }
}

output subnetResourceId string = network::app.id
