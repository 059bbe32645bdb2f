// Subscribes the app's functions to blobs that are created and deleted in the backups' container.
import { DeadLetters, RetryPolicy } from 'shared.bicep'

param systemTopicName string
param nameToken string
param functionAppResourceId string
param container string
param deadLetters DeadLetters
param retryPolicy RetryPolicy

var appParts = split(functionAppResourceId, '/')

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  scope: resourceGroup(appParts[2], appParts[4])
  name: appParts[8]
}

// The extensions created these keys when the host first loaded one of their triggers. They are written into the
// subscriptions, and nowhere else.
// Both functions are called by webhook: Event Grid's own way to functions (AzureFunction) does not go through App
// Service authentication.
var extensionKeys = listKeys('${functionAppResourceId}/host/default', '2024-11-01').systemKeys
var webhooks = 'https://${app.properties.defaultHostName}/runtime/webhooks'

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: systemTopicName
}

var inContainer = '/blobServices/default/containers/${container}/blobs/'

resource created 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'sqlferry-backup-arrived-${nameToken}'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: '${webhooks}/blobs?functionName=Host.Functions.BackupArrived&code=${extensionKeys.blobs_extension}'
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobCreated']
      subjectBeginsWith: inContainer
      // An account with hierarchical namespace tells of an empty file first and of the whole one (FlushWithClose,
      // SftpCommit) later. What to leave out, rather than what to take: an operation that Azure adds is then looked at,
      // not lost.
      advancedFilters: [{ operatorType: 'StringNotIn', key: 'data.api', values: ['CreateFile', 'SftpCreate'] }]
      enableAdvancedFilteringOnArrays: true
    }
    retryPolicy: retryPolicy
    deadLetterWithResourceIdentity: deadLetters
  }
}

resource deleted 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'sqlferry-backup-deleted-${nameToken}'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: '${webhooks}/eventgrid?functionName=BackupDeleted&code=${extensionKeys.eventgrid_extension}'
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobDeleted']
      subjectBeginsWith: inContainer
      advancedFilters: [
        { operatorType: 'StringIn', key: 'data.api', values: ['DeleteBlob', 'DeleteFile', 'SftpRemove'] }
      ]
      enableAdvancedFilteringOnArrays: true
    }
    retryPolicy: retryPolicy
    deadLetterWithResourceIdentity: deadLetters
  }
  dependsOn: [created] // a topic takes one change at a time
}
