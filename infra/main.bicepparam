// From azd's environment: `azd env set NAME value`. What is not set has the default of main.bicep.
using 'main.bicep'

import { listOf, tagsOf } from 'modules/shared.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param extraTags = tagsOf(readEnvironmentVariable('TAGS', ''))

// Outputs of backups.bicep; without the first the compiler says that it is missing.
param backupsStorageAccountResourceId = readEnvironmentVariable('BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID')
param appSubnetResourceId = readEnvironmentVariable('APP_SUBNET_RESOURCE_ID', '')
param identityResourceId = readEnvironmentVariable('IDENTITY_RESOURCE_ID')
param identityPrincipalId = readEnvironmentVariable('IDENTITY_PRINCIPAL_ID')
param identityClientId = readEnvironmentVariable('IDENTITY_CLIENT_ID')
param keyVaultName = readEnvironmentVariable('KEY_VAULT_NAME')
param systemTopicResourceId = readEnvironmentVariable('SYSTEM_TOPIC_RESOURCE_ID')
param systemTopicPrincipalId = readEnvironmentVariable('SYSTEM_TOPIC_PRINCIPAL_ID')

// What is there already
param backupsContainer = readEnvironmentVariable('BACKUPS_CONTAINER', 'backups')
param targetSqlVmResourceIds = listOf(readEnvironmentVariable('TARGET_SQL_VM_RESOURCE_IDS', ''))
param defaultTargetSqlVmResourceId = readEnvironmentVariable('TARGET_SQL_VM_RESOURCE_ID', '')
param existingMigrationServiceResourceId = readEnvironmentVariable('EXISTING_DMS_SERVICE_RESOURCE_ID', '')
param migrationServiceLocation = readEnvironmentVariable('DMS_SERVICE_LOCATION', location)
param existingWorkspaceResourceId = readEnvironmentVariable('EXISTING_WORKSPACE_RESOURCE_ID', '')

// People
param entraClientId = readEnvironmentVariable('ENTRA_CLIENT_ID')
param callerAddresses = listOf(readEnvironmentVariable('CALLER_ADDRESSES', ''))
param operatorAddresses = listOf(readEnvironmentVariable('OPERATOR_ADDRESSES', ''))
param teamsCards = bool(readEnvironmentVariable('TEAMS_CARDS', 'false'))
param alertEmails = listOf(readEnvironmentVariable('ALERT_EMAILS', ''))
param lagAlertMinutes = int(readEnvironmentVariable('LAG_ALERT_MINUTES', '60'))

// Size
param durableBackend = readEnvironmentVariable('DURABLE_BACKEND', 'AzureStorage')
param schedulerSku = readEnvironmentVariable('SCHEDULER_SKU', 'Consumption')
param schedulerCapacity = int(readEnvironmentVariable('SCHEDULER_CAPACITY', '1'))
param maximumInstances = int(readEnvironmentVariable('MAXIMUM_INSTANCES', '40'))
param instanceMemoryMB = any(int(readEnvironmentVariable('INSTANCE_MEMORY_MB', '2048')))
param alwaysReadyInstances = int(readEnvironmentVariable('ALWAYS_READY_INSTANCES', '0'))
param appStorageRedundancy = readEnvironmentVariable('APP_STORAGE_REDUNDANCY', 'Standard_LRS')
param logRetentionDays = int(readEnvironmentVariable('LOG_RETENTION_DAYS', '30'))
param logDailyCapGB = int(readEnvironmentVariable('LOG_DAILY_CAP_GB', '-1'))
param diagnosticsWorkspaceResourceId = readEnvironmentVariable('DIAGNOSTICS_WORKSPACE_RESOURCE_ID', '')

// App settings, by their own names
param dmsApiVersion = readEnvironmentVariable('DMS_API_VERSION', '2025-06-30')
param dmsPollSeconds = int(readEnvironmentVariable('DMS_POLL_SECONDS', '30'))
param dmsMaxGetsPerMinute = int(readEnvironmentVariable('DMS_MAX_GETS_PER_MINUTE', '300'))
param dmsBlobAuth = readEnvironmentVariable('DMS_BLOB_AUTH', 'AccountKey')
param fileSharePrefix = readEnvironmentVariable('FILE_SHARE_SECRET_PREFIX', 'fileshare-')
param fileShareServers = readEnvironmentVariable('FILE_SHARE_SERVERS', '')
param targetSqlVersion = readEnvironmentVariable('TARGET_SQL_VERSION', '')
param preflightRequireChecksum = bool(readEnvironmentVariable('PREFLIGHT_REQUIRE_CHECKSUM', 'false'))
param preflightOverrides = readEnvironmentVariable('PREFLIGHT_OVERRIDES', '')
param instanceName = readEnvironmentVariable('INSTANCE_NAME', 'sqlferry')
param migrationMode = readEnvironmentVariable('MIGRATION_MODE', 'online')
param chainGapDeadlineMinutes = int(readEnvironmentVariable('CHAIN_GAP_DEADLINE_MINUTES', '60'))
param chainAllowDamaged = bool(readEnvironmentVariable('CHAIN_ALLOW_DAMAGED', 'false'))
param offlineQuietMinutes = int(readEnvironmentVariable('OFFLINE_QUIET_MINUTES', '0'))
param vmMaxDatabases = int(readEnvironmentVariable('VM_MAX_DATABASES', '100'))
param vmCooldownMinutes = int(readEnvironmentVariable('VM_COOLDOWN_MINUTES', '30'))
param waitingAlarmMinutes = int(readEnvironmentVariable('WAITING_ALARM_MINUTES', '15'))
param pageBlobStableSeconds = int(readEnvironmentVariable('PAGE_BLOB_STABLE_SECONDS', readEnvironmentVariable('PAGE_STABLE_SECONDS', '30')))
param pageAbandonedMinutes = int(readEnvironmentVariable('PAGE_ABANDONED_MINUTES', '60'))
param etaDefaultMbps = int(readEnvironmentVariable('ETA_DEFAULT_MBPS', '100'))
param problemsBase = readEnvironmentVariable('PROBLEMS_BASE', 'https://sqlferry.dev/problems/')
param sweepSchedule = readEnvironmentVariable('SWEEP_SCHEDULE', '0 */10 * * * *')
param sweepLateMinutes = int(readEnvironmentVariable('SWEEP_LATE_MINUTES', '30'))
param sweepSettledDays = int(readEnvironmentVariable('SWEEP_SETTLED_DAYS', '30'))
param runsKeptDays = int(readEnvironmentVariable('RUNS_KEPT_DAYS', '30'))
