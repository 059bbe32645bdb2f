// Deploys the event subscriptions. The last layer: Event Grid validates an endpoint when it subscribes to it, so the
// code has to be there.
targetScope = 'subscription'

import { deadLetterContainer } from 'modules/shared.bicep'

@description('From backups.bicep: two environments may subscribe to one topic.')
@minLength(13)
@maxLength(13)
param nameToken string

@description('From main.bicep.')
param functionAppResourceId string

@description('From backups.bicep.')
param systemTopicResourceId string

@description('From main.bicep.')
param topicResourceId string

@description('From main.bicep: where the container is for what cannot be delivered.')
param appStorageResourceId string

@description('Container of the backups, as in the other layers.')
@minLength(3)
@maxLength(63)
param backupsContainer string = 'backups'

@description('How often Event Grid tries before an event becomes a dead letter.')
@minValue(1)
@maxValue(30)
param maxDeliveryAttempts int = 30

@description('How long Event Grid tries before an event becomes a dead letter.')
@minValue(1)
@maxValue(1440)
param deliveryMinutes int = 1440

var deadLetters = {
  identity: { type: 'SystemAssigned' }
  deadLetterDestination: {
    endpointType: 'StorageBlob'
    properties: { resourceId: appStorageResourceId, blobContainerName: deadLetterContainer }
  }
}
var retryPolicy = { maxDeliveryAttempts: maxDeliveryAttempts, eventTimeToLiveInMinutes: deliveryMinutes }

module ofBackups 'modules/subscriptionsOfBackups.bicep' = {
  scope: resourceGroup(split(systemTopicResourceId, '/')[2], split(systemTopicResourceId, '/')[4])
  params: {
    systemTopicName: last(split(systemTopicResourceId, '/'))
    nameToken: nameToken
    functionAppResourceId: functionAppResourceId
    container: backupsContainer
    deadLetters: deadLetters
    retryPolicy: retryPolicy
  }
}

module ofEvents 'modules/subscriptionsOfEvents.bicep' = {
  scope: resourceGroup(split(topicResourceId, '/')[2], split(topicResourceId, '/')[4])
  params: {
    topicName: last(split(topicResourceId, '/'))
    nameToken: nameToken
    functionAppResourceId: functionAppResourceId
    deadLetters: deadLetters
    retryPolicy: retryPolicy
  }
}
