// Many databases: targets in two subscriptions, Durable Task Scheduler, instances that stay awake, a private network, cards, mails.
using '../main.bicep'

param environmentName = 'large'
param location = 'westeurope'
param backupsStorageAccountResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-large-backups/providers/Microsoft.Storage/storageAccounts/stbaklarge'
param appSubnetResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-large-backups/providers/Microsoft.Network/virtualNetworks/vnet-large/subnets/app'
param targetSqlVmResourceIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-01'
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-02'
  '/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/rg-sql-finance/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-11'
]
param entraClientId = '00000000-0000-0000-0000-00000000000c'
param callerAddresses = ['198.51.100.0/24', '203.0.113.0/24']
param teamsCards = true
param alertEmails = ['dba@example.com', 'platform@example.com']
param durableBackend = 'DurableTaskScheduler'
param schedulerSku = 'Dedicated'
param maximumInstances = 200
param instanceMemoryMB = 4096
param alwaysReadyInstances = 2
param appStorageRedundancy = 'Standard_ZRS'
param logRetentionDays = 90
param logDailyCapGB = 50
param dmsMaxGetsPerMinute = 600
param preflightRequireChecksum = true
param targetSqlVersion = '2022'
