// Deploys Durable Task Scheduler, for orchestrations that Azure Storage is not quick enough for.
import { builtInRoles, Tags } from 'shared.bicep'

param name string
param location string
param tags Tags
param sku string

@description('Capacity units; Dedicated only.')
param capacity int
param principalId string

resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: sku == 'Dedicated' ? { name: sku, capacity: capacity } : { name: sku }
    ipAllowlist: ['0.0.0.0/0'] // an empty list would let nobody in; who asks without the role is refused
  }

  resource hub 'taskHubs' = {
    name: 'sqlferry'
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(scheduler::hub.id, principalId, builtInRoles.durableTaskDataContributor)
  scope: scheduler::hub
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      builtInRoles.durableTaskDataContributor
    )
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

output endpoint string = scheduler.properties.endpoint
output taskHub string = scheduler::hub.name
