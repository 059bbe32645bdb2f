// The account is there, and its system topic: neither is changed.
using '../backups.bicep'

param environmentName = 'existing'
param location = 'westeurope'
param existingStorageAccountResourceId = '/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/rg-backups/providers/Microsoft.Storage/storageAccounts/contosobackups'
param existingSystemTopicResourceId = '/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/rg-backups/providers/Microsoft.EventGrid/systemTopics/contosobackups-events'
param container = 'sql-backups'
param network = '2a'
param existingAppSubnetResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-hub/providers/Microsoft.Network/virtualNetworks/vnet-hub/subnets/functions'
