// Grants the app the rights to read a target VM's state and to have DMS restore to it. Nothing else about the VM
// changes.

@description('Of the SQL virtual machine; the machine itself bears the same name, in the same group.')
param name string
param principalId string
param restoreRoleId string

resource sqlVm 'Microsoft.SqlVirtualMachine/sqlVirtualMachines@2023-10-01' existing = {
  name: name
}

resource machine 'Microsoft.Compute/virtualMachines@2024-11-01' existing = {
  name: name
}

var properties = {
  roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', restoreRoleId)
  principalId: principalId
  principalType: 'ServicePrincipal'
}

resource onSqlVm 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(sqlVm.id, principalId, restoreRoleId)
  scope: sqlVm
  properties: properties
}

resource onMachine 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(machine.id, principalId, restoreRoleId)
  scope: machine
  properties: properties
}
