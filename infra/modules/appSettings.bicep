// Writes the app's settings. A module of its own, because one of them is the app's own address.

param functionAppName string
param settings { *: string }

resource site 'Microsoft.Web/sites@2024-11-01' existing = {
  name: functionAppName

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: settings
  }
}
