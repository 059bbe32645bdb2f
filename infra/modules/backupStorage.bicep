// Deploys the account that backups are uploaded to. It has no lifecycle rule: when a backup may go is its owner's
// decision.
import { Tags } from 'shared.bicep'

param name string
param location string
param tags Tags
param redundancy string
param container string

@description('Only the addresses, subnets and the private endpoint below may reach it.')
param isRestricted bool
param addresses string[]
param subnetResourceIds string[]

@description('Empty: no private endpoint.')
param privateEndpointSubnetResourceId string

@description('The region of its network, wherever the account is.')
param privateEndpointLocation string

@description('Empty: a zone is created.')
param privateDnsZoneResourceId string

@description('Empty: no diagnostic settings.')
param diagnosticsWorkspaceResourceId string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: redundancy }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    // DMS reads the backups with the account's key: it is listed at the moment of the call, and never stored.
    allowSharedKeyAccess: true
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      defaultAction: isRestricted ? 'Deny' : 'Allow'
      bypass: 'AzureServices' // Event Grid
      ipRules: [for address in addresses: { value: address, action: 'Allow' }]
      #disable-next-line use-resource-id-functions // ids that people gave
      virtualNetworkRules: [for subnet in subnetResourceIds: { id: subnet, action: 'Allow' }]
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource backups 'containers' = {
      name: container
      properties: { publicAccess: 'None' }
    }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(diagnosticsWorkspaceResourceId)) {
  name: 'sqlferry'
  scope: account::blobs
  properties: {
    workspaceId: diagnosticsWorkspaceResourceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'backups-stay'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'The backups outlive sqlferry: remove this lock when nothing needs them any more.'
  }
}

var hasPrivateEndpoint = !empty(privateEndpointSubnetResourceId)
var createsZone = hasPrivateEndpoint && empty(privateDnsZoneResourceId)
var subnetParts = split(privateEndpointSubnetResourceId, '/')

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = if (createsZone) {
  name: 'privatelink.blob.${environment().suffixes.storage}'
  location: 'global'
  tags: tags
  properties: {}

  resource link 'virtualNetworkLinks' = {
    name: 'targets'
    location: 'global'
    tags: tags
    properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' existing = if (hasPrivateEndpoint) {
  scope: resourceGroup(subnetParts[?2] ?? '', subnetParts[?4] ?? '')
  name: subnetParts[?8] ?? ''
}

resource endpoint 'Microsoft.Network/privateEndpoints@2024-07-01' = if (hasPrivateEndpoint) {
  name: 'pe-${name}'
  location: privateEndpointLocation
  tags: tags
  properties: {
    subnet: { id: privateEndpointSubnetResourceId }
    privateLinkServiceConnections: [
      { name: 'blob', properties: { privateLinkServiceId: account.id, groupIds: ['blob'] } }
    ]
  }

  resource names 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: 'blob'
          properties: { privateDnsZoneId: createsZone ? zone.id : privateDnsZoneResourceId }
        }
      ]
    }
  }
}
