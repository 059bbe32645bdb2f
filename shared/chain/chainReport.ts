// Defines what a chain assessment says: the plan, a verdict for every file, gaps, problems; data for API, page, gate
// and events.
import type { ProvedSpan } from "../backup/backupFormatError.ts";
import type { Lsn } from "../backup/lsn.ts";
import type { MigrationMode } from "./backupRecord.ts";
import type { ProblemCode, ReasonCode } from "./words/problems.ts";

export interface ChainReport {
  readonly mode: MigrationMode;
  readonly verdict: ChainVerdict;
  /**
   * First 16 hex digits of SHA-256 over the plan's set GUIDs and etags in order, the verdict and the fork: the API's
   * ETag.
   */
  readonly planVersion: string;
  /** The recovery fork that the plan follows; absent when no header tells. */
  readonly targetFork?: string;
  /** What to restore, in order; empty without an anchor. */
  readonly plan: readonly PlanMember[];
  /** The file name (last path segment) that DMS wants as lastBackupName; absent without a plan. */
  readonly lastBackupName?: string;
  /**
   * End of the plan; its time is that of the newest backup which ends there: an empty log proves that nothing was
   * written until it (R16).
   */
  readonly restorableTo?: ChainPosition;
  /** End of what is restored. */
  readonly restoredTo?: ChainPosition;
  /** The database this folder is judged to hold. */
  readonly database?: {
    readonly databaseName: string;
    readonly familyGuid?: string;
    /** BindingID, which is database_guid of sys.database_recovery_status. */
    readonly databaseGuid?: string;
    readonly serverName: string;
  };
  /** Exactly one per name in the input, ordered by name: of several versions the newest. */
  readonly files: readonly FileVerdict[];
  readonly gaps: readonly Gap[];
  /** What is still needed before the chain is restorable. */
  readonly waitingFor: readonly WaitingFor[];
  /** Of the whole folder: warnings and alarms that belong to no single file, or concern the person who decides. */
  readonly problems: readonly ChainProblem[];
  /**
   * R15: files that cannot be used and are not proved to be older than the plan's end; what they hold would be
   * missing. In the order of their names; empty without a plan. They hold up an offline start, the cutover, and the
   * word restorable of a dry run.
   */
  readonly unusableNewer: readonly UnusableFile[];
  /** Present when the verdict is `mixed`. */
  readonly databases?: readonly DatabaseInFolder[];
  /** Accepted, waiting or late files that reach beyond what is restored: what is known to be missing on the target. */
  readonly unrestored: { readonly files: number; readonly bytes: number };
  /** A tail log WITH NORECOVERY ends the plan: the source is closed. */
  readonly closed: boolean;
  /** When that tail was taken, UTC; absent while the source is open, or when the offset is unknown. */
  readonly closedAt?: string;
  readonly forkAmbiguous: boolean;
  /** Some time was derived with an estimated offset. */
  readonly estimatedTime: boolean;
  /** The plan is whole, and nothing that cannot be used may lie beyond it: what offline mode needs. */
  readonly canStartOffline: boolean;
  /** A full backup to begin with: what online mode needs. */
  readonly canStartOnline: boolean;
  /**
   * All of the plan is restored and no other file may still extend it: the chain's part of the cutover gate (G3, G5,
   * G6).
   */
  readonly canCutOver: boolean;
}

/**
 * empty: no readable set. mixed: several databases. waiting: for a file. restorable: a plan without gap. broken:
 * needs a person.
 */
export const CHAIN_VERDICTS = ["empty", "mixed", "waiting", "restorable", "broken"] as const;
export type ChainVerdict = (typeof CHAIN_VERDICTS)[number];

export interface ChainPosition {
  readonly lsn: Lsn;
  /** BackupFinishDate of the last member as read, wall clock of the source. */
  readonly time: string;
  /** The same instant in UTC; absent when the offset is unknown. */
  readonly utc?: string;
}

export interface PlanMember {
  /** 1 to n. */
  readonly position: number;
  readonly type: "full" | "differential" | "log";
  readonly setGuid: string;
  /** Blob names, in order of family sequence number. */
  readonly files: readonly string[];
  readonly firstLsn: Lsn;
  readonly lastLsn: Lsn;
  /** BackupFinishDate, wall clock of the source. */
  readonly finished: string;
  /** Of that clock, minutes east of UTC, read or estimated; absent when it is unknown. */
  readonly utcOffsetMinutes?: number;
  /** When the last of its files was committed, UTC. */
  readonly arrivedAt: string;
  /** Of all its files together. */
  readonly bytes: number;
  readonly isTail: boolean;
  readonly restored: boolean;
}

export interface FileVerdict {
  readonly name: string;
  /** Of the version that is judged; an upload of the same backup keeps the first one's. */
  readonly etag: string;
  readonly verdict: Verdict;
  readonly reason: ReasonCode;
  /** One sentence with numbers. */
  readonly detail: string;
  /** One sentence; empty when there is nothing to do. */
  readonly remedy: string;
  /** The tutorial's seven words. */
  readonly state: DisplayState;
  /** Place in the plan, 1 to n, and n. */
  readonly position?: number;
  readonly of?: number;
  /** Of the first backup set in the file; absent when unreadable. */
  readonly setGuid?: string;
  /** End of the same. */
  readonly lastLsn?: Lsn;
}

export const VERDICTS = [
  "reading",
  "selected",
  "waiting",
  "superseded",
  "redundant",
  "rejected",
  "notABackup",
] as const;
export type Verdict = (typeof VERDICTS)[number];

export const DISPLAY_STATES = [
  "Arrived",
  "Uploading",
  "Uploaded",
  "Restoring",
  "Restored",
  "Canceled",
  "Ignored",
] as const;
export type DisplayState = (typeof DISPLAY_STATES)[number];

/** A range of LSNs that no file covers: [fromLsn, toLsn). */
export interface Gap {
  readonly fromLsn: Lsn;
  readonly toLsn: Lsn;
  /** Set GUIDs and first files of the neighbours. */
  readonly after: { readonly setGuid: string; readonly file: string; readonly time: string };
  readonly before: { readonly setGuid: string; readonly file: string; readonly time: string };
  readonly likelyCause: GapCause;
  /** Sentences, most likely remedy first. */
  readonly healedBy: readonly string[];
  /** UTC; when waiting becomes broken. */
  readonly deadline: string;
  readonly overdue: boolean;
}

export const GAP_CAUSES = [
  "STRIPE_MISSING", // a striped backup of the range is here in part
  "REFUSED_FILE", // a backup of the range is here, and cannot be used
  "NO_FILE", // the backup of the range was taken, and no file of it can be had
  "OTHER_FORK", // a backup of the range is here, and lies on another recovery fork
  "RECOVERY_MODEL_SWITCH", // the log behind the gap begins a new chain
  "FILE_MISSING", // an interval is missing: not uploaded yet, or lost
  "OTHER_LOG_BACKUP", // no interval is missing: another job took a log backup to some other place
] as const;
export type GapCause = (typeof GAP_CAUSES)[number];

export type WaitingFor =
  | { readonly what: "full" }
  | { readonly what: "base"; readonly setGuid?: string; readonly lsn?: Lsn; readonly neededBy: string }
  | {
      readonly what: "stripes";
      readonly setGuid: string;
      readonly missing: readonly number[];
      readonly familyCount: number;
    }
  | { readonly what: "range"; readonly fromLsn: Lsn; readonly toLsn: Lsn };

/** `message` is for a DBA: what was found and what to do. */
export interface ChainProblem {
  readonly code: ProblemCode;
  readonly severity: "warning" | "alarm";
  readonly message: string;
  readonly files: readonly string[];
}

export interface UnusableFile {
  /** The blob's name. */
  readonly file: string;
  readonly reason: ReasonCode;
  /**
   * All of its LSNs, where they are certain: that they reach beyond the plan, or lie on a fork that it does not pass.
   * Absent: nothing is.
   */
  readonly provedSpan?: ProvedSpan;
}

export interface DatabaseInFolder {
  readonly name: string;
  readonly familyGuid?: string;
  readonly files: readonly string[];
  /** Proposed folder for its files: "stay", or the name of a folder of its own. */
  readonly suggestedFolder: string;
}
