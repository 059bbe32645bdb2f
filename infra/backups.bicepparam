// From azd's environment: `azd env set NAME value`. What is not set has the default of backups.bicep.
using 'backups.bicep'

import { listOf, tagsOf } from 'modules/shared.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param extraTags = tagsOf(readEnvironmentVariable('TAGS', ''))
param existingStorageAccountResourceId = readEnvironmentVariable('EXISTING_BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID', '')
param existingSystemTopicResourceId = readEnvironmentVariable('EXISTING_SYSTEM_TOPIC_RESOURCE_ID', '')
param container = readEnvironmentVariable('BACKUPS_CONTAINER', 'backups')
param network = readEnvironmentVariable('NETWORK', 'public')
param runtimeAddresses = listOf(readEnvironmentVariable('RUNTIME_ADDRESSES', ''))
param runtimeSubnetResourceIds = listOf(readEnvironmentVariable('RUNTIME_SUBNET_RESOURCE_IDS', ''))
param targetSubnetResourceIds = listOf(readEnvironmentVariable('TARGET_SUBNET_RESOURCE_IDS', ''))
param privateEndpointSubnetResourceId = readEnvironmentVariable('PRIVATE_ENDPOINT_SUBNET_RESOURCE_ID', '')
param privateDnsZoneResourceId = readEnvironmentVariable('PRIVATE_DNS_ZONE_RESOURCE_ID', '')
param uploadAddresses = listOf(readEnvironmentVariable('UPLOAD_ADDRESSES', ''))
param operatorAddresses = listOf(readEnvironmentVariable('OPERATOR_ADDRESSES', ''))
param existingAppSubnetResourceId = readEnvironmentVariable('EXISTING_APP_SUBNET_RESOURCE_ID', '')
param appNetworkRange = readEnvironmentVariable('APP_NETWORK_RANGE', '10.83.0.0/24')
param redundancy = readEnvironmentVariable('BACKUPS_REDUNDANCY', 'Standard_LRS')
param purgeProtection = bool(readEnvironmentVariable('PURGE_PROTECTION', 'false'))
param diagnosticsWorkspaceResourceId = readEnvironmentVariable('DIAGNOSTICS_WORKSPACE_RESOURCE_ID', '')
