// What may the app do with the backups' account? Nothing else about the account changes.
import { builtInRoles } from 'shared.bicep'

param accountName string
param container string
param principalId string

@description('For listKeys: DMS wants the account\'s key.')
param restoreRoleId string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: accountName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource backups 'containers' existing = {
      name: container
    }
  }
}

// An identity-based blob trigger asks for Blob Data Owner and Queue Data Contributor ("Grant permission to the identity", Azure Functions,
// Azure Blob storage trigger): of the container that it watches, and of the account, where the host makes the poison queue.
resource onContainer 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::blobs::backups.id, principalId, builtInRoles.storageBlobDataOwner)
  scope: account::blobs::backups
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', builtInRoles.storageBlobDataOwner)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource onAccount 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [builtInRoles.storageQueueDataContributor, restoreRoleId]: {
    name: guid(account.id, principalId, role)
    scope: account
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]
