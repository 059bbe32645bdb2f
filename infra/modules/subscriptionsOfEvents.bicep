// Subscribes the app's function to sqlferry's own events. Other subscribers add their own subscriptions to the topic.
import { DeadLetters, RetryPolicy } from 'shared.bicep'

param topicName string
param nameToken string
param functionAppResourceId string
param deadLetters DeadLetters
param retryPolicy RetryPolicy

var appParts = split(functionAppResourceId, '/')

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  scope: resourceGroup(appParts[2], appParts[4])
  name: appParts[8]
}

// A function behind App Service authentication is told by webhook. The Event Grid extension made this key when the host
// first loaded one of its triggers. It goes into the subscription, and nowhere else.
var extensionKey = listKeys('${functionAppResourceId}/host/default', '2024-11-01').systemKeys.eventgrid_extension

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

resource cards 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'sqlferry-teams-cards-${nameToken}'
  properties: {
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: 'https://${app.properties.defaultHostName}/runtime/webhooks/eventgrid?functionName=NotifyTeams&code=${extensionKey}'
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    filter: { subjectBeginsWith: '/migrations/' }
    retryPolicy: retryPolicy
    deadLetterWithResourceIdentity: deadLetters
  }
}
