// Grants the app its roles on the backups' account. Nothing else about the account changes.
import { builtInRoles, poisonQueueName } from 'shared.bicep'

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

  resource queues 'queueServices' existing = {
    name: 'default'

    resource poison 'queues' existing = {
      name: poisonQueueName
    }
  }
}

// The documentation of the blob trigger asks for Blob Data Owner and Queue Data Contributor on the account ("Grant
// permission to the identity", Azure Functions, Azure Blob storage trigger). The container that it watches suffices,
// and the one queue that the extension uses in this account, for files that were given up: its queue of work is in the
// host's own account (BlobListenerFactory, SharedBlobQueueListenerFactory).
resource onContainer 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::blobs::backups.id, principalId, builtInRoles.storageBlobDataOwner)
  scope: account::blobs::backups
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', builtInRoles.storageBlobDataOwner)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource onPoisonQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::queues::poison.id, principalId, builtInRoles.storageQueueDataContributor)
  scope: account::queues::poison
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      builtInRoles.storageQueueDataContributor
    )
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource onAccount 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, principalId, restoreRoleId)
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', restoreRoleId)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
