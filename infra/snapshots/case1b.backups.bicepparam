// Case 1b of the tutorial: a share, with the integration runtime on an Azure VM.
using '../backups.bicep'

param environmentName = 'case1b'
param location = 'westeurope'
param network = '1b'
param targetSubnetResourceIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.Network/virtualNetworks/vnet-sql/subnets/sql'
]
param runtimeSubnetResourceIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-hub/providers/Microsoft.Network/virtualNetworks/vnet-hub/subnets/runtime'
]
