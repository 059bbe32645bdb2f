// Defines what goes into a chain assessment: one record per file, the restore's progress, and what the migration wants.
import { BACKUP_FORMAT_CODES, type ProvedSpan } from "../backup/backupFormatError.ts";
import type { BackupSetHeader, EncryptedMedia, MediaLabel } from "../backup/backupHeader.ts";
import type { Lsn } from "../backup/lsn.ts";

/** The current version of one blob, with what was read of it. */
export interface BackupRecord {
  /** Path inside the container, "Sales/Sales_full.bak". With etag and position the identity of a backup set's copy. */
  readonly name: string;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly blobType: BlobType;
  /** When the blob was committed, UTC. For display, deadlines and likely causes; never an order. */
  readonly arrivedAt: string;
  readonly content: BackupContent;
  /**
   * R19: the etag under which this very backup was first known by this name; present when it was uploaded again
   * since.
   */
  readonly sameAs?: string;
}

/** What tells versions of a file apart: an upload of the same backup is none. */
export const versionOf = ({ etag, sameAs }: Pick<BackupRecord, "etag" | "sameAs">): string => sameAs ?? etag;

export const BLOB_TYPES = ["BlockBlob", "PageBlob", "AppendBlob"] as const;
export type BlobType = (typeof BLOB_TYPES)[number];

export type BackupContent =
  | {
      readonly kind: "header";
      readonly media: MediaLabel;
      readonly backupSets: readonly BackupSetHeader[];
      /** How many further sets the file holds between the last two of `backupSets`: a row has room for some only. */
      readonly omittedSets?: number;
      /** The backup was taken, and no file of it can be had: known from a server's history alone. */
      readonly noFile?: NoFile;
    }
  | {
      readonly kind: "unreadable";
      readonly code: ReadErrorCode;
      readonly message: string;
      /** Where it is known all the same, as of a server's history. */
      readonly databaseName?: string;
      /** Of ENCRYPTED_MEDIA. */
      readonly encrypted?: EncryptedMedia;
      /** What its head proves all the same. */
      readonly provedSpan?: ProvedSpan;
    }
  /** Known from an event or a listing, not read yet. */
  | { readonly kind: "unread" };

/**
 * NUL kept nothing; a virtual device handed it to another backup tool; a tape is no file; a file was written over by
 * a later backup.
 */
export const NO_FILES = ["nul", "virtualDevice", "tape", "overwritten"] as const;
export type NoFile = (typeof NO_FILES)[number];

export const READ_ERROR_CODES = [
  ...BACKUP_FORMAT_CODES,
  "UNREACHABLE", // the storage did not answer, or refused; the sweep tries again
  "ARCHIVED", // the blob lies in the archive tier, where nobody can read it
  "ABANDONED_UPLOAD", // it was never filled, and nobody has written to it for long
  "READER_FAULT", // a fault of sqlferry's own; the sweep tries again
] as const;
export type ReadErrorCode = (typeof READ_ERROR_CODES)[number];

/** Everything besides the files that decides. The chain knows no clock: `now` is an argument. */
export interface ChainContext {
  /** UTC, ISO 8601. */
  readonly now: string;
  readonly mode: MigrationMode;
  /** The database's folder inside the container; "" is the container's root. */
  readonly folder: string;
  /** Files at the root are backups only when somebody said that the container serves a single database. */
  readonly rootIsADatabase: boolean;
  /** What the migration was told about its source, to tell minority from majority. */
  readonly expected?: { readonly databaseName?: string; readonly familyGuid?: string; readonly forkId?: string };
  /** SoftwareVersionMajor of the target (13 = 2016, 16 = 2022), when known. */
  readonly targetVersionMajor?: number;
  readonly progress: RestoreProgress;
  readonly settings: ChainSettings;
  /** What the database is to be called on the target, when somebody has said so. */
  readonly targetDatabaseName?: string;
  /**
   * R13, dry run only: stop at this time of the source's wall clock, or at this instant when it names its zone ("Z",
   * "+01:00").
   */
  readonly stopAt?: string;
}

export const MIGRATION_MODES = ["online", "offline"] as const;
export type MigrationMode = (typeof MIGRATION_MODES)[number];

interface ChainSettings {
  /** How long a gap may be waiting before it is broken (chain.gapDeadlineMinutes). */
  readonly gapDeadlineMinutes: number;
  readonly allowDamaged: boolean;
  /** For headers that do not know their offset, minutes east of UTC. */
  readonly sourceUtcOffsetMinutes?: number;
}

/** What the restore has done so far, in terms of our own records. A new run begins with NOTHING_RESTORED. */
export interface RestoreProgress {
  readonly started: boolean;
  readonly anchorSetGuid?: string;
  readonly diffSetGuid?: string;
  /** End of the last restored set. */
  readonly positionLsn?: Lsn;
  readonly forkId?: string;
  readonly restoredSetGuids: readonly string[];
  /**
   * The file that DMS last named as restored, in the version that was counted: a later version of the same name is
   * another backup.
   */
  readonly lastRestored?: { readonly file: string; readonly etag: string };
  /** Of the set that is being restored right now. */
  readonly currentSetGuid?: string;
  /** Offline: what the run was started with; later files are too late. */
  readonly lastBackupLsn?: Lsn;
  /** UTC; from here on files that reach beyond the plan's end are TOO_LATE. */
  readonly cutoverRequestedAt?: string;
  readonly ended?: "succeeded" | "failed" | "canceled";
}

export const NOTHING_RESTORED: RestoreProgress = { started: false, restoredSetGuids: [] };
