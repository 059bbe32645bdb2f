// From azd's environment: outputs of the other layers, and what `azd env set NAME value` says.
using 'subscriptions.bicep'

param nameToken = readEnvironmentVariable('NAME_TOKEN')
param functionAppResourceId = readEnvironmentVariable('FUNCTION_APP_RESOURCE_ID')
param systemTopicResourceId = readEnvironmentVariable('SYSTEM_TOPIC_RESOURCE_ID')
param topicResourceId = readEnvironmentVariable('TOPIC_RESOURCE_ID')
param appStorageResourceId = readEnvironmentVariable('APP_STORAGE_RESOURCE_ID')
param backupsContainer = readEnvironmentVariable('BACKUPS_CONTAINER', 'backups')
param maxDeliveryAttempts = int(readEnvironmentVariable('MAX_DELIVERY_ATTEMPTS', '30'))
param deliveryMinutes = int(readEnvironmentVariable('DELIVERY_MINUTES', '1440'))
