// Holds everything that the emulator ASSUMES of the service without evidence, here and nowhere else.
//
// The rest is recorded traffic (2021, 2022, 2025), the published specification, or SQL Server's own documented rules.
// What a real subscription shows to be otherwise is corrected in this file.
import type { BackupSetHeader } from "../../shared/backup/backupHeader.ts";
import type { DocumentedErrorName } from "./documentedErrors.ts";
import type { BackupSet } from "./restoreWalk.ts";

/**
 * Refusals whose status and code were neither recorded nor published. Of a missing migration three forms are
 * published.
 */
export const ASSUMED_REFUSALS = {
  missingMigration: [404, "ResourceNotFound"],
  missingApiVersion: [400, "MissingApiVersionParameter"],
  unknownApiVersion: [400, "InvalidApiVersionParameter"],
  /** More databases to one VM than DMS takes before a pause. */
  vmIsFull: [400, "MaximumDatabasesReached"],
  throttled: [429, "TooManyRequests"],
} as const satisfies Record<string, readonly [status: number, code: string]>;

/** Whose restore begins: of several complete fulls the newest by LSN, as the folder is when the run starts. */
export const chooseFull = (fulls: readonly BackupSet[]): BackupSet | undefined =>
  fulls.reduce<BackupSet | undefined>(
    (best, set) => (best && best.header.lastLsn >= set.header.lastLsn ? best : set),
    undefined,
  );

/** The name that DMS reports for a striped set, and wants as lastBackupName: family sequence 1. */
export const nameOfSet = (set: BackupSet): string => set.files[0]?.name ?? "";

/** A differential is restored right after the full; later only where the logs do not go on. */
export const mayRestoreDifferential = (restoredSets: number): boolean => restoredSets === 1;

/** DMS tells databases apart by name. */
export const databaseOf = (header: BackupSetHeader): string => header.databaseName.trimEnd().toLowerCase();

/** An online run that meets a gap waits for the file and says so; an offline run fails. */
export const WAITS_FOR_GAPS = { online: true, offline: false } as const;

/** A file from a share counts as Uploaded for this part of its restore, then as Restoring. */
export const UPLOADED_PART = 1 / 3;

/** Names alone, or backup sets as for a share: what the details of a blob run hold is not evidenced. */
export type BlobDetails = "names" | "sets";

/**
 * What the latest run comes to when its migration service is deleted under it: recorded for the managed-instance
 * sibling alone.
 */
export const SERVICE_GONE = "serviceGone" satisfies DocumentedErrorName;

/** How long a deleted migration still answers GET: the managed-instance sibling did for a moment. */
export const DELETE_LASTS_MS = 5_000;
