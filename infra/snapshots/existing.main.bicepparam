// Whatever can be there is there, in groups and a subscription that are not sqlferry's.
using '../main.bicep'

param environmentName = 'existing'
param location = 'westeurope'
param identityResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-existing-backups/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-existing'
param identityPrincipalId = '00000000-0000-0000-0000-00000000001d'
param identityClientId = '00000000-0000-0000-0000-00000000002d'
param keyVaultName = 'kv-existing'
param systemTopicResourceId = '/subscriptions/00000000-0000-0000-0000-0000000000b2/resourceGroups/rg-backups/providers/Microsoft.EventGrid/systemTopics/contosobackups-events'
param systemTopicPrincipalId = '00000000-0000-0000-0000-00000000003d'
param backupsStorageAccountResourceId = '/subscriptions/00000000-0000-0000-0000-0000000000B2/resourceGroups/rg-backups/providers/Microsoft.Storage/storageAccounts/contosobackups'
param backupsContainer = 'sql-backups'
param appSubnetResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-hub/providers/Microsoft.Network/virtualNetworks/vnet-hub/subnets/functions'
param targetSqlVmResourceIds = [
  '/subscriptions/00000000-0000-0000-0000-0000000000b2/resourceGroups/rg-sql/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-01'
]
param existingMigrationServiceResourceId = '/subscriptions/00000000-0000-0000-0000-0000000000B2/resourceGroups/rg-dms/providers/Microsoft.DataMigration/sqlMigrationServices/contoso-dms'
param existingWorkspaceResourceId = '/subscriptions/00000000-0000-0000-0000-0000000000b2/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/contoso-logs'
param entraClientId = '00000000-0000-0000-0000-00000000000c'
