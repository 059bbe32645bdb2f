// Deploys the function app: plan, runtime, sign-in, and who may call it.
import { Tags } from 'shared.bicep'

param name string
param location string
param tags Tags

param identityResourceId string
param packageContainerUrl string
param appSubnetResourceId string
param maximumInstances int
param instanceMemoryMB int

@description('Instances that wait for blob events and for orchestrations; 0: the first event of a quiet hour waits for a cold start.')
param alwaysReadyInstances int

@description('Addresses that may call page and API, besides Event Grid. Empty: every address may ask, and has to sign in.')
param callerAddresses string[]

@description('The application in Entra ID that signs people in.')
param entraClientId string

@description('Empty: no diagnostic settings.')
param diagnosticsWorkspaceResourceId string

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

var restrictions = [
  for (address, index) in callerAddresses: {
    name: 'caller-${index}'
    ipAddress: contains(address, '/') ? address : '${address}/32'
    action: 'Allow'
    priority: 200 + index
  }
]
var eventGrid = { name: 'event-grid', ipAddress: 'AzureEventGrid', tag: 'ServiceTag', action: 'Allow', priority: 100 }

resource site 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityResourceId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityResourceId
    virtualNetworkSubnetId: empty(appSubnetResourceId) ? null : appSubnetResourceId
    functionAppConfig: {
      runtime: { name: 'node', version: '24' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityResourceId
          }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstances
        instanceMemoryMB: instanceMemoryMB
        alwaysReady: alwaysReadyInstances == 0
          ? []
          : [
              { name: 'blob', instanceCount: alwaysReadyInstances }
              { name: 'durable', instanceCount: alwaysReadyInstances }
            ]
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      ipSecurityRestrictions: empty(callerAddresses) ? [] : concat([eventGrid], restrictions)
      ipSecurityRestrictionsDefaultAction: empty(callerAddresses) ? 'Allow' : 'Deny'
    }
  }

  // Whoever deploys or looks into the app signs in with Entra ID.
  resource noFtpPassword 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource noScmPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource signIn 'config' = {
    name: 'authsettingsV2'
    properties: {
      platform: { enabled: true }
      httpSettings: { requireHttps: true }
      globalValidation: {
        requireAuthentication: true
        unauthenticatedClientAction: 'RedirectToLoginPage'
        redirectToProvider: 'azureactivedirectory'
        // Event Grid brings a system key instead, which the host checks; a probe sees only whether the storages answer.
        excludedPaths: [
          '/runtime/webhooks/blobs'
          '/runtime/webhooks/EventGrid'
          '/runtime/webhooks/eventgrid'
          '/api/v1/health'
        ]
      }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            clientId: entraClientId
            openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
          }
          validation: { allowedAudiences: [entraClientId, 'api://${entraClientId}'] }
        }
      }
      login: { tokenStore: { enabled: false } }
    }
  }
}

// The host's own log and no more: App Service's log of requests has the webhooks' keys in its query strings, and which
// other categories a function app may have hangs on its plan (one that it may not have fails the deployment).
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(diagnosticsWorkspaceResourceId)) {
  name: 'sqlferry'
  scope: site
  properties: {
    workspaceId: diagnosticsWorkspaceResourceId
    logs: [{ category: 'FunctionAppLogs', enabled: true }]
  }
}

output resourceId string = site.id
output hostName string = site.properties.defaultHostName
