// Shares types, names, and the ids of the built-in roles, which are the same in every tenant, between modules.

@export()
@description('Tags of every resource.')
type Tags = { *: string }

@export()
var builtInRoles = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  eventGridDataSender: 'd5a91429-5739-47e2-a06b-3470a27159e7'
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  durableTaskDataContributor: '0ad04412-c4d5-4796-b79c-f76d14c8d402'
}

@export()
@description('Container of the app\'s account for events that could not be delivered.')
var deadLetterContainer = 'dead-letters'

@export()
@description('Queue of the backups\' account for events of files that the host gave up. The host gives it this name.')
var poisonQueueName = 'webjobs-blobtrigger-poison'

@export()
@description('Where an event subscription writes what cannot be delivered, and as whom.')
type DeadLetters = {
  identity: { type: 'SystemAssigned' }
  deadLetterDestination: {
    endpointType: 'StorageBlob'
    properties: { resourceId: string, blobContainerName: string }
  }
}

@export()
@description('When an event subscription gives up.')
type RetryPolicy = { maxDeliveryAttempts: int, eventTimeToLiveInMinutes: int }

@export()
@description('From an environment variable: texts between commas.')
func listOf(text string) string[] => filter(map(split(text, ','), item => trim(item)), item => !empty(item))

@export()
@description('From an environment variable: name=value pairs between commas.')
func tagsOf(text string) Tags =>
  toObject(listOf(text), pair => trim(split(pair, '=')[0]), pair => trim(join(skip(split(pair, '='), 1), '=')))

@export()
@description('What two environments of one name differ by: it is part of every name that has to be unique in a tenant or in the world.')
func tokenOf(subscriptionId string, environmentName string, location string) string =>
  toLower(uniqueString(subscriptionId, environmentName, location))
