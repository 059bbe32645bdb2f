// Case 1a of the tutorial: a share, with the integration runtime on premises.
using '../backups.bicep'

param environmentName = 'case1a'
param location = 'westeurope'
param network = '1a'
param targetSubnetResourceIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.Network/virtualNetworks/vnet-sql/subnets/sql'
]
param runtimeAddresses = ['203.0.113.10', '203.0.113.11']
