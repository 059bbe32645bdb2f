// Deploys the system topic for blob events. It lies in the subscription and the region of its account, which has one at
// most.
import { Tags } from 'shared.bicep'

param name string
param location string
param tags Tags
param storageAccountName string

@description('Empty: no diagnostic settings.')
param diagnosticsWorkspaceResourceId string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageAccountName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    source: account.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(diagnosticsWorkspaceResourceId)) {
  name: 'sqlferry'
  scope: topic
  properties: {
    workspaceId: diagnosticsWorkspaceResourceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
  }
}

output resourceId string = topic.id
output principalId string = topic.identity.principalId
