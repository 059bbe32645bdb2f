using '../backups.bicep'

param environmentName = 'sales'
param location = 'westeurope'
param network = '2b'
param targetSubnetResourceIds = ['/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.Network/virtualNetworks/vnet-sql/subnets/sql']
param privateEndpointSubnetResourceId = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sql/providers/Microsoft.Network/virtualNetworks/vnet-sql/subnets/endpoints'
