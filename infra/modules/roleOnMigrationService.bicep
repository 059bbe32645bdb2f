// What may the app do with the migration service? Only what DMS is found to check there; see `checkedByDms` in main.bicep.

param name string
param identityResourceId string
param principalId string
param restoreRoleId string

resource service 'Microsoft.DataMigration/sqlMigrationServices@2025-06-30' existing = {
  name: name
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(service.id, identityResourceId, restoreRoleId)
  scope: service
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', restoreRoleId)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
