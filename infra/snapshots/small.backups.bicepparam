// Nothing is there yet, and every network may reach the backups.
using '../backups.bicep'

param environmentName = 'small'
param location = 'westeurope'
