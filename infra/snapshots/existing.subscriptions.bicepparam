// The system topic is somebody else's: subscriptions are all that it is given.
using '../subscriptions.bicep'

param nameToken = 'tokenexisting'
param functionAppResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-existing/providers/Microsoft.Web/sites/func-existing'
param systemTopicResourceId = '/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/rg-backups/providers/Microsoft.EventGrid/systemTopics/contosobackups-events'
param topicResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-existing/providers/Microsoft.EventGrid/topics/evgt-existing'
param appStorageResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-existing/providers/Microsoft.Storage/storageAccounts/stappexisting'
param backupsContainer = 'sql-backups'
