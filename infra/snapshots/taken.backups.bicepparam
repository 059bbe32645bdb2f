// The account is there, in another subscription and without a system topic, and the app gets a network of its own.
using '../backups.bicep'

param environmentName = 'taken'
param location = 'westeurope'
param existingStorageAccountResourceId = '/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/rg-backups/providers/Microsoft.Storage/storageAccounts/contosobackups'
param network = '2a'
