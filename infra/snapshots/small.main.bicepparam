// One target VM, every default.
using '../main.bicep'

param environmentName = 'small'
param location = 'westeurope'
param backupsStorageAccountResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-small-backups/providers/Microsoft.Storage/storageAccounts/stbaksmall'
param targetSqlVmResourceIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-01'
]
param defaultTargetSqlVmResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-01'
param entraClientId = '00000000-0000-0000-0000-00000000000c'
