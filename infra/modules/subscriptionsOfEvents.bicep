// Which function is told of sqlferry's own events? Other subscribers add their own subscriptions to the topic.
import { DeadLetters, RetryPolicy } from 'shared.bicep'

param topicName string
param functionAppResourceId string
param deadLetters DeadLetters
param retryPolicy RetryPolicy

var appParts = split(functionAppResourceId, '/')

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  scope: resourceGroup(appParts[2], appParts[4])
  name: appParts[8]

  resource notifyTeams 'functions' existing = {
    name: 'NotifyTeams'
  }
}

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

resource cards 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'sqlferry-teams-cards'
  properties: {
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: app::notifyTeams.id
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    filter: { subjectBeginsWith: '/migrations/' }
    retryPolicy: retryPolicy
    deadLetterWithResourceIdentity: deadLetters
  }
}
