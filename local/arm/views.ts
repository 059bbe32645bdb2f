// What does Azure Resource Manager show of a migration? State in, the recorded JSON shapes out.
//
// What is not known is left out, never null (JSON.stringify drops undefined). Secrets and the source are not echoed.
import { type BlobDetails, UPLOADED_PART } from "./assumed.ts";
import type { CurrentSet, DatabaseMigration, Phase } from "./databaseMigration.ts";
import { type BackupSet, fileNameOf } from "./restoreWalk.ts";

/** GET, and the answers to PUT and cutover. Details only with $expand=MigrationStatusDetails. */
export function migrationView(
  migration: DatabaseMigration,
  details: boolean,
  blobDetails: BlobDetails = "names",
): MigrationView {
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
    offlineConfiguration: order.isOffline ? { offline: true, lastBackupName: order.lastBackupName } : undefined,
    provisioningError: phase.at === "notStarted" ? phase.error : undefined,
    migrationFailureError: phase.at === "failed" ? phase.error : undefined,
    migrationStatusDetails: details && hasStarted ? statusDetails(migration, blobDetails) : undefined,
    kind: "SqlVm",
  });
}

export interface MigrationView {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly id: string;
  readonly name: string;
  readonly type: string;
}

/** The answer to POST cancel is shorter than any other. */
export const cancelView = (migration: DatabaseMigration): MigrationView =>
  resource(migration, {
    scope: migration.order.scope,
    provisioningState: "Canceling",
    sourceDatabaseName: migration.order.sourceDatabaseName,
    kind: "SqlVm",
  });

const resource = (migration: DatabaseMigration, properties: Record<string, unknown>): MigrationView => ({
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

function statusDetails(migration: DatabaseMigration, blobDetails: BlobDetails): object {
  const { blobs, share } = migration.order;
  if (share !== undefined) return shareDetails(migration);
  const { currentRestoringFilename, lastRestoredFilename } = fileNames(migration);
  return {
    migrationState: migration.position === undefined ? "WaitRestoreStart" : "MonitorMigration",
    blobContainerName: blobs?.folder === "" ? blobs.container : `${blobs?.container}/${blobs?.folder}`,
    isFullBackupRestored: migration.position !== undefined,
    restoreBlockingReason: migration.blocked?.message,
    invalidFiles: listed(migration.invalidFiles),
    currentRestoringFilename,
    lastRestoredFilename,
    activeBackupSets: blobDetails === "sets" ? migration.visible.map((set) => setView(migration, set)) : undefined,
  };
}

/** Before the first file is seen there are three members only (2021). */
function shareDetails(migration: DatabaseMigration): object {
  const { visible, position, operationId, restored } = migration;
  const state = position === undefined ? "WaitForFullBackupUploadOperation" : "MonitorMigration";
  const pendingLogBackupsCount = visible.filter(
    (set) => set.header.backupType === LOG && !isRestored(migration, set),
  ).length;
  if (visible.length === 0) return { migrationState: state, blobContainerName: operationId, pendingLogBackupsCount };
  const byGuid = (guid: string | undefined) => visible.find((set) => set.header.backupSetGuid === guid);
  const full = byGuid(position?.fullGuid) ?? migration.current?.set;
  const last = byGuid(restored.at(-1)?.backupSetGuid);
  return {
    migrationState: state,
    fullBackupSetInfo: full && { ...setView(migration, full), hasBackupChecksums: undefined },
    lastRestoredBackupSetInfo: last && setView(migration, last),
    activeBackupSets: visible.map((set) => setView(migration, set)),
    invalidFiles: listed(migration.invalidFiles),
    blobContainerName: operationId,
    isFullBackupRestored: position !== undefined,
    restoreBlockingReason: migration.blocked?.message,
    ...fileNames(migration),
    pendingLogBackupsCount,
  };
}

/** In step with the source, the two names are equal. */
function fileNames({ current, restored }: DatabaseMigration) {
  const lastRestoredFilename = restored.at(-1)?.files[0];
  const isUploading = current?.uploadedAt !== undefined;
  return {
    currentRestoringFilename: current === undefined || isUploading ? lastRestoredFilename : fileNameOf(current.set),
    lastRestoredFilename,
  };
}

const LOG = 2;
const TYPES: Readonly<Record<number, string>> = { 1: "Database", 2: "TransactionLog", 5: "DifferentialDatabase" };

const isRestored = ({ restored }: DatabaseMigration, { header }: BackupSet): boolean =>
  restored.some((one) => one.backupSetGuid === header.backupSetGuid);

function setView(migration: DatabaseMigration, set: BackupSet): object {
  const { header, files, familyCount } = set;
  const done = isRestored(migration, set);
  const current = migration.current?.set.header.backupSetGuid === header.backupSetGuid ? migration.current : undefined;
  const status = done ? "Restored" : current ? workOn(current, migration.seenAt) : "Arrived";
  return {
    backupSetId: header.backupSetGuid,
    firstLSN: header.firstLsn.toString(),
    lastLSN: header.lastLsn.toString(),
    backupType: TYPES[header.backupType] ?? "File",
    listOfBackupFiles: files.map(({ name, sizeBytes, header: file }) => ({
      fileName: name,
      status,
      totalSize: sizeBytes,
      dataRead: status === "Arrived" ? 0 : sizeBytes,
      dataWritten: status === "Arrived" || status === "Uploading" ? 0 : sizeBytes,
      familySequenceNumber: file?.media.familySequenceNumber,
    })),
    backupStartDate: `${header.backupStartDate}Z`,
    backupFinishDate: `${header.backupFinishDate}Z`,
    isBackupRestored: done,
    hasBackupChecksums: header.hasBackupChecksums,
    familyCount,
  };
}

function workOn({ uploadedAt, until }: CurrentSet, now: number): string {
  if (uploadedAt === undefined) return "Restoring";
  if (now < uploadedAt) return "Uploading";
  return now < uploadedAt + (until - uploadedAt) * UPLOADED_PART ? "Uploaded" : "Restoring";
}

const listed = (names: readonly string[]): readonly string[] | undefined => (names.length === 0 ? undefined : names);

/** Azure-AsyncOperation: three members, never more unless it failed. */
export function operationView(name: string, startedAt: number, end: OperationEnd): object {
  return { name, status: end.status, startTime: iso(startedAt), error: end.error };
}

export interface OperationEnd {
  readonly status: "InProgress" | "Succeeded" | "Failed";
  readonly error?: { readonly code: string; readonly message: string };
}

const serviceSpelling = (id: string): string => id.replace(/\/sqlMigrationServices\//i, "/sqlMigrationServices/");

const iso = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString();
