// After small.main.bicepparam and the deployment of the code.
using '../subscriptions.bicep'

param nameToken = 'tokensmall000'
param functionAppResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-small/providers/Microsoft.Web/sites/func-small'
param systemTopicResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-small-backups/providers/Microsoft.EventGrid/systemTopics/egst-small'
param topicResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-small/providers/Microsoft.EventGrid/topics/evgt-small'
param appStorageResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-small/providers/Microsoft.Storage/storageAccounts/stappsmall'
