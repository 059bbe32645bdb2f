// Defines what Azure Database Migration Service says. Read leniently: every field may be missing or new.
//
// DatabaseMigrationSqlVm and SqlMigrationService, api-version 2025-06-30. Nulls are omitted by the service, unknown
// values are kept as text.
import { z } from "zod";

const text = z.string().optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);
const count = z.number().optional().catch(undefined);
const texts = z.array(z.string()).optional().catch(undefined);
const part = <Shape extends z.ZodRawShape>(shape: Shape) => z.looseObject(shape).optional().catch(undefined);
const parts = <Shape extends z.ZodRawShape>(shape: Shape) => z.array(z.looseObject(shape)).optional().catch(undefined);

const backupSet = {
  backupSetId: text,
  firstLSN: text,
  lastLSN: text,
  backupType: text,
  backupStartDate: text,
  backupFinishDate: text,
  isBackupRestored: flag,
  hasBackupChecksums: flag,
  familyCount: count,
  ignoreReasons: texts,
  listOfBackupFiles: parts({
    fileName: text,
    status: text,
    totalSize: count,
    dataRead: count,
    dataWritten: count,
    copyThroughput: count,
    copyDuration: count,
    familySequenceNumber: count,
  }),
};

/** Numbers in older answers, names in newer ones. */
const code = z
  .union([z.string(), z.number().transform(String)])
  .optional()
  .catch(undefined);

const details = {
  migrationState: text,
  currentRestoringFilename: text,
  lastRestoredFilename: text,
  isFullBackupRestored: flag,
  pendingLogBackupsCount: count,
  restoreBlockingReason: text,
  completeRestoreErrorMessage: text,
  fileUploadBlockingErrors: texts,
  invalidFiles: texts,
  fullBackupSetInfo: part(backupSet),
  lastRestoredBackupSetInfo: part(backupSet),
  activeBackupSets: parts(backupSet),
};

const migration = {
  provisioningState: text,
  provisioningError: text,
  migrationStatus: text,
  migrationOperationId: text,
  startedOn: text,
  endedOn: text,
  offlineConfiguration: part({ offline: flag }),
  autoCutoverConfiguration: part({ autoCutover: flag }),
  migrationFailureError: part({ code, message: text }),
  migrationStatusDetails: part(details),
  /** In no specification; Microsoft's own client reads it. */
  migrationStatusWarnings: part({
    restoreBlockingReason: text,
    completeRestoreErrorMessage: text,
    fileUploadBlockingErrorCount: count,
  }),
};

export const DatabaseMigrationSqlVm = z.looseObject({ properties: z.looseObject(migration) });

/** Names of the members that were ever seen or specified, whether they are read or not. */
export const STATUS_FIELDS = {
  migration: [
    ...Object.keys(migration),
    "kind",
    "scope",
    "sourceDatabaseName",
    "sourceServerName",
    "sourceSqlConnection",
    "migrationService",
    "targetDatabaseCollation",
    "backupConfiguration",
  ],
  details: [...Object.keys(details), "blobContainerName"],
} as const;

export type SqlVmProperties = z.infer<typeof DatabaseMigrationSqlVm>["properties"];
export type WireBackupSet = NonNullable<
  NonNullable<SqlVmProperties["migrationStatusDetails"]>["activeBackupSets"]
>[number];

export const SqlMigrationService = z.looseObject({
  name: text,
  location: text,
  properties: part({ provisioningState: text, integrationRuntimeState: text }),
});

/** listAuthKeys, and regenerateAuthKeys, which answers with the new key alone. */
export const AuthKeys = z.looseObject({ authKey1: text, authKey2: text });

/** listMonitoringData. A node may hold its name alone. */
export const MonitoringData = z.looseObject({
  name: text,
  nodes: parts({
    nodeName: text,
    availableMemoryInMB: count,
    cpuUtilization: count,
    concurrentJobsLimit: count,
    concurrentJobsRunning: count,
    maxConcurrentJobs: count,
    sentBytes: count,
    receivedBytes: count,
  }),
});

/** listMigrations: every kind of target mixed, without status details. */
export const MigrationsPage = z.looseObject({
  value: parts({
    name: text,
    properties: part({ kind: text, scope: text, migrationStatus: text, provisioningState: text, startedOn: text }),
  }),
  nextLink: text,
});

/** Microsoft.Storage storageAccounts/listKeys. */
export const StorageAccountKeys = z.object({ keys: z.array(z.object({ value: z.string() })).min(1) });
