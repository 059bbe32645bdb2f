// Creates the queue for events of files that the host gave up, in the account that the files lie in; without it each
// look for one is a warning.
import { poisonQueueName } from 'shared.bicep'

param storageAccountName string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageAccountName

  resource queues 'queueServices' existing = {
    name: 'default'

    resource poison 'queues' = {
      name: poisonQueueName
    }
  }
}
