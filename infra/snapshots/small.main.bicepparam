// One target VM, every default.
using '../main.bicep'

param environmentName = 'small'
param location = 'westeurope'
param identityResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-small-backups/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-jj7hqef434wz2'
param identityPrincipalId = '00000000-0000-0000-0000-00000000001d'
param identityClientId = '00000000-0000-0000-0000-00000000002d'
param keyVaultName = 'kv-jj7hqef434wz2'
param systemTopicResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-small-backups/providers/Microsoft.EventGrid/systemTopics/egst-jj7hqef434wz2'
param systemTopicPrincipalId = '00000000-0000-0000-0000-00000000003d'
param backupsStorageAccountResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-small-backups/providers/Microsoft.Storage/storageAccounts/stbakjj7hqef434wz2'
param targetSqlVmResourceIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-01'
]
param defaultTargetSqlVmResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-01'
param entraClientId = '00000000-0000-0000-0000-00000000000c'
