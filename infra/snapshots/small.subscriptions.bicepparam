// After small.main.bicepparam and the deployment of the code.
using '../subscriptions.bicep'

param nameToken = 'jj7hqef434wz2'
param functionAppResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-small/providers/Microsoft.Web/sites/func-jj7hqef434wz2'
param systemTopicResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-small-backups/providers/Microsoft.EventGrid/systemTopics/egst-jj7hqef434wz2'
param topicResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-small/providers/Microsoft.EventGrid/topics/evgt-jj7hqef434wz2'
param appStorageResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-small/providers/Microsoft.Storage/storageAccounts/stappjj7hqef434wz2'
