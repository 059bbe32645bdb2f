// Deploys the vault for secrets: the address of the Teams workflow, the passwords that file shares need. The operator
// puts them there; nothing else passes them on.
import { Tags } from 'shared.bicep'

param name string
param tenantId string
param location string
param tags Tags

@description('Only the app\'s subnet and the addresses may ask; otherwise every network may, and is refused without a role.')
param isRestricted bool
param appSubnetResourceId string
param operatorAddresses string[]
param purgeProtection bool

@description('Empty: no diagnostic settings.')
param diagnosticsWorkspaceResourceId string

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
    enablePurgeProtection: purgeProtection ? true : null // false is refused once it was true
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      defaultAction: isRestricted ? 'Deny' : 'Allow'
      bypass: 'AzureServices'
      ipRules: [for address in operatorAddresses: { value: address }]
      virtualNetworkRules: isRestricted ? [{ id: appSubnetResourceId }] : []
    }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(diagnosticsWorkspaceResourceId)) {
  name: 'sqlferry'
  scope: vault
  properties: {
    workspaceId: diagnosticsWorkspaceResourceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}
