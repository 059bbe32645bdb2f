// Where do backups lie, and who reaches them? The layer that outlives the app: `azd down app` never touches it.
targetScope = 'subscription'

@description('Names everything; azd fills it in.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region. DMS wants the backups near the target VMs.')
param location string

@description('Resource id of a storage account to take as it is. Empty: one is created, in a resource group of its own and with a lock against deletion.')
param existingStorageAccountResourceId string = ''

@description('Container that backups are dropped into, one folder per database.')
@minLength(3)
@maxLength(63)
param container string = 'backups'

@description('Who reaches the account. public: all networks, as the tutorial calls "no extra steps"; 1a, 1b, 2a and 2b are the tutorial\'s cases. An existing account keeps its own rules.')
@allowed(['public', '1a', '1b', '2a', '2b'])
param network string = 'public'

@description('Case 1a: public IPv4 addresses or ranges of the hosts with a self-hosted integration runtime.')
@maxLength(200)
param runtimeAddresses string[] = []

@description('Case 1b: subnets of Azure VMs with a self-hosted integration runtime. Each needs the service endpoint Microsoft.Storage.')
@maxLength(200)
param runtimeSubnetResourceIds string[] = []

@description('Every case but public: subnets of the target VMs. Each needs the service endpoint Microsoft.Storage.')
@maxLength(200)
param targetSubnetResourceIds string[] = []

@description('Case 2b: subnet for the private endpoint, in the virtual network of the target VMs.')
param privateEndpointSubnetResourceId string = ''

@description('Case 2b: an existing private DNS zone for blobs. Empty: one is created and linked to the network of the private endpoint.')
param privateDnsZoneResourceId string = ''

@description('Every case but public: public IPv4 addresses or ranges that backups are uploaded from.')
@maxLength(200)
param uploadAddresses string[] = []

@description('Every case but public: subnet for the app, delegated to Microsoft.App/environments, with the service endpoints Microsoft.Storage and Microsoft.KeyVault. Empty: a network for it is created.')
param existingAppSubnetResourceId string = ''

@description('Range of the network that is created for the app: /24 to /26.')
param appNetworkRange string = '10.83.0.0/24'

@description('Copies of the backups. Premium accounts have no blob trigger.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_RAGRS'])
param redundancy string = 'Standard_LRS'

// Not azd's own tag azd-env-name: azd would take this group for the app's.
var tags = { sqlferry: environmentName }
var createsAccount = empty(existingStorageAccountResourceId)
var isRestricted = network != 'public'
var createsNetwork = isRestricted && empty(existingAppSubnetResourceId)
var groupName = 'rg-${environmentName}-backups'
var token = toLower(uniqueString(subscription().id, environmentName, location))
var createdAccountName = 'stbak${token}'

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = if (createsAccount || createsNetwork) {
  name: groupName
  location: location
  tags: tags
}

module appNetwork 'modules/appNetwork.bicep' = if (createsNetwork) {
  scope: resourceGroup(groupName)
  params: { name: 'vnet-${token}', location: location, tags: tags, range: appNetworkRange }
  dependsOn: [group]
}

var appSubnetId = createsNetwork ? appNetwork!.outputs.subnetResourceId : existingAppSubnetResourceId

module account 'modules/backupStorage.bicep' = if (createsAccount) {
  scope: resourceGroup(groupName)
  params: {
    name: createdAccountName
    location: location
    tags: tags
    redundancy: redundancy
    container: container
    isRestricted: isRestricted
    addresses: union(network == '1a' ? runtimeAddresses : [], isRestricted ? uploadAddresses : [])
    subnetResourceIds: isRestricted
      ? union(
          [appSubnetId],
          targetSubnetResourceIds,
          network == '1b' ? runtimeSubnetResourceIds : [],
          network == '2b' ? [privateEndpointSubnetResourceId] : []
        )
      : []
    privateEndpointSubnetResourceId: network == '2b' ? privateEndpointSubnetResourceId : ''
    privateDnsZoneResourceId: privateDnsZoneResourceId
  }
  dependsOn: [group]
}

@description('The account, created or taken.')
output BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID string = createsAccount
  ? resourceId(
      subscription().subscriptionId,
      groupName,
      'Microsoft.Storage/storageAccounts',
      createdAccountName
    )
  : existingStorageAccountResourceId

@description('Where backups are uploaded to.')
output BACKUPS_URL string = createsAccount
  ? 'https://${createdAccountName}.blob.${environment().suffixes.storage}/${container}'
  : 'https://${last(split(existingStorageAccountResourceId, '/'))}.blob.${environment().suffixes.storage}/${container}'

@description('Subnet that the app is integrated with; empty when every network may reach the account.')
output APP_SUBNET_RESOURCE_ID string = isRestricted ? appSubnetId : ''
