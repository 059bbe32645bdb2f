// Deploys the topic for sqlferry's own events, and the place for undelivered ones. Who subscribes is in
// subscriptions.bicep, because the code has to be there first.
import { builtInRoles, deadLetterContainer, Tags } from 'shared.bicep'

param topicName string
param location string
param tags Tags

@description('Of the system topic of the backups\' account.')
param systemTopicPrincipalId string
param appStorageName string
param principalId string

@description('Empty: no diagnostic settings.')
param diagnosticsWorkspaceResourceId string

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  name: topicName
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    inputSchema: 'CloudEventSchemaV1_0'
    disableLocalAuth: true
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: 'Enabled'
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

resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(topic.id, principalId, builtInRoles.eventGridDataSender)
  scope: topic
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', builtInRoles.eventGridDataSender)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

// What cannot be delivered is written down by the topics themselves.
resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: appStorageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deadLetters 'containers' existing = {
      name: deadLetterContainer
    }
  }
}

var dataContributor = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  builtInRoles.storageBlobDataContributor
)

resource topicWritesDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage::blobs::deadLetters.id, topic.id, 'topic')
  scope: storage::blobs::deadLetters
  properties: {
    roleDefinitionId: dataContributor
    principalId: topic.identity.principalId
    principalType: 'ServicePrincipal'
  }
}

resource systemTopicWritesDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage::blobs::deadLetters.id, systemTopicPrincipalId, 'systemTopic')
  scope: storage::blobs::deadLetters
  properties: {
    roleDefinitionId: dataContributor
    principalId: systemTopicPrincipalId
    principalType: 'ServicePrincipal'
  }
}

output topicResourceId string = topic.id
output topicEndpoint string = topic.properties.endpoint
