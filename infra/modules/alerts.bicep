// Deploys the alerts that call for a person. Each alert's meaning, and what to do, is in docs/operations.md.
import { Tags } from 'shared.bicep'

param token string
param location string
param tags Tags

@description('Who is mailed. Empty: alerts are only shown in the portal.')
param emails string[]
param insightsResourceId string
param topicResourceId string
param systemTopicResourceId string
param lagMinutes int

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${token}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'sqlferry'
    enabled: true
    emailReceivers: [
      for (email, index) in emails: { name: 'person-${index}', emailAddress: email, useCommonAlertSchema: true }
    ]
  }
}

var sources = [
  { name: 'backups', namespace: 'Microsoft.EventGrid/systemTopics', scope: systemTopicResourceId }
  { name: 'events', namespace: 'Microsoft.EventGrid/topics', scope: topicResourceId }
]

resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for source in sources: {
    name: 'dead-letters-${source.name}-${token}'
    location: 'global'
    tags: tags
    properties: {
      description: 'Event Grid could not deliver, and wrote the event into the container dead-letters.'
      severity: 2
      enabled: true
      scopes: [source.scope]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT5M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: 'dead letters'
            metricNamespace: source.namespace
            metricName: 'DeadLetteredCount'
            operator: 'GreaterThan'
            threshold: 0
            timeAggregation: 'Total'
          }
        ]
      }
      autoMitigate: true
      actions: [{ actionGroupId: people.id }]
    }
  }
]

@description('One row of the query is one reason to call somebody; or, where absentFor is given, that there is none for so long.')
type LogAlert = { name: string, severity: int, description: string, query: string, absentFor: string? }

// The app's events for alerts are lines of JSON in its log. Names and fields: shared/api/telemetry.ts,
// docs/operations.md.
var facts = 'traces | where message startswith "{" | extend fact = parse_json(message)'

var queries LogAlert[] = [
  {
    name: 'poison-queue'
    severity: 2
    description: 'The host gave up a file\'s event after all its tries. The sweep reads the file again.'
    query: 'requests | where name == "BackupPoisoned"'
  }
  {
    name: 'failed-migrations'
    severity: 1
    description: 'A run of a migration has failed.'
    query: '${facts} | where tostring(fact.event) == "RunFailed"'
  }
  {
    name: 'waiting-migrations'
    severity: 2
    description: 'A migration waits for something outside sqlferry, and has waited long or needs a person.'
    query: '${facts} | where tostring(fact.event) == "RunWaits"'
  }
  {
    name: 'stalled-runs'
    severity: 1
    description: 'A run stands still after a fault of sqlferry. Nothing is canceled; once the fault is mended, it is resumed.'
    query: '${facts} | where tostring(fact.event) == "RunStalled"'
  }
  {
    name: 'dead-runs'
    severity: 2
    description: 'The orchestration of a run had ended before the run. It was taken up again.'
    query: '${facts} | where tostring(fact.event) == "RunDied"'
  }
  {
    name: 'sweep-found-missed-files'
    severity: 3
    description: 'The sweep found files that events should have brought.'
    query: '${facts} | where tostring(fact.event) == "SweepFound"'
  }
  {
    name: 'sweep-failed'
    severity: 2
    description: 'A sweep could not sweep a folder. The others were swept.'
    query: '${facts} | where tostring(fact.event) == "SweepDone" and tolong(fact.failed) > 0'
  }
  {
    name: 'sweep-died'
    severity: 2
    description: 'The orchestration of a sweep had ended before the sweep. It was started anew and goes on where it was.'
    query: '${facts} | where tostring(fact.event) == "SweepDied"'
  }
  {
    name: 'sweep-absent'
    severity: 1
    description: 'No sweep has come to its end for an hour: what events miss stays missed.'
    query: '${facts} | where tostring(fact.event) == "SweepDone"'
    absentFor: 'PT1H'
  }
  {
    name: 'own-faults'
    severity: 1
    description: 'A stored row, or a file, is more than sqlferry can read. Everything else goes on.'
    query: '${facts} | where tostring(fact.event) == "OwnFault"'
  }
  {
    name: 'events-wait'
    severity: 2
    description: 'The topic did not take events of sqlferry: they wait, and cards are late.'
    query: '${facts} | where tostring(fact.event) == "EventsNotTaken"'
  }
  {
    name: 'lag'
    severity: 2
    description: 'An online migration is further behind its source than ${lagMinutes} minutes.'
    query: '${facts} | where tostring(fact.event) == "LagMeasured" and tolong(fact.seconds) > ${lagMinutes * 60}'
  }
]

resource logAlerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in queries: {
    name: '${alert.name}-${token}'
    location: location
    tags: tags
    properties: {
      displayName: 'sqlferry: ${alert.name}'
      description: alert.description
      severity: alert.severity
      enabled: true
      scopes: [insightsResourceId]
      evaluationFrequency: 'PT15M'
      windowSize: any(alert).?absentFor ?? 'PT15M'
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: alert.?absentFor == null ? 'GreaterThan' : 'LessThan'
            threshold: alert.?absentFor == null ? 0 : 1
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      skipQueryValidation: true // the tables come with the first telemetry
      actions: { actionGroups: [people.id] }
    }
  }
]
