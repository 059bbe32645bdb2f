// Deploys the app's storage account: its package, its tables, the host's and Durable's state, and events that could not
// be delivered. No key opens it.
import { builtInRoles, deadLetterContainer, Tags } from 'shared.bicep'

param name string
param location string
param tags Tags

param redundancy string

@description('Empty: every network may ask, and is refused without a role.')
param appSubnetResourceId string
param operatorAddresses string[]

@description('Empty: no diagnostic settings.')
param diagnosticsWorkspaceResourceId string
param principalId string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: redundancy }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      defaultAction: empty(appSubnetResourceId) ? 'Allow' : 'Deny'
      bypass: 'AzureServices' // Event Grid's dead letters
      ipRules: [for address in operatorAddresses: { value: address, action: 'Allow' }]
      virtualNetworkRules: empty(appSubnetResourceId) ? [] : [{ id: appSubnetResourceId, action: 'Allow' }]
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource package 'containers' = {
      name: 'app-package'
      properties: { publicAccess: 'None' }
    }

    resource deadLetters 'containers' = {
      name: deadLetterContainer
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

// What the host's documentation asks for: leases and keys in blobs, Durable's queues, and tables.
var roles = [
  builtInRoles.storageBlobDataOwner
  builtInRoles.storageQueueDataContributor
  builtInRoles.storageTableDataContributor
]

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in roles: {
    name: guid(account.id, principalId, role)
    scope: account
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

output resourceId string = account.id
output packageContainer string = account::blobs::package.name
