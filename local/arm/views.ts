// Renders what Azure Resource Manager shows of a migration: state in, the recorded JSON shapes out.
//
// What is not known is left out, never null (JSON.stringify drops undefined). Secrets and the source are not echoed.
import { type BlobDetails, UPLOADED_PART } from "./assumed.ts";
import type { CurrentSet, DatabaseMigration, Phase } from "./databaseMigration.ts";
import { type BackupSet, fileNameOf } from "./restoreWalk.ts";

/** How a migration is to be shown. */
export interface Showing {
  readonly apiVersion: string;
  /** Only with $expand=MigrationStatusDetails. */
  readonly details?: boolean;
  readonly blobDetails: BlobDetails;
  readonly failedAs: FailedAs;
  /** While an integration runtime copies. */
  readonly uploadMBps: number;
  readonly omitsLastSet?: boolean;
}

/** provisioningState beside a failure after the start: both were recorded. */
export type FailedAs = "Failed" | "Succeeded";

/** GET, and the answers to PUT and cutover. */
export function migrationView(migration: DatabaseMigration, showing: Showing): MigrationView {
  const { order, phase } = migration;
  const hasStarted = migration.startedAt !== undefined;
  return resource(migration, {
    scope: order.scope,
    provisioningState: provisioningState(migration, showing),
    migrationStatus: hasStarted ? STATUS[phase.at] : undefined,
    startedOn: iso(migration.startedAt),
    endedOn: "endedAt" in phase ? iso(phase.endedAt) : undefined,
    sourceDatabaseName: order.sourceDatabaseName,
    migrationService: serviceSpelling(order.migrationService),
    migrationOperationId: hasStarted ? migration.operationId : undefined,
    backupConfiguration: order.share === undefined && isOf2025(showing) ? BLOB_CONFIGURATION : undefined,
    offlineConfiguration: order.isOffline ? { offline: true, lastBackupName: order.lastBackupName } : undefined,
    autoCutoverConfiguration:
      order.isOffline && isOf2025(showing) ? { autoCutover: true, lastBackupName: order.lastBackupName } : undefined,
    provisioningError: phase.at === "notStarted" ? phase.error : undefined,
    migrationFailureError: phase.at === "failed" ? failureView(migration, phase.error, showing) : undefined,
    migrationStatusDetails: showing.details && hasStarted ? statusDetails(migration, showing) : undefined,
    kind: "SqlVm",
  });
}

const isOf2025 = ({ apiVersion }: Showing): boolean => apiVersion >= "2025";

/** All that is echoed of a blob source (2025). */
const BLOB_CONFIGURATION = { sourceLocation: { fileStorageType: "AzureBlob", testConnectivity: false } };

function provisioningState({ phase, goneAt }: DatabaseMigration, { failedAs }: Showing): string {
  if (goneAt !== undefined) return "Dropping";
  return phase.at === "failed" ? failedAs : PROVISIONING[phase.at];
}

/** Numbers until 2021; since 2025 names, with the number in a link at the end of the text. */
const ERROR_NAMES: Readonly<Record<string, string>> = {
  "2007": "CutoverFailedOrCancelled",
  "2009": "MigrationRestoreFailed",
  "2038": "MigrationCompletedDuringCancel",
  "2043": "CreateContainerFailed",
  "2049": "FileShareTestConnectionFailed",
  "2056": "SqlInfoValidationFailed",
};

function failureView(
  { targetDbName }: DatabaseMigration,
  { code, message }: { readonly code: string; readonly message: string },
  showing: Showing,
): object | undefined {
  if (code === "" && message === "") return undefined;
  const [number, name] = Object.entries(ERROR_NAMES).find((pair) => pair.includes(code)) ?? [];
  if (number === undefined || name === undefined) return { code, message };
  if (!isOf2025(showing)) return { code: number, message };
  const link = `#error-code-${number}-`;
  const text = message.includes(link)
    ? message
    : `Migration for Database '${targetDbName}' failed with error '${message}' See link for more details: https://aka.ms/dms-known-issues${link}--${name.toLowerCase()}`;
  return { code: name, message: text };
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

function statusDetails(migration: DatabaseMigration, showing: Showing): object {
  const { blobs, share } = migration.order;
  if (share !== undefined) return shareDetails(migration, showing);
  const { currentRestoringFilename, lastRestoredFilename } = fileNames(migration);
  return {
    migrationState: migration.position === undefined ? "WaitRestoreStart" : "MonitorMigration",
    blobContainerName: blobs?.folder === "" ? blobs.container : `${blobs?.container}/${blobs?.folder}`,
    isFullBackupRestored: migration.position !== undefined,
    restoreBlockingReason: migration.blocked?.message,
    invalidFiles: listed(migration.invalidFiles),
    currentRestoringFilename,
    lastRestoredFilename,
    activeBackupSets:
      showing.blobDetails === "sets" ? migration.visible.map((set) => setView(migration, set, showing)) : undefined,
  };
}

/** Before the first file is seen there are three members only (2021). */
function shareDetails(migration: DatabaseMigration, showing: Showing): object {
  const { visible, position, operationId, restored, current, seenAt } = migration;
  const isUploaded = current?.uploadedAt !== undefined && seenAt >= current.uploadedAt;
  const state = position === undefined && !isUploaded ? "WaitForFullBackupUploadOperation" : "MonitorMigration";
  const pendingLogBackupsCount = visible.filter(
    (set) => set.header.backupType === LOG && !isRestored(migration, set),
  ).length;
  if (visible.length === 0) return { migrationState: state, blobContainerName: operationId, pendingLogBackupsCount };
  const byGuid = (guid: string | undefined) => visible.find((set) => set.header.backupSetGuid === guid);
  const full = byGuid(position?.fullGuid) ?? migration.current?.set;
  const last = byGuid(restored.at(-1)?.backupSetGuid);
  return {
    migrationState: state,
    fullBackupSetInfo: full && { ...setView(migration, full, showing), hasBackupChecksums: undefined },
    lastRestoredBackupSetInfo: last && showing.omitsLastSet !== true ? setView(migration, last, showing) : undefined,
    activeBackupSets: visible.map((set) => setView(migration, set, showing)),
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

function setView(migration: DatabaseMigration, set: BackupSet, { uploadMBps }: Showing): object {
  const { header, files, familyCount } = set;
  const done = isRestored(migration, set);
  const current = migration.current?.set.header.backupSetGuid === header.backupSetGuid ? migration.current : undefined;
  const status = done ? "Restored" : current ? workOn(current, migration.seenAt) : "Arrived";
  const read = current?.uploadedAt === undefined ? 1 : partOf(migration.seenAt, current.from, current.uploadedAt);
  const isCopied = status !== "Arrived" && status !== "Uploading" && migration.order.share !== undefined;
  return {
    backupSetId: header.backupSetGuid.toLowerCase(),
    firstLSN: header.firstLsn.toString(),
    lastLSN: header.lastLsn.toString(),
    backupType: TYPES[header.backupType] ?? "File",
    listOfBackupFiles: files.map(({ name, sizeBytes, header: file }) => ({
      fileName: name,
      status,
      totalSize: sizeBytes,
      dataRead: status === "Arrived" ? 0 : Math.floor(sizeBytes * read),
      dataWritten: status === "Arrived" || status === "Uploading" ? 0 : sizeBytes,
      copyThroughput: isCopied ? uploadMBps * 1_000 : undefined,
      copyDuration: isCopied ? Math.max(1, Math.ceil(sizeBytes / (uploadMBps * 1_000_000))) : undefined,
      familySequenceNumber: file?.media.familySequenceNumber,
    })),
    backupStartDate: `${header.backupStartDate}Z`,
    backupFinishDate: `${header.backupFinishDate}Z`,
    isBackupRestored: done,
    hasBackupChecksums: header.hasBackupChecksums,
    familyCount,
  };
}

const partOf = (now: number, from: number, until: number): number =>
  Math.min(1, Math.max(0, (now - from) / Math.max(1, until - from)));

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
  time === undefined ? undefined : new Date(time).toISOString().replace(/\.?0+Z$/, "Z");
