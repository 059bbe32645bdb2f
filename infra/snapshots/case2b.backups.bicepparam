// Case 2b of the tutorial: backups in the container, and a private endpoint in the target VM's network.
using '../backups.bicep'

param environmentName = 'case2b'
param location = 'westeurope'
param network = '2b'
param extraTags = { costCenter: '4711', owner: 'dba' }
param targetSubnetResourceIds = [
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.Network/virtualNetworks/vnet-sql/subnets/sql'
]
param privateEndpointSubnetResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.Network/virtualNetworks/vnet-sql/subnets/endpoints'
