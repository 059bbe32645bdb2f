// What may the app do with the backups' account? Nothing else about the account changes.
import { builtInRoles } from 'shared.bicep'

param accountName string
param identityResourceId string
param principalId string

@description('For listKeys: DMS wants the account\'s key.')
param restoreRoleId string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: accountName
}

// An identity-based blob trigger asks for the first two: it keeps its poison queue in the account that it watches.
var roles = [builtInRoles.storageBlobDataOwner, builtInRoles.storageQueueDataContributor, restoreRoleId]

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in roles: {
    name: guid(account.id, identityResourceId, role)
    scope: account
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]
