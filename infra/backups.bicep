// Deploys what outlives the app: the backups' storage, the access to it, and sqlferry's identity. `azd down app` never
// touches this layer.
targetScope = 'subscription'

import { complaintIf, cloudRefusal, idle, networkRefusal, topicRefusal, wrongBlobZone, wrongContainer, wrongId, wrongIds, wrongNetworkRange, wrongPublicAddresses, wrongTags } from 'modules/inputs.bicep'
import { Tags, tokenOf } from 'modules/shared.bicep'

@description('Names everything; azd fills it in.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region. DMS wants the backups near the target VMs.')
param location string

@description('Tags that your policies ask for, on every resource: costCenter=4711,owner=dba.')
param extraTags Tags = {}

@description('Resource id of a storage account to take as it is. Empty: one is created, with a lock against deletion.')
param existingStorageAccountResourceId string = ''

@description('The system topic of a taken account, if it has one: an account has one at most. It needs a system-assigned identity. Empty: one is created, in the account\'s subscription and region.')
param existingSystemTopicResourceId string = ''

@description('Container that backups are uploaded to, one folder per database.')
@minLength(3)
@maxLength(63)
param container string = 'backups'

@description('Who reaches the account. public: all networks, as the tutorial calls "no extra steps"; 1a, 1b, 2a and 2b are the tutorial\'s cases. An existing account keeps its own rules.')
@allowed(['public', '1a', '1b', '2a', '2b'])
param network string = 'public'

@description('Case 1a: public IPv4 addresses or ranges of the hosts with a self-hosted integration runtime.')
@maxLength(200)
param runtimeAddresses string[] = []

@description('Case 1b: subnets of Azure VMs with a self-hosted integration runtime. Each needs the service endpoint Microsoft.Storage; in another region than the account Microsoft.Storage.Global.')
@maxLength(200)
param runtimeSubnetResourceIds string[] = []

@description('Every case but public: subnets of the target VMs. Each needs the service endpoint Microsoft.Storage; in another region than the account Microsoft.Storage.Global.')
@maxLength(200)
param targetSubnetResourceIds string[] = []

@description('Case 2b: subnet for the private endpoint, in the virtual network of the target VMs and in this subscription.')
param privateEndpointSubnetResourceId string = ''

@description('Case 2b: an existing private DNS zone for blobs. Empty: one is created and linked to the network of the private endpoint.')
param privateDnsZoneResourceId string = ''

@description('Every case but public: public IPv4 addresses or ranges that backups are uploaded from.')
@maxLength(200)
param uploadAddresses string[] = []

@description('Every case but public: public IPv4 addresses or ranges of people who look after sqlferry: they reach the vault, dead letters and the tables.')
@maxLength(200)
param operatorAddresses string[] = []

@description('Every case but public: subnet for the app, in its region, delegated to Microsoft.App/environments, with the service endpoints Microsoft.Storage (for an account in another region Microsoft.Storage.Global) and Microsoft.KeyVault. Empty: a network for it is created.')
param existingAppSubnetResourceId string = ''

@description('Range of the network that is created for the app: /24 to /26.')
param appNetworkRange string = '10.83.0.0/24'

@description('Copies of the backups. Premium accounts have no blob trigger.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_RAGRS'])
param redundancy string = 'Standard_LRS'

@description('Nobody can purge the vault before its time, not even its owner; it cannot be taken back.')
param purgeProtection bool = false

@description('A Log Analytics workspace that logs of app, storage, vault and topics go to. Empty: no diagnostic settings.')
param diagnosticsWorkspaceResourceId string = ''

// ---- what Azure would refuse late

var createsAccount = empty(existingStorageAccountResourceId)
var createsTopic = empty(existingSystemTopicResourceId)
var isRestricted = network != 'public'
var subnetType = 'Microsoft.Network/virtualNetworks/subnets'
// An account that is taken has its own firewall: what follows is for the one that is created.
var firewall = createsAccount && isRestricted

var created = 'with NETWORK=1a, 1b, 2a or 2b, and for an account that is created'
var restricted = 'with NETWORK=1a, 1b, 2a or 2b'
var conditional = [
  {
    variable: 'RUNTIME_ADDRESSES'
    isSet: !empty(runtimeAddresses)
    counts: firewall && network == '1a'
    when: 'with NETWORK=1a, and for an account that is created'
  }
  {
    variable: 'RUNTIME_SUBNET_RESOURCE_IDS'
    isSet: !empty(runtimeSubnetResourceIds)
    counts: firewall && network == '1b'
    when: 'with NETWORK=1b, and for an account that is created'
  }
  {
    variable: 'TARGET_SUBNET_RESOURCE_IDS'
    isSet: !empty(targetSubnetResourceIds)
    counts: firewall
    when: created
  }
  { variable: 'UPLOAD_ADDRESSES', isSet: !empty(uploadAddresses), counts: firewall, when: created }
  {
    variable: 'PRIVATE_ENDPOINT_SUBNET_RESOURCE_ID'
    isSet: !empty(privateEndpointSubnetResourceId)
    counts: firewall && network == '2b'
    when: 'with NETWORK=2b, and for an account that is created'
  }
  {
    variable: 'PRIVATE_DNS_ZONE_RESOURCE_ID'
    isSet: !empty(privateDnsZoneResourceId)
    counts: firewall && network == '2b'
    when: 'with NETWORK=2b, and for an account that is created'
  }
  { variable: 'OPERATOR_ADDRESSES', isSet: !empty(operatorAddresses), counts: isRestricted, when: restricted }
  {
    variable: 'EXISTING_APP_SUBNET_RESOURCE_ID'
    isSet: !empty(existingAppSubnetResourceId)
    counts: isRestricted
    when: restricted
  }
  {
    variable: 'APP_NETWORK_RANGE'
    isSet: appNetworkRange != '10.83.0.0/24'
    counts: isRestricted && empty(existingAppSubnetResourceId)
    when: '${restricted}, and without EXISTING_APP_SUBNET_RESOURCE_ID'
  }
  {
    variable: 'BACKUPS_REDUNDANCY'
    isSet: redundancy != 'Standard_LRS'
    counts: createsAccount
    when: 'for an account that is created'
  }
]

var complaints = concat(
  wrongTags('TAGS', extraTags),
  wrongContainer('BACKUPS_CONTAINER', container),
  wrongId(
    'EXISTING_BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID',
    existingStorageAccountResourceId,
    'Microsoft.Storage/storageAccounts'
  ),
  wrongId('EXISTING_SYSTEM_TOPIC_RESOURCE_ID', existingSystemTopicResourceId, 'Microsoft.EventGrid/systemTopics'),
  complaintIf(
    createsAccount && !createsTopic,
    'EXISTING_SYSTEM_TOPIC_RESOURCE_ID: it belongs to an account, so name that account, too: EXISTING_BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID.'
  ),
  complaintIf(
    !createsAccount && !createsTopic && toLower(split(existingSystemTopicResourceId, '/')[?2] ?? '') != toLower(split(
      existingStorageAccountResourceId,
      '/'
    )[?2] ?? ''),
    'EXISTING_SYSTEM_TOPIC_RESOURCE_ID: a system topic lies in the subscription of its account, and this one does not.'
  ),
  wrongId(
    'DIAGNOSTICS_WORKSPACE_RESOURCE_ID',
    diagnosticsWorkspaceResourceId,
    'Microsoft.OperationalInsights/workspaces'
  ),
  wrongIds('RUNTIME_SUBNET_RESOURCE_IDS', runtimeSubnetResourceIds, subnetType),
  wrongIds('TARGET_SUBNET_RESOURCE_IDS', targetSubnetResourceIds, subnetType),
  wrongId('PRIVATE_ENDPOINT_SUBNET_RESOURCE_ID', privateEndpointSubnetResourceId, subnetType),
  wrongId('EXISTING_APP_SUBNET_RESOURCE_ID', existingAppSubnetResourceId, subnetType),
  wrongId('PRIVATE_DNS_ZONE_RESOURCE_ID', privateDnsZoneResourceId, 'Microsoft.Network/privateDnsZones'),
  wrongBlobZone('PRIVATE_DNS_ZONE_RESOURCE_ID', privateDnsZoneResourceId),
  wrongPublicAddresses('RUNTIME_ADDRESSES', runtimeAddresses),
  wrongPublicAddresses('UPLOAD_ADDRESSES', uploadAddresses),
  wrongPublicAddresses('OPERATOR_ADDRESSES', operatorAddresses),
  wrongNetworkRange('APP_NETWORK_RANGE', appNetworkRange),
  complaintIf(
    firewall && empty(targetSubnetResourceIds),
    'TARGET_SUBNET_RESOURCE_IDS: with NETWORK=${network} the account refuses the target VMs unless their subnets are named.'
  ),
  complaintIf(
    firewall && network == '1a' && empty(runtimeAddresses),
    'RUNTIME_ADDRESSES: with NETWORK=1a the account refuses the integration runtime unless its public addresses are named.'
  ),
  complaintIf(
    firewall && network == '1b' && empty(runtimeSubnetResourceIds),
    'RUNTIME_SUBNET_RESOURCE_IDS: with NETWORK=1b the account refuses the integration runtime unless its subnet is named.'
  ),
  complaintIf(
    firewall && network == '2b' && empty(privateEndpointSubnetResourceId),
    'PRIVATE_ENDPOINT_SUBNET_RESOURCE_ID: NETWORK=2b needs a subnet for the private endpoint.'
  ),
  complaintIf(
    firewall && network == '2b' && !contains(
      ['', toLower(subscription().subscriptionId)],
      toLower(split(privateEndpointSubnetResourceId, '/')[?2] ?? '')
    ),
    'PRIVATE_ENDPOINT_SUBNET_RESOURCE_ID: a private endpoint lies in its network\'s subscription. This one is in another than the deployment: take an account that has its endpoint already (EXISTING_BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID), or run azd in that subscription.'
  ),
  idle(conditional)
)
var checkedName = empty(complaints) ? environmentName : fail(join(complaints, ' '))
var accountId = empty(complaints) ? existingStorageAccountResourceId : fail(join(complaints, ' '))
var cloud = environment().name

// Not azd's own tag azd-env-name: azd would take this group for the app's.
var tags = union(extraTags, { sqlferry: environmentName })
var createsNetwork = isRestricted && empty(existingAppSubnetResourceId)
var groupName = 'rg-${checkedName}-backups'
var token = tokenOf(subscription().id, environmentName, location)
var createdAccountName = 'stbak${token}'

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: groupName
  location: location
  tags: tags
}

// The identity of the app. It outlives the app, so that its roles on resources of others are assigned once, not each
// time that the app is created again.
module identity 'modules/identity.bicep' = {
  scope: group
  params: { name: 'id-${token}', location: location, tags: tags }
}

module appNetwork 'modules/appNetwork.bicep' = if (createsNetwork) {
  scope: group
  params: {
    name: 'vnet-${token}'
    location: location
    tags: tags
    range: appNetworkRange
    // An account that is taken may be in another region.
    storageEndpoint: createsAccount ? 'Microsoft.Storage' : 'Microsoft.Storage.Global'
  }
}

var appSubnetId = createsNetwork ? appNetwork!.outputs.subnetResourceId : existingAppSubnetResourceId

var hasEndpoint = firewall && network == '2b'
var endpointParts = split(privateEndpointSubnetResourceId, '/')

resource endpointNetwork 'Microsoft.Network/virtualNetworks@2024-07-01' existing = if (hasEndpoint) {
  scope: resourceGroup(endpointParts[?2] ?? '', endpointParts[?4] ?? '')
  name: endpointParts[?8] ?? ''
}

module account 'modules/backupStorage.bicep' = if (createsAccount) {
  scope: group
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
    privateEndpointSubnetResourceId: hasEndpoint ? privateEndpointSubnetResourceId : ''
    privateEndpointLocation: hasEndpoint ? endpointNetwork!.location : ''
    privateDnsZoneResourceId: privateDnsZoneResourceId
    diagnosticsWorkspaceResourceId: diagnosticsWorkspaceResourceId
  }
}

// The secrets outlive the app as well, and so does the vault's name, which Azure keeps for a while after a deletion.
module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    name: 'kv-${token}'
    tenantId: empty(cloudRefusal(cloud)) ? tenant().tenantId : fail(cloudRefusal(cloud))
    location: location
    tags: tags
    isRestricted: isRestricted
    appSubnetResourceId: isRestricted ? appSubnetId : ''
    operatorAddresses: operatorAddresses
    purgeProtection: purgeProtection
    diagnosticsWorkspaceResourceId: diagnosticsWorkspaceResourceId
  }
}

// ---- what an account also needs, in its own resource group: the queue of files that were given up, a system topic

var takenParts = split(accountId, '/')

resource takenAccount 'Microsoft.Storage/storageAccounts@2025-01-01' existing = if (!createsAccount) {
  scope: resourceGroup(takenParts[?2] ?? '', takenParts[?4] ?? '')
  name: takenParts[?8] ?? ''
}

var accountSubscriptionId = createsAccount ? subscription().subscriptionId : takenParts[?2] ?? ''
var accountGroup = createsAccount ? groupName : takenParts[?4] ?? ''
var accountName = createsAccount ? createdAccountName : takenParts[?8] ?? ''

module poisonQueue 'modules/poisonQueue.bicep' = {
  scope: resourceGroup(accountSubscriptionId, accountGroup)
  params: { storageAccountName: accountName }
  dependsOn: [account]
}

module systemTopic 'modules/systemTopic.bicep' = if (createsTopic) {
  scope: resourceGroup(accountSubscriptionId, accountGroup)
  params: {
    name: 'egst-${token}'
    location: createsAccount ? location : takenAccount!.location
    tags: tags
    storageAccountName: accountName
    diagnosticsWorkspaceResourceId: diagnosticsWorkspaceResourceId
  }
  dependsOn: [account]
}

var topicParts = split(existingSystemTopicResourceId, '/')

resource takenTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = if (!createsTopic) {
  scope: resourceGroup(topicParts[?2] ?? '', topicParts[?4] ?? '')
  name: topicParts[?8] ?? ''
}

// ---- the app's subnet has to be in the app's region

var subnetParts = split(existingAppSubnetResourceId, '/')
var takesNetwork = isRestricted && !createsNetwork

resource takenNetwork 'Microsoft.Network/virtualNetworks@2024-07-01' existing = if (takesNetwork) {
  scope: resourceGroup(subnetParts[?2] ?? '', subnetParts[?4] ?? '')
  name: subnetParts[?8] ?? ''
}

var regionRefusal = takesNetwork ? networkRefusal(takenNetwork!.location, location) : ''

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
output APP_SUBNET_RESOURCE_ID string = empty(regionRefusal)
  ? isRestricted ? appSubnetId : ''
  : fail(regionRefusal)

output IDENTITY_RESOURCE_ID string = identity.outputs.resourceId
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output IDENTITY_CLIENT_ID string = identity.outputs.clientId
output KEY_VAULT_NAME string = 'kv-${token}'

var sourceRefusal = createsTopic ? '' : topicRefusal(takenTopic!.properties.source, accountId)

@description('The system topic, created or taken.')
output SYSTEM_TOPIC_RESOURCE_ID string = createsTopic
  ? systemTopic!.outputs.resourceId
  : empty(sourceRefusal) ? existingSystemTopicResourceId : fail(sourceRefusal)

@description('As whom it writes dead letters.')
output SYSTEM_TOPIC_PRINCIPAL_ID string = createsTopic
  ? systemTopic!.outputs.principalId
  : takenTopic!.?identity.?principalId ?? fail('EXISTING_SYSTEM_TOPIC_RESOURCE_ID: this topic has no identity, and could not write dead letters: az eventgrid system-topic update --identity systemassigned.')

@description('Tells this environment from others of its name.')
output NAME_TOKEN string = token
