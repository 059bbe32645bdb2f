// Case 2a of the tutorial: backups in the container, and the target VM's subnet.
using '../backups.bicep'

param environmentName = 'case2a'
param location = 'westeurope'
param network = '2a'
param targetSubnetResourceIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.Network/virtualNetworks/vnet-sql/subnets/sql'
]
param uploadAddresses = ['198.51.100.0/24']
param existingAppSubnetResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-hub/providers/Microsoft.Network/virtualNetworks/vnet-hub/subnets/functions'
