// Grants the app a role on an existing migration service alone, not on its neighbours.

param serviceName string
param principalId string
param roleId string

resource service 'Microsoft.DataMigration/sqlMigrationServices@2025-06-30' existing = {
  name: serviceName
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(service.id, principalId, roleId)
  scope: service
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
