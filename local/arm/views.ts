// What does Azure Resource Manager show of a migration? State in, the recorded JSON shapes out.
//
// What is not known is left out, never null (JSON.stringify drops undefined). Secrets and the source are not echoed.
import type { DatabaseMigration, Phase } from "./databaseMigration.ts";
import { fileNameOf } from "./restoreWalk.ts";

/** GET, and the answers to PUT and cutover. Details only with $expand=MigrationStatusDetails. */
export function migrationView(migration: DatabaseMigration, details: boolean): object {
  const { order, phase } = migration;
  const hasStarted = migration.startedAt !== undefined;
  return resource(migration, {
    scope: order.scope,
    provisioningState: PROVISIONING[phase.at],
    migrationStatus: hasStarted ? STATUS[phase.at] : undefined,
    startedOn: iso(migration.startedAt),
    endedOn: "endedAt" in phase ? iso(phase.endedAt) : undefined,
    sourceDatabaseName: order.sourceDatabaseName,
    migrationService: serviceSpelling(order.migrationService),
    migrationOperationId: hasStarted ? migration.operationId : undefined,
    offlineConfiguration:
      order.lastBackupName === undefined ? undefined : { offline: true, lastBackupName: order.lastBackupName },
    provisioningError: phase.at === "notStarted" ? phase.error : undefined,
    migrationFailureError: phase.at === "failed" ? phase.error : undefined,
    migrationStatusDetails: details && hasStarted ? statusDetails(migration) : undefined,
    kind: "SqlVm",
  });
}

/** The answer to POST cancel is shorter than any other. */
export const cancelView = (migration: DatabaseMigration): object =>
  resource(migration, {
    scope: migration.order.scope,
    provisioningState: "Canceling",
    sourceDatabaseName: migration.order.sourceDatabaseName,
    kind: "SqlVm",
  });

const resource = (migration: DatabaseMigration, properties: object): object => ({
  properties,
  id: `${migration.order.scope}/providers/Microsoft.DataMigration/databaseMigrations/${migration.targetDbName}`,
  name: migration.targetDbName,
  type: "Microsoft.DataMigration/databaseMigrations",
});

const PROVISIONING: Readonly<Record<Phase["at"], string>> = {
  creating: "Creating",
  notStarted: "Failed",
  restoring: "Succeeded",
  completing: "Completing",
  canceling: "Canceling",
  succeeded: "Succeeded",
  canceled: "Succeeded",
  failed: "Failed",
};

const STATUS: Readonly<Record<Phase["at"], string | undefined>> = {
  creating: undefined,
  notStarted: undefined,
  restoring: "InProgress",
  completing: "Completing",
  canceling: "Canceling",
  succeeded: "Succeeded",
  canceled: "Canceled",
  failed: "Failed",
};

// Of a blob source nothing was ever recorded: names as Microsoft's client reads them, no backup sets (ASSUMED).
function statusDetails(migration: DatabaseMigration): object {
  const { blobs } = migration.order;
  if (blobs === undefined) {
    return {
      migrationState: "WaitForFullBackupUploadOperation",
      blobContainerName: migration.operationId,
      pendingLogBackupsCount: 0,
    };
  }
  const lastRestoredFilename = migration.restored.at(-1)?.files[0];
  return {
    migrationState: migration.position === undefined ? "WaitRestoreStart" : "MonitorMigration",
    blobContainerName: blobs.folder === "" ? blobs.container : `${blobs.container}/${blobs.folder}`,
    isFullBackupRestored: migration.position !== undefined,
    restoreBlockingReason: migration.blocked?.message,
    invalidFiles: migration.invalidFiles.length === 0 ? undefined : migration.invalidFiles,
    // In step with the source, the two names are equal.
    currentRestoringFilename:
      migration.current === undefined ? lastRestoredFilename : fileNameOf(migration.current.set),
    lastRestoredFilename,
  };
}

/** Azure-AsyncOperation: three members, never more unless it failed. */
export function operationView(name: string, startedAt: number, migration: OperationEnd): object {
  return { name, status: migration.status, startTime: iso(startedAt), error: migration.error };
}

export interface OperationEnd {
  readonly status: "InProgress" | "Succeeded" | "Failed";
  readonly error?: { readonly code: string; readonly message: string };
}

const serviceSpelling = (id: string): string => id.replace(/\/sqlMigrationServices\//i, "/sqlMigrationServices/");

const iso = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString();
