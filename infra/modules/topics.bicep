// Through which topics do events go: of the backups' account, and sqlferry's own? Who subscribes is in subscriptions.bicep: the code has to be there first.
import { builtInRoles, deadLetterContainer, Tags } from 'shared.bicep'

param topicName string
param systemTopicName string
param location string
param tags Tags
param backupsStorageAccountResourceId string

@description('A system topic belongs where its source is.')
param backupsStorageLocation string

@description('An account has one system topic at most. Empty: it has none yet.')
param existingSystemTopicResourceId string
param appStorageName string
param identityResourceId string
param principalId string

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

resource systemTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' = if (empty(existingSystemTopicResourceId)) {
  name: systemTopicName
  location: backupsStorageLocation
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    source: backupsStorageAccountResourceId
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

var existingParts = split(existingSystemTopicResourceId, '/')

resource existingSystemTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = if (!empty(existingSystemTopicResourceId)) {
  scope: resourceGroup(existingParts[?2] ?? '', existingParts[?4] ?? '')
  name: existingParts[?8] ?? ''
}

var systemTopicPrincipalId = empty(existingSystemTopicResourceId)
  ? systemTopic!.identity.principalId
  : existingSystemTopic!.identity.principalId

resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(topic.id, identityResourceId, builtInRoles.eventGridDataSender)
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

resource writesDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for writer in ['topic', 'systemTopic']: {
    name: guid(storage::blobs::deadLetters.id, topic.id, writer)
    scope: storage::blobs::deadLetters
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        builtInRoles.storageBlobDataContributor
      )
      principalId: writer == 'topic' ? topic.identity.principalId : systemTopicPrincipalId
      principalType: 'ServicePrincipal'
    }
  }
]

output topicResourceId string = topic.id
output topicEndpoint string = topic.properties.endpoint
output systemTopicResourceId string = empty(existingSystemTopicResourceId)
  ? systemTopic.id
  : existingSystemTopicResourceId
