// Deploys the Database Migration Service that restores.
import { Tags } from 'shared.bicep'

param name string

@description('That of the target VMs.')
param location string
param tags Tags

resource service 'Microsoft.DataMigration/sqlMigrationServices@2025-06-30' = {
  name: name
  location: location
  tags: tags
  properties: {}
}

output resourceId string = service.id
