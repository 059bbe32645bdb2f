// Translates an operation of Azure Database Migration Service into the words of the RestoreEngine port.
import { createHash } from "node:crypto";
import { type Lsn, parseLsn } from "../../backup/lsn.ts";
import type { BackupSetProgress } from "../../migration/migration.ts";
import type { EngineDetails, EngineFailure, EngineOperation } from "../../migration/observed.ts";
import { explain } from "./errors.ts";
import type { SqlVmProperties, WireBackupSet } from "./models.ts";

/** From GET databaseMigrations with $expand=MigrationStatusDetails. Unknown values of the service count as running. */
export function operationOf(properties: SqlVmProperties): EngineOperation {
  const told = phaseOf(properties);
  const failure = told === "failed" ? failureIn(properties) : undefined;
  // Failed, and yet the database is on the target: only the service's own clean-up failed, or a cancel came too late.
  const phase = failure?.kind === "done" ? "succeeded" : told;
  const isOffline =
    properties.offlineConfiguration?.offline === true || properties.autoCutoverConfiguration?.autoCutover === true;
  return {
    phase,
    fingerprint: fingerprintOf(properties),
    isOffline,
    canCutOver: !isOffline && canCutOver(properties),
    canCancel: properties.migrationOperationId !== undefined && CANCELABLE.includes(statusOf(properties) ?? ""),
    ...present({
      operationId: properties.migrationOperationId,
      migrationStatus: properties.migrationStatus,
      provisioningState: properties.provisioningState,
      startedOn: properties.startedOn,
      endedOn: properties.endedOn,
      failure: phase === "failed" ? failure : undefined,
      details: detailsOf(properties),
    }),
  };
}

// migrationStatus wins: provisioningState "Failed" beside migrationStatus "Succeeded" was seen on the live service.
const statusOf = (properties: SqlVmProperties): string | undefined =>
  properties.migrationStatus ?? properties.provisioningState;

function phaseOf(properties: SqlVmProperties): EngineOperation["phase"] {
  switch (statusOf(properties)) {
    case "Creating":
      return "creating";
    case "Completing":
      return "completing";
    case "Canceling":
      return "canceling";
    case "Failed":
      return "failed";
    case "Canceled":
    case "Cancelled":
      return "canceled";
    case "Succeeded":
      // Without a migrationStatus it only says that the resource was created.
      return properties.migrationStatus === undefined ? "running" : "succeeded";
    default:
      return "running";
  }
}

/**
 * The operation id once there is one, before that a digest of what is known.
 * Guaranteed: an operation with an id never looks like another one, nor like one without an id. So what is seen after a
 * create differs from what was seen before it, unless both failed before they got an id, with the same text and times.
 * Not guaranteed: equality while an operation runs; it changes once, when the id appears.
 */
function fingerprintOf(properties: SqlVmProperties): string {
  if (properties.migrationOperationId !== undefined) return properties.migrationOperationId.toLowerCase();
  const known = [properties.provisioningState, properties.startedOn, properties.endedOn, properties.provisioningError];
  return `no-id-${createHash("sha256").update(JSON.stringify(known)).digest("hex").slice(0, 16)}`;
}

// As Microsoft's own client decides (azuredatastudio, extension sql-migration).
export const CANCELABLE = [
  "Creating",
  "InProgress",
  "UploadingFullBackup",
  "UploadingLogBackup",
  "Restoring",
  "ReadyForCutover",
  "Retriable",
];

function canCutOver(properties: SqlVmProperties): boolean {
  const details = properties.migrationStatusDetails;
  return (
    properties.migrationOperationId !== undefined &&
    ["ReadyForCutover", "InProgress"].includes(properties.migrationStatus ?? "") &&
    (details?.isFullBackupRestored === true || Boolean(details?.lastRestoredFilename))
  );
}

// Two shapes: before the start a provisioningError alone, afterwards a migrationFailureError.
function failureIn(properties: SqlVmProperties): EngineFailure {
  const { migrationFailureError: error, provisioningError } = properties;
  const message = error?.message || provisioningError || blockedBy(properties);
  return explain({
    code: error?.code || (message === undefined ? "NoReasonGiven" : "ProvisioningError"),
    message: message ?? "The service gave no reason.",
  });
}

function detailsOf(properties: SqlVmProperties): EngineDetails | undefined {
  const { migrationStatusDetails, migrationStatusWarnings: warnings } = properties;
  if (migrationStatusDetails === undefined && warnings === undefined) return undefined;
  const details: NonNullable<SqlVmProperties["migrationStatusDetails"]> = migrationStatusDetails ?? {};
  return present({
    migrationState: details.migrationState,
    currentFile: details.currentRestoringFilename,
    lastRestoredFile: details.lastRestoredFilename,
    isFullRestored: details.isFullBackupRestored,
    pendingLogBackups: details.pendingLogBackupsCount,
    restoreBlockingReason: blockedBy(properties),
    invalidFiles: details.invalidFiles,
    uploadErrors: details.fileUploadBlockingErrors ?? countedErrors(warnings?.fileUploadBlockingErrorCount),
    sets: setsOf(details),
  });
}

/** What keeps the restore from going on; the service tells it in one of four places. */
const blockedBy = ({ migrationStatusDetails: details, migrationStatusWarnings: warnings }: SqlVmProperties) =>
  details?.restoreBlockingReason ??
  warnings?.restoreBlockingReason ??
  details?.completeRestoreErrorMessage ??
  warnings?.completeRestoreErrorMessage;

const countedErrors = (count: number | undefined): string[] | undefined =>
  count ? [`${count} files cannot be uploaded; the migration service shows why in the Azure portal.`] : undefined;

/** The set of the full stands in two places, the last restored one in up to three; the list knows most of it. */
function setsOf(details: NonNullable<SqlVmProperties["migrationStatusDetails"]>): BackupSetProgress[] | undefined {
  const sets = new Map<string, BackupSetProgress>();
  for (const set of [details.fullBackupSetInfo, details.lastRestoredBackupSetInfo, ...(details.activeBackupSets ?? [])])
    if (set !== undefined) {
      const progress = progressOf(set);
      const key = progress.setId ?? progress.files.map((file) => file.name).join();
      sets.set(key, { ...sets.get(key), ...progress });
    }
  if (sets.size === 0) return undefined;
  return [...sets.values()].sort((a, b) => ((a.firstLsn ?? 0n) < (b.firstLsn ?? 0n) ? -1 : 1));
}

const progressOf = (set: WireBackupSet): BackupSetProgress => ({
  ...present({
    setId: set.backupSetId?.toUpperCase(),
    type: set.backupType,
    firstLsn: lsnOf(set.firstLSN),
    lastLsn: lsnOf(set.lastLSN),
    backupStartDate: set.backupStartDate,
    backupFinishDate: set.backupFinishDate,
    isRestored: set.isBackupRestored,
    hasBackupChecksums: set.hasBackupChecksums,
    familyCount: set.familyCount,
    ignoreReasons: set.ignoreReasons?.length ? set.ignoreReasons : undefined,
  }),
  files: (set.listOfBackupFiles ?? []).flatMap(({ fileName, ...file }) =>
    fileName === undefined
      ? []
      : {
          name: fileName,
          ...present({
            status: file.status,
            sizeBytes: file.totalSize,
            bytesRead: file.dataRead,
            bytesWritten: file.dataWritten,
            kilobytesPerSecond: file.copyThroughput,
            copySeconds: file.copyDuration,
            familySequenceNumber: file.familySequenceNumber,
          }),
        },
  ),
});

/** Decimal text of up to 25 digits; as a JavaScript number two neighbours would be one. */
const lsnOf = (text: string | undefined): Lsn | undefined =>
  text !== undefined && /^\d{1,25}$/.test(text) ? parseLsn(text) : undefined;

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the members that are undefined. */
const present = <T extends object>(members: T): Present<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>;
