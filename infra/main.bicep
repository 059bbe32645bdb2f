// Deploys sqlferry itself: everything but what outlives it (backups.bicep) and who subscribes to events
// (subscriptions.bicep).
targetScope = 'subscription'

import { complaintIf, idle, wrongCallerAddresses, wrongChecks, wrongId, wrongIds, wrongMailAddresses, wrongPublicAddresses, wrongSchedule, wrongTags, wrongTargets } from 'modules/inputs.bicep'
import { Tags, tokenOf } from 'modules/shared.bicep'

@description('Names everything; azd fills it in.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region of the app.')
param location string

@description('Tags that your policies ask for, on every resource: costCenter=4711,owner=dba.')
param extraTags Tags = {}

// ---- what backups.bicep made or took

@description('As whom the app works.')
param identityResourceId string

@description('Its object in Entra ID: roles are given to it.')
@minLength(36)
@maxLength(36)
param identityPrincipalId string

@description('By which the app says which of its identities it means.')
@minLength(36)
@maxLength(36)
param identityClientId string

@description('Where secrets lie.')
@minLength(3)
@maxLength(24)
param keyVaultName string

@description('Tells of blobs that come and go.')
param systemTopicResourceId string

@description('As whom it writes dead letters.')
@minLength(36)
@maxLength(36)
param systemTopicPrincipalId string

// ---- what is there already, by resource id

@description('The account that backups are dropped into: what backups.bicep created or took.')
param backupsStorageAccountResourceId string

@description('Container that backups are uploaded to, one folder per database.')
@minLength(3)
@maxLength(63)
param backupsContainer string = 'backups'

@description('SQL virtual machines that databases are restored to; the app is given its role on each, and on the machine of the same name. They may be in other subscriptions of the tenant.')
@maxLength(400)
param targetSqlVmResourceIds string[] = []

@description('Target of migrations that name none; absent: they stay drafts until somebody does.')
param defaultTargetSqlVmResourceId string = ''

@description('A Database Migration Service to take. Empty: one is created.')
param existingMigrationServiceResourceId string = ''

@description('Region of the migration service that is created: that of the target VMs.')
param migrationServiceLocation string = location

@description('A Log Analytics workspace to take. Empty: one is created.')
param existingWorkspaceResourceId string = ''

@description('Subnet for the app, from backups.bicep. Empty: the app goes out through the public network.')
param appSubnetResourceId string = ''

// ---- people

@description('Application (client) id in Entra ID that signs people in; infra/registerSignIn.mjs registers it.')
@minLength(36)
@maxLength(36)
param entraClientId string

@description('IPv4 ranges that may call page and API. Empty: every address may ask, and has to sign in. Event Grid may in any case.')
@maxLength(200)
param callerAddresses string[] = []

@description('Every case but public: public IPv4 addresses or ranges of people who look after sqlferry: they reach the vault, dead letters and the tables.')
@maxLength(200)
param operatorAddresses string[] = []

@description('Post cards to Teams. The address of the workflow is the secret teams-webhook-url of the key vault: put it there first.')
param teamsCards bool = false

@description('Who is mailed by alerts.')
@maxLength(100)
param alertEmails string[] = []

@description('An online migration that is further behind its source than so many minutes raises an alert.')
@minValue(1)
@maxValue(10080)
param lagAlertMinutes int = 60

// ---- size

@description('Where orchestrations live: Azure Storage up to about 1,500 databases in step, Durable Task Scheduler beyond; figures in infra/README.md. Never change it while migrations run.')
@allowed(['AzureStorage', 'DurableTaskScheduler'])
param durableBackend string = 'AzureStorage'

@description('Durable Task Scheduler: pay for each action, or for capacity.')
@allowed(['Consumption', 'Dedicated'])
param schedulerSku string = 'Consumption'

@description('Durable Task Scheduler, Dedicated: capacity units.')
@minValue(1)
@maxValue(3)
param schedulerCapacity int = 1

@description('Most instances of the app.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 40

@description('Memory of an instance.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Instances that stay awake, each for blob events and for orchestrations.')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int = 0

@description('Copies of the state of migrations.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_RAGRS'])
param appStorageRedundancy string = 'Standard_LRS'

@description('Days that telemetry is kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Most telemetry in gigabytes per day; what comes after it is lost, and alerts with it. -1: no cap.')
@minValue(-1)
@maxValue(1000)
param logDailyCapGB int = -1

@description('A Log Analytics workspace that logs of app, storage, vault and topics go to. Empty: no diagnostic settings.')
param diagnosticsWorkspaceResourceId string = ''

// ---- app settings: names, defaults and ranges of shared/config.ts

@description('api-version of DMS\'s operations.')
@minLength(10)
@maxLength(18)
param dmsApiVersion string = '2025-06-30'

@description('How often DMS is asked about a restore that runs.')
@minValue(1)
@maxValue(3600)
param dmsPollSeconds int = 30

@description('Most questions to DMS per minute, over all migrations.')
@minValue(1)
@maxValue(10000)
param dmsMaxGetsPerMinute int = 300

@description('How DMS gets at the backups; ManagedIdentity is modelled in its API and not proven for SQL VM targets.')
@allowed(['AccountKey', 'ManagedIdentity'])
param dmsBlobAuth string = 'AccountKey'

@description('Secrets that an Operator may name for a file share begin with it; other secrets take an Admin.')
@minLength(1)
@maxLength(60)
param fileSharePrefix string = 'fileshare-'

@description('File servers and source SQL Servers that an Operator may name for a file share; others take an Admin.')
@maxLength(4000)
param fileShareServers string = ''

@description('SQL Server release on the target VMs, where their image does not name it.')
@allowed(['', '2008', '2012', '2014', '2016', '2017', '2019', '2022', '2025'])
param targetSqlVersion string = ''

@description('Refuse backups that were taken without CHECKSUM.')
param preflightRequireChecksum bool = false

@description('Preflight checks whose failure does not hold up a start; each use is audited. Never P13, P14, P15, P20, P28.')
@maxLength(200)
param preflightOverrides string = ''

@description('Names this instance as the source of its events.')
@minLength(1)
@maxLength(60)
param instanceName string = 'sqlferry'

@description('Mode of a migration that a folder\'s first file creates.')
@allowed(['online', 'offline'])
param migrationMode string = 'online'

@description('How long a gap in the log chain may wait before a person is needed.')
@minValue(0)
@maxValue(100000)
param chainGapDeadlineMinutes int = 60

@description('Restore backups that were taken WITH CONTINUE_AFTER_ERROR.')
param chainAllowDamaged bool = false

@description('Offline: start after so many minutes without a new file; 0: never by itself.')
@minValue(0)
@maxValue(100000)
param offlineQuietMinutes int = 0

@description('Databases that are started on a VM before it rests.')
@minValue(1)
@maxValue(1000)
param vmMaxDatabases int = 100

@description('How long it rests.')
@minValue(0)
@maxValue(10000)
param vmCooldownMinutes int = 30

@description('How long a migration may wait for something outside sqlferry before people are told.')
@minValue(0)
@maxValue(10000)
param waitingAlarmMinutes int = 15

@description('A page blob counts as whole when it has not changed for so long. Its earlier name, PAGE_STABLE_SECONDS, is read where this one is absent.')
@minValue(0)
@maxValue(3600)
param pageBlobStableSeconds int = 30

@description('A file that is not filled counts as broken off when it has not changed for so long.')
@minValue(1)
@maxValue(100000)
param pageAbandonedMinutes int = 60

@description('Restore rate in megabytes per second, until one was measured.')
@minValue(1)
@maxValue(100000)
param etaDefaultMbps int = 100

@description('What the types of problems in HTTP answers begin with.')
@minLength(10)
param problemsBase string = 'https://sqlferry.dev/problems/'

@description('When folders are listed to find what events missed.')
@minLength(11)
param sweepSchedule string = '0 */10 * * * *'

@description('GET /health is degraded when no sweep has come to its end, or got on, for so long.')
@minValue(1)
@maxValue(100000)
param sweepLateMinutes int = 30

@description('An ended migration is swept once a day; when nothing has changed for so long, only the listing of its folder.')
@minValue(1)
@maxValue(3650)
param sweepSettledDays int = 30

@description('How long after its start the history of an orchestration that has ended is kept.')
@minValue(1)
@maxValue(3650)
param runsKeptDays int = 30

// ---- what Azure would refuse late

var conditional = [
  {
    variable: 'DMS_SERVICE_LOCATION'
    isSet: migrationServiceLocation != location
    counts: empty(existingMigrationServiceResourceId)
    when: 'without EXISTING_DMS_SERVICE_RESOURCE_ID'
  }
  {
    variable: 'SCHEDULER_SKU'
    isSet: schedulerSku != 'Consumption'
    counts: durableBackend == 'DurableTaskScheduler'
    when: 'with DURABLE_BACKEND=DurableTaskScheduler'
  }
  {
    variable: 'SCHEDULER_CAPACITY'
    isSet: schedulerCapacity != 1
    counts: durableBackend == 'DurableTaskScheduler' && schedulerSku == 'Dedicated'
    when: 'with DURABLE_BACKEND=DurableTaskScheduler and SCHEDULER_SKU=Dedicated'
  }
  {
    variable: 'LOG_RETENTION_DAYS'
    isSet: logRetentionDays != 30
    counts: empty(existingWorkspaceResourceId)
    when: 'without EXISTING_WORKSPACE_RESOURCE_ID'
  }
  {
    variable: 'LOG_DAILY_CAP_GB'
    isSet: logDailyCapGB != -1
    counts: empty(existingWorkspaceResourceId)
    when: 'without EXISTING_WORKSPACE_RESOURCE_ID'
  }
]

var complaints = concat(
  wrongTags('TAGS', extraTags),
  wrongIds(
    'BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID',
    [backupsStorageAccountResourceId],
    'Microsoft.Storage/storageAccounts'
  ),
  wrongIds('IDENTITY_RESOURCE_ID', [identityResourceId], 'Microsoft.ManagedIdentity/userAssignedIdentities'),
  wrongIds('SYSTEM_TOPIC_RESOURCE_ID', [systemTopicResourceId], 'Microsoft.EventGrid/systemTopics'),
  wrongTargets('TARGET_SQL_VM_RESOURCE_IDS', targetSqlVmResourceIds),
  wrongTargets('TARGET_SQL_VM_RESOURCE_ID', empty(defaultTargetSqlVmResourceId) ? [] : [defaultTargetSqlVmResourceId]),
  complaintIf(
    !contains(union([''], map(targetSqlVmResourceIds, id => toLower(id))), toLower(defaultTargetSqlVmResourceId)),
    'TARGET_SQL_VM_RESOURCE_ID: the default target is not among TARGET_SQL_VM_RESOURCE_IDS, and the app would have no role on it.'
  ),
  wrongId(
    'EXISTING_DMS_SERVICE_RESOURCE_ID',
    existingMigrationServiceResourceId,
    'Microsoft.DataMigration/sqlMigrationServices'
  ),
  wrongId('EXISTING_WORKSPACE_RESOURCE_ID', existingWorkspaceResourceId, 'Microsoft.OperationalInsights/workspaces'),
  wrongId(
    'DIAGNOSTICS_WORKSPACE_RESOURCE_ID',
    diagnosticsWorkspaceResourceId,
    'Microsoft.OperationalInsights/workspaces'
  ),
  wrongId('APP_SUBNET_RESOURCE_ID', appSubnetResourceId, 'Microsoft.Network/virtualNetworks/subnets'),
  wrongCallerAddresses('CALLER_ADDRESSES', callerAddresses),
  wrongPublicAddresses('OPERATOR_ADDRESSES', operatorAddresses),
  wrongMailAddresses('ALERT_EMAILS', alertEmails),
  wrongChecks('PREFLIGHT_OVERRIDES', preflightOverrides),
  wrongSchedule('SWEEP_SCHEDULE', sweepSchedule),
  idle(conditional)
)
var checkedName = empty(complaints) ? environmentName : fail(join(complaints, ' '))
var accountId = empty(complaints) ? backupsStorageAccountResourceId : fail(join(complaints, ' '))
// Azure does not tell upper case from lower; one resource or subscription is one.
var targets = empty(complaints)
  ? union(map(targetSqlVmResourceIds, id => toLower(id)), [])
  : fail(join(complaints, ' '))

var tags = union(extraTags, { 'azd-env-name': environmentName })
var groupName = 'rg-${checkedName}'
var token = tokenOf(subscription().id, environmentName, location)
var appStorageName = 'stapp${token}'
var functionAppName = 'func-${token}'
var backupsParts = split(accountId, '/')

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: groupName
  location: location
  tags: tags
}

// ---- the app's rights at Azure Resource Manager: what its adapters send, as test/infra compares

var targetSubscriptionIds = union(map(targets, id => split(id, '/')[2]), [])
var targetSubscriptions = map(targetSubscriptionIds, id => '/subscriptions/${id}')

resource restoreRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, token, 'restores')
  properties: {
    roleName: 'sqlferry ${environmentName} ${token}: restores'
    description: 'Has DMS restore, reads the state of target VMs, and reads the key of the backups\' account. Assigned on single resources only.'
    type: 'customRole'
    assignableScopes: union([subscription().id, '/subscriptions/${toLower(backupsParts[2])}'], targetSubscriptions)
    permissions: [
      {
        actions: [
          'Microsoft.Compute/virtualMachines/instanceView/read'
          'Microsoft.Compute/virtualMachines/read'
          'Microsoft.DataMigration/databaseMigrations/cancel/action'
          'Microsoft.DataMigration/databaseMigrations/cutover/action'
          'Microsoft.DataMigration/databaseMigrations/read'
          'Microsoft.DataMigration/databaseMigrations/write'
          'Microsoft.SqlVirtualMachine/sqlVirtualMachines/read'
          'Microsoft.SqlVirtualMachine/sqlVirtualMachines/write'
          'Microsoft.Storage/storageAccounts/listKeys/action'
          'Microsoft.Storage/storageAccounts/read'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource servicesRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, token, 'looks after migration services')
  properties: {
    roleName: 'sqlferry ${environmentName} ${token}: looks after migration services'
    description: 'Makes migration services and hands out the keys of their integration runtimes. Assigned on sqlferry\'s own group, or on the migration service that it was given.'
    type: 'customRole'
    assignableScopes: union([subscription().id], ['/subscriptions/${toLower(serviceParts[2])}'])
    permissions: [
      {
        actions: [
          'Microsoft.DataMigration/sqlMigrationServices/deleteNode/action'
          'Microsoft.DataMigration/sqlMigrationServices/listAuthKeys/action'
          'Microsoft.DataMigration/sqlMigrationServices/listMigrations/read'
          'Microsoft.DataMigration/sqlMigrationServices/listMonitoringData/action'
          'Microsoft.DataMigration/sqlMigrationServices/read'
          'Microsoft.DataMigration/sqlMigrationServices/regenerateAuthKeys/action'
          'Microsoft.DataMigration/sqlMigrationServices/write'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource preflightRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, token, 'checks before a start')
  properties: {
    roleName: 'sqlferry ${environmentName} ${token}: checks before a start'
    description: 'Reads whether DMS is registered, and which subnets VMs are in. Assigned on the subscriptions of the target VMs.'
    type: 'customRole'
    assignableScopes: union([subscription().id], targetSubscriptions)
    permissions: [
      {
        actions: [
          'Microsoft.Network/networkInterfaces/read'
          'Microsoft.Resources/subscriptions/providers/read'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

module onBackups 'modules/rolesOnBackups.bicep' = {
  scope: resourceGroup(backupsParts[2], backupsParts[4])
  params: {
    accountName: backupsParts[8]
    container: backupsContainer
    principalId: identityPrincipalId
    restoreRoleId: restoreRole.name
  }
}

module onSqlVm 'modules/rolesOnSqlVm.bicep' = [
  for id in targets: {
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    params: {
      name: split(id, '/')[8]
      principalId: identityPrincipalId
      restoreRoleId: restoreRole.name
    }
  }
]

module onSubscription 'modules/roleOnSubscription.bicep' = [
  for id in targetSubscriptionIds: {
    scope: subscription(id)
    params: {
      principalId: identityPrincipalId
      roleId: preflightRole.name
    }
  }
]

// ---- DMS

module createdService 'modules/migrationService.bicep' = if (empty(existingMigrationServiceResourceId)) {
  scope: group
  params: { name: 'dms-${token}', location: migrationServiceLocation, tags: tags }
}

var migrationServiceResourceId = empty(existingMigrationServiceResourceId)
  ? resourceId(
      subscription().subscriptionId,
      groupName,
      'Microsoft.DataMigration/sqlMigrationServices',
      'dms-${token}'
    )
  : existingMigrationServiceResourceId

var serviceParts = split(migrationServiceResourceId, '/')

// In its own group the app may create further services. In another group it may use only the service that it was given.
module onOwnServices 'modules/roleOnGroup.bicep' = if (empty(existingMigrationServiceResourceId)) {
  scope: group
  params: {
    principalId: identityPrincipalId
    roleId: servicesRole.name
  }
}

module onTakenService 'modules/roleOnMigrationService.bicep' = if (!empty(existingMigrationServiceResourceId)) {
  scope: resourceGroup(serviceParts[2], serviceParts[4])
  params: {
    serviceName: serviceParts[8]
    principalId: identityPrincipalId
    roleId: servicesRole.name
  }
}

// ---- state, secrets, events, telemetry

module storage 'modules/appStorage.bicep' = {
  scope: group
  params: {
    name: appStorageName
    redundancy: appStorageRedundancy
    location: location
    tags: tags
    appSubnetResourceId: appSubnetResourceId
    operatorAddresses: empty(appSubnetResourceId) ? [] : operatorAddresses
    diagnosticsWorkspaceResourceId: diagnosticsWorkspaceResourceId
    principalId: identityPrincipalId
  }
}

module onVault 'modules/roleOnVault.bicep' = {
  scope: resourceGroup(split(identityResourceId, '/')[?4] ?? '')
  params: { vaultName: keyVaultName, principalId: identityPrincipalId }
}

module topics 'modules/topics.bicep' = {
  scope: group
  params: {
    topicName: 'evgt-${token}'
    location: location
    tags: tags
    systemTopicPrincipalId: systemTopicPrincipalId
    appStorageName: appStorageName
    principalId: identityPrincipalId
    diagnosticsWorkspaceResourceId: diagnosticsWorkspaceResourceId
  }
  dependsOn: [storage]
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    existingWorkspaceResourceId: existingWorkspaceResourceId
    retentionDays: logRetentionDays
    dailyCapGB: logDailyCapGB
    principalId: identityPrincipalId
  }
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    emails: alertEmails
    insightsResourceId: monitoring.outputs.insightsResourceId
    topicResourceId: topics.outputs.topicResourceId
    systemTopicResourceId: systemTopicResourceId
    lagMinutes: lagAlertMinutes
  }
}

module scheduler 'modules/durableTaskScheduler.bicep' = if (durableBackend == 'DurableTaskScheduler') {
  scope: group
  params: {
    name: 'dts-${token}'
    location: location
    tags: tags
    sku: schedulerSku
    capacity: schedulerCapacity
    principalId: identityPrincipalId
  }
}

// ---- the app

// Where storage accounts answer; {0} is blob, queue or table.
var backupsUri = 'https://${backupsParts[8]}.{0}.${environment().suffixes.storage}'
var appStorageUri = 'https://${appStorageName}.{0}.${environment().suffixes.storage}'

module app 'modules/app.bicep' = {
  scope: group
  params: {
    name: functionAppName
    location: location
    tags: tags
    identityResourceId: identityResourceId
    packageContainerUrl: '${format(appStorageUri, 'blob')}/${storage.outputs.packageContainer}'
    appSubnetResourceId: appSubnetResourceId
    maximumInstances: maximumInstances
    instanceMemoryMB: instanceMemoryMB
    alwaysReadyInstances: alwaysReadyInstances
    callerAddresses: callerAddresses
    entraClientId: entraClientId
    diagnosticsWorkspaceResourceId: diagnosticsWorkspaceResourceId
  }
}

var keyVaultUri = 'https://${keyVaultName}${environment().suffixes.keyvaultDns}'

// An empty one counts as absent.
var settings = {
  // of shared/config.ts
  Backups__blobServiceUri: format(backupsUri, 'blob')
  Backups__queueServiceUri: format(backupsUri, 'queue')
  Backups__clientId: identityClientId
  State__tableServiceUri: format(appStorageUri, 'table')
  State__clientId: identityClientId
  BACKUPS_CONTAINER: backupsContainer
  BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID: backupsStorageAccountResourceId
  TARGET_SQL_VM_RESOURCE_ID: defaultTargetSqlVmResourceId
  DMS_SERVICE_RESOURCE_ID: migrationServiceResourceId
  DMS_API_VERSION: dmsApiVersion
  DMS_POLL_SECONDS: string(dmsPollSeconds)
  DMS_MAX_GETS_PER_MINUTE: string(dmsMaxGetsPerMinute)
  DMS_BLOB_AUTH: dmsBlobAuth
  KEY_VAULT_URI: keyVaultUri
  FILE_SHARE_SECRET_PREFIX: fileSharePrefix
  FILE_SHARE_SERVERS: fileShareServers
  TARGET_SQL_VERSION: targetSqlVersion
  PREFLIGHT_REQUIRE_CHECKSUM: preflightRequireChecksum ? 'true' : 'false'
  PREFLIGHT_OVERRIDES: preflightOverrides
  ARM_ENDPOINT: environment().resourceManager
  EVENTS_TOPIC_ENDPOINT: topics.outputs.topicEndpoint
  TEAMS_WEBHOOK_URL: teamsCards ? '@Microsoft.KeyVault(SecretUri=${keyVaultUri}/secrets/teams-webhook-url)' : ''
  INSTANCE_NAME: instanceName
  PUBLIC_BASE_URL: 'https://${app.outputs.hostName}'
  AUTH: 'easyAuth'
  MIGRATION_MODE: migrationMode
  CHAIN_GAP_DEADLINE_MINUTES: string(chainGapDeadlineMinutes)
  CHAIN_ALLOW_DAMAGED: chainAllowDamaged ? 'true' : 'false'
  OFFLINE_QUIET_MINUTES: string(offlineQuietMinutes)
  VM_MAX_DATABASES: string(vmMaxDatabases)
  VM_COOLDOWN_MINUTES: string(vmCooldownMinutes)
  WAITING_ALARM_MINUTES: string(waitingAlarmMinutes)
  PAGE_BLOB_STABLE_SECONDS: string(pageBlobStableSeconds)
  PAGE_ABANDONED_MINUTES: string(pageAbandonedMinutes)
  ETA_DEFAULT_MBPS: string(etaDefaultMbps)
  PROBLEMS_BASE: problemsBase
  SWEEP_SCHEDULE: sweepSchedule
  SWEEP_LATE_MINUTES: string(sweepLateMinutes)
  SWEEP_SETTLED_DAYS: string(sweepSettledDays)
  RUNS_KEPT_DAYS: string(runsKeptDays)
  AZURE_CLIENT_ID: identityClientId
  // of the Functions host and its extensions
  AzureWebJobsStorage__blobServiceUri: format(appStorageUri, 'blob')
  AzureWebJobsStorage__queueServiceUri: format(appStorageUri, 'queue')
  AzureWebJobsStorage__tableServiceUri: format(appStorageUri, 'table')
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  Backups__credential: 'managedidentity'
  APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  FUNCTIONS_NODE_BLOCK_ON_ENTRY_POINT_ERROR: 'true'
}

module appSettings 'modules/appSettings.bicep' = {
  scope: group
  params: {
    functionAppName: functionAppName
    settings: durableBackend == 'AzureStorage'
      ? settings
      : union(settings, {
          // host.json names it: infra/package.mjs.
          DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${scheduler!.outputs.endpoint};Authentication=ManagedIdentity;ClientID=${identityClientId}'
        })
  }
}

@description('Page and API.')
output SQLFERRY_URL string = 'https://${app.outputs.hostName}'
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_RESOURCE_ID string = app.outputs.resourceId
output TOPIC_RESOURCE_ID string = topics.outputs.topicResourceId
output APP_STORAGE_RESOURCE_ID string = storage.outputs.resourceId
output DMS_SERVICE_RESOURCE_ID string = migrationServiceResourceId
