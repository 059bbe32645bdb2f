// Deploys the workspace and Application Insights that receive the app's telemetry, and the workbook that shows it.
import { builtInRoles, Tags } from 'shared.bicep'

param token string
param location string
param tags Tags

@description('Empty: a workspace is created.')
param existingWorkspaceResourceId string
param retentionDays int

@description('-1: no cap.')
param dailyCapGB int
param principalId string

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = if (empty(existingWorkspaceResourceId)) {
  name: 'log-${token}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyCapGB }
    features: { disableLocalAuth: true }
  }
}

var workspaceId = empty(existingWorkspaceResourceId) ? workspace.id : existingWorkspaceResourceId

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${token}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceId
    DisableLocalAuth: true // what follows from the connection string alone is refused
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, builtInRoles.monitoringMetricsPublisher)
  scope: insights
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      builtInRoles.monitoringMetricsPublisher
    )
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'sqlferry'
    category: 'workbook'
    version: '1.0'
    sourceId: insights.id
    serializedData: string(loadJsonContent('workbook.json'))
  }
}

output insightsResourceId string = insights.id
output connectionString string = insights.properties.ConnectionString
