// Many databases: targets in two subscriptions, Durable Task Scheduler, instances that stay awake, a private network, cards, mails.
using '../main.bicep'

param environmentName = 'large'
param location = 'westeurope'
param identityResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-large-backups/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-large'
param identityPrincipalId = '00000000-0000-0000-0000-00000000001d'
param identityClientId = '00000000-0000-0000-0000-00000000002d'
param keyVaultName = 'kv-large'
param systemTopicResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-large-backups/providers/Microsoft.EventGrid/systemTopics/egst-large'
param systemTopicPrincipalId = '00000000-0000-0000-0000-00000000003d'
param backupsStorageAccountResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-large-backups/providers/Microsoft.Storage/storageAccounts/stbaklarge'
param appSubnetResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-large-backups/providers/Microsoft.Network/virtualNetworks/vnet-large/subnets/app'
param targetSqlVmResourceIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-01'
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-02'
  '/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/resourcegroups/RG-SQL/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/SQLVM-02'
  '/subscriptions/00000000-0000-0000-0000-0000000000b2/resourceGroups/rg-sql-finance/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-11'
  '/subscriptions/00000000-0000-0000-0000-0000000000B2/resourceGroups/rg-sql-finance/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-12'
]
param defaultTargetSqlVmResourceId = '/subscriptions/00000000-0000-0000-0000-0000000000B2/RESOURCEGROUPS/rg-sql-finance/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-11'
param entraClientId = '00000000-0000-0000-0000-00000000000c'
param callerAddresses = ['198.51.100.0/24', '203.0.113.7']
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
param extraTags = { costCenter: '4711', owner: 'dba' }
param operatorAddresses = ['203.0.113.50']
param diagnosticsWorkspaceResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/contoso-logs'
