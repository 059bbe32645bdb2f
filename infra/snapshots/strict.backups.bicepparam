// What policies ask for: tags, purge protection, diagnostic settings; and people who reach the vault from outside.
using '../backups.bicep'

param environmentName = 'strict'
param location = 'westeurope'
param network = '2a'
param extraTags = { costCenter: '4711', owner: 'dba' }
param targetSubnetResourceIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.Network/virtualNetworks/vnet-sql/subnets/sql'
]
param operatorAddresses = ['203.0.113.50', '198.51.100.0/24']
param purgeProtection = true
param diagnosticsWorkspaceResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/contoso-logs'
