// Defines a migration: the record that lies in the table, its states, and what people ask of it.

import type { Lsn } from "../backup/lsn.ts";
import type { MigrationMode, RestoreProgress } from "../chain/backupRecord.ts";
import type { ChainPosition, ChainVerdict, DisplayState } from "../chain/chainReport.ts";
import type { AuditAction, AuditResult, MigrationState } from "./words.ts";

/** One database on its way: one folder, one target, one run after another. */
export interface Migration {
  /**
   * Slug of the folder + 8 hex digits over account, container and folder: stable, URL-safe. Also the folder's id in
   * the catalogue.
   */
  readonly migrationId: string;
  /** From 1; never used again. */
  readonly run: number;
  readonly state: MigrationState;
  readonly mode: MigrationMode;
  /** manual: nothing starts before somebody says so. */
  readonly start: "auto" | "manual";
  /** Among those that wait for one VM: 0 to 100, the higher first; absent: 50. */
  readonly priority?: number;
  /** Among those of one priority, the lower first; absent: after all waves. */
  readonly wave?: number;
  readonly source: MigrationSource;
  /** Absent in a draft whose settings name no default target. */
  readonly target?: MigrationTarget;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly updatedAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /**
   * Version of the plan that was found ready to start; what DMS is asked for is that plan, or one that goes on from
   * it.
   */
  readonly startPlan?: string;
  /** What DMS was asked for in this run. */
  readonly request?: RestoreRequest;
  /** DMS's migrationOperationId of this run, once it is known. */
  readonly operationId?: string;
  /**
   * What is restored, in terms of our records; restoredSetGuids stays empty here, positionLsn says the same in less
   * room.
   */
  readonly progress: RestoreProgress;
  /** How fast it goes, as the looks show it. */
  readonly pace?: MeasuredPace;
  /** UTC; when DMS was last asked for a cutover that it had not shown; absent while it was asked once. */
  readonly cutoverAskedAt?: string;
  /** UTC; since when DMS has not shown this run's operation. One stray answer does not end a restore. */
  readonly goneSince?: string;
  /** What DMS said at the last look. */
  readonly service?: DmsView;
  /** The chain at the last look: for lists and for what changed since. Verdicts of files are computed on reading. */
  readonly summary?: ChainSummary;
  /** As of when the assessments were last joined to it; details join them anew. */
  readonly assessed?: AssessedCounts;
  /** One per check. */
  readonly acknowledgements?: readonly Acknowledgement[];
  /** The last preflight. */
  readonly checks?: readonly Check[];
  /** UTC; when it ran. Records of version 0.1 do not tell. */
  readonly checksAt?: string;
  /** The cutover gate at the last look; a request evaluates it anew. */
  readonly gate?: readonly GateLine[];
  /** What the run's readiness was last told for, or the gap that has opened since; absent before the first time. */
  readonly readyFor?: string;
  readonly failure?: Failure;
  /** What outside sqlferry holds the run up; absent while nothing does. */
  readonly waitingOn?: WaitingOn;
  /**
   * A fault of sqlferry's own holds the run up: it stands still, nothing is canceled, and a resume goes on from the
   * recorded facts.
   */
  readonly stalled?: Stalled;
  /**
   * UTC; somebody has forgotten it: to everybody who asks there is no such migration, until its folder is registered
   * again. The record stays for the number of its run.
   */
  readonly forgottenAt?: string;
}

/** Something outside sqlferry that a run waits for, and how a person mends it. */
export interface WaitingOn extends Pick<Failure, "code" | "cause" | "remedy"> {
  /** In a DBA's words, for instance "Azure Database Migration Service" or "the power state of the VM". */
  readonly what: string;
  /** UTC; the first look that found it so. */
  readonly since: string;
  /** UTC; when people were told of it, once per run, what and since. */
  readonly toldAt?: string;
}

/** Why a run stands still. */
export interface Stalled {
  /** The step that failed, and its message. */
  readonly what: string;
  /** UTC. */
  readonly since: string;
}

export interface MigrationSource {
  readonly container: string;
  /** "" is the container's root. */
  readonly folder: string;
  readonly rootIsADatabase: boolean;
  readonly databaseName?: string;
  readonly familyGuid?: string;
  readonly forkId?: string;
  /** Present: the backups lie on an SMB share, which the integration runtime of the migration service reads. */
  readonly fileShare?: FileShareSource;
}

/** Passwords are named, never written down: a secret of the Key Vault each. */
export interface FileShareSource {
  /** \\server\share\folder, one database's backups. */
  readonly path: string;
  /** DOMAIN\user that may read the share. */
  readonly username: string;
  readonly passwordSecret: string;
  /** The source SQL Server, which the service asks about its backups. */
  readonly sql: {
    readonly server: string;
    readonly authentication: "WindowsAuthentication" | "SqlAuthentication";
    readonly userName: string;
    readonly passwordSecret: string;
    readonly trustServerCertificate: boolean;
  };
}

export interface MigrationTarget {
  /** ARM id of Microsoft.SqlVirtualMachine/sqlVirtualMachines/{name}. Compare without case. */
  readonly sqlVmResourceId: string;
  readonly databaseName: string;
}

/** Written before DMS is asked, so that a lost answer is recognised. */
export interface RestoreRequest {
  readonly at: string;
  /** What DMS showed before: another fingerprint afterwards is our operation. "absent" when there was nothing. */
  readonly before: string;
  /** False, and neither refused nor contested: the answer was lost, so DMS may have it. */
  readonly accepted: boolean;
  /**
   * DMS has definitely not taken it, or has ended what it took: until it is asked again nothing there is this run's.
   */
  readonly refused?: boolean;
  /**
   * DMS has not taken it because it is at something, which may be an earlier request of this run: it is asked again,
   * and what it shows may be ours.
   */
  readonly contested?: boolean;
  /** From 1; one more after each fault of the service. What heals by waiting does not count. */
  readonly attempts: number;
  readonly planVersion: string;
  /** Offline only. */
  readonly lastBackupName?: string;
}

export interface MeasuredPace {
  /**
   * UTC: since when the service has had something to restore, or the end of the last set; absent while it has
   * nothing.
   */
  readonly busySince?: string;
  /** Moving average; absent until something was restored. */
  readonly bytesPerSecond?: number;
}

export interface DmsView {
  readonly seenAt: string;
  /** When anything besides seenAt last differed from the look before. */
  readonly changedAt?: string;
  readonly migrationStatus?: string;
  readonly provisioningState?: string;
  readonly migrationState?: string;
  readonly currentFile?: string;
  readonly lastRestoredFile?: string;
  readonly isFullRestored?: boolean;
  readonly pendingLogBackups?: number;
  readonly restoreBlockingReason?: string;
  readonly invalidFiles?: readonly string[];
  readonly uploadErrors?: readonly string[];
  readonly sets?: readonly BackupSetProgress[];
}

/** SqlBackupSetInfo: one backup as the service works on it. */
export interface BackupSetProgress {
  readonly setId?: string;
  /** Database, TransactionLog, DifferentialDatabase and others. */
  readonly type?: string;
  readonly firstLsn?: Lsn;
  readonly lastLsn?: Lsn;
  readonly backupStartDate?: string;
  readonly backupFinishDate?: string;
  readonly isRestored?: boolean;
  readonly hasBackupChecksums?: boolean;
  readonly familyCount?: number;
  readonly ignoreReasons?: readonly string[];
  readonly files: readonly FileProgress[];
}

/** SqlBackupFileInfo. */
export interface FileProgress {
  readonly name: string;
  /** The service's word: Arrived, Uploading, Uploaded, Restoring, Restored, Canceled, Ignored and others. */
  readonly status?: string;
  readonly sizeBytes?: number;
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
  /** Of the upload from a share. */
  readonly kilobytesPerSecond?: number;
  readonly copySeconds?: number;
  readonly familySequenceNumber?: number;
}

export interface ChainSummary {
  readonly verdict: ChainVerdict;
  readonly planVersion: string;
  readonly planLength: number;
  readonly files: number;
  /** How many files show each of the tutorial's words. */
  readonly states: Partial<Record<DisplayState, number>>;
  readonly gaps: number;
  readonly openGaps: readonly string[];
  /** How many files cannot be used and may reach beyond the plan; absent: none. */
  readonly unusable?: number;
  readonly closed: boolean;
  readonly lastBackupName?: string;
  readonly restorableTo?: ChainPosition;
  readonly restoredTo?: ChainPosition;
  readonly databaseName?: string;
  readonly serverName?: string;
  readonly familyGuid?: string;
  readonly databaseGuid?: string;
}

/** What the published assessments of a migration's database come to, in its mode. */
export interface AssessedCounts {
  /** "SRC01\PROD": the source as its assessment names it. */
  readonly server: string;
  /** When the newest look at the database was taken, UTC; "" where that is not known. */
  readonly takenAt: string;
  /** Joined by the names of server and database, without their GUIDs. */
  readonly isByName: boolean;
  /** Findings that refuse a start. */
  readonly blocks: number;
  readonly acknowledged: number;
  /** Findings that somebody has to act upon, not acknowledged. */
  readonly act: number;
  readonly unknown: number;
}

/** Somebody has answered for a finding of the source: it no longer refuses a start to this target. */
export interface Acknowledgement {
  readonly check: `S${number}`;
  /** Of what was found: something else needs another acknowledgement. */
  readonly fingerprint: string;
  /** What is true of one VM, such as a certificate that is there, is not true of another. */
  readonly sqlVmResourceId: string;
  readonly by: string;
  readonly at: string;
  readonly reason: string;
}

/** One preflight check. */
export interface Check {
  /** Of `CHECK_IDS`; a newer sqlferry may have recorded others. */
  readonly id: `P${number}`;
  /** unknown: it could not be found out; it holds up nothing. skip: it does not apply. */
  readonly outcome: "pass" | "warn" | "fail" | "unknown" | "skip";
  /** Where it was looked up. */
  readonly source: string;
  readonly observed: string;
  readonly message: string;
  /** Empty when it passed. */
  readonly remedy: string;
  /** It failed, and PREFLIGHT_OVERRIDES lets the start go on all the same. */
  readonly overridden?: boolean;
}

/** One condition of the cutover gate, G1 to G8. */
export interface GateLine {
  readonly id: `G${number}`;
  /** What must be met. */
  readonly condition: string;
  readonly ok: boolean;
  /** What was found. */
  readonly observed: string;
}

/** Why a run ended badly, for a DBA: cause and remedy in words, the raw pair beside them. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly cause: string;
  readonly remedy: string;
  /** Number of SQL Server's message, where the text holds one. */
  readonly sqlError?: number;
  /** x-ms-request-id of the refusal: Microsoft's support asks for it. */
  readonly requestId?: string;
}

/** How a run ended. */
export interface RunEnd {
  readonly end: "succeeded" | "failed" | "canceled" | "preflightFailed";
  readonly failure?: Failure;
}

/** What somebody asked for; written by the HTTP API, acted upon by the run it was meant for. */
export type MigrationRequest = StartRequest | CutoverRequest | CancelRequest;

interface RequestCore {
  /** The id behind GET /operations/{id}. */
  readonly requestId: string;
  readonly run: number;
  readonly by: string;
  readonly at: string;
  /** Absent while it is open. */
  readonly outcome?: RequestOutcome;
}
export interface StartRequest extends RequestCore {
  readonly kind: "start";
  readonly planVersion: string;
  /** False: said before the chain was whole, so it holds for whatever plan completes it. */
  readonly chainWasComplete: boolean;
  /**
   * Present: the start goes past files that cannot be used and may reach beyond the plan; `passedOver`
   * (passedOver.ts) tells which.
   */
  readonly forced?: { readonly reason: string; readonly passedOver: readonly string[] };
}
export interface CutoverRequest extends RequestCore {
  readonly kind: "cutover";
  readonly planVersion: string;
  readonly lastBackupName?: string;
  readonly sourceClosed: boolean;
  readonly force: boolean;
  readonly reason?: string;
  /**
   * Of a forced one: the files outside the plan that were there and not restored (passedOver.ts); it goes past no
   * others.
   */
  readonly passedOver?: readonly string[];
}
export interface CancelRequest extends RequestCore {
  readonly kind: "cancel";
  readonly reason: string;
}

export interface RequestOutcome {
  readonly status: "done" | "refused" | "superseded";
  readonly at: string;
  readonly detail: string;
}

/** Everything that one partition holds of a migration, without events and audit. */
export interface MigrationFacts {
  readonly migration: Migration;
  /** Of the migration's row; for MigrationStore.commit, which alone knows what is in it. */
  readonly version: string;
  readonly requests: {
    readonly start?: StartRequest;
    readonly cutover?: CutoverRequest;
    readonly cancel?: CancelRequest;
  };
}

/** Who did what, on which facts: one line of the audit. */
export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly by: string;
  readonly action: AuditAction;
  readonly result: AuditResult;
  readonly detail: string;
  /** Small, flat facts: plan version, loss, forced, gate lines. No secrets. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

/** What an accepted request has come to, as whoever asked is answered. Plain JSON, so that it can be kept. */
export interface Outcome {
  /**
   * created: it is there now. noted: the run acts upon it. done: nothing is left to be done. gone: it is there no
   * more.
   */
  readonly did: "created" | "noted" | "done" | "gone";
  /** What to look at next, below the API's address: "migrations/sales-1a2b3c4d". */
  readonly about?: string;
  readonly retryAfterSeconds?: number;
  /** The members of the answer. */
  readonly body?: object;
}

/** Which request has come to what: its repetition under the same key is answered the same, and acts no second time. */
export interface IdempotencyNote {
  /** Hash over the caller and the key that was sent. */
  readonly key: string;
  /** Hash over what was asked: another request under the same key is refused. */
  readonly request: string;
  /** UTC. */
  readonly at: string;
  readonly outcome: Outcome;
}

/** Milliseconds that a key is honoured. */
export const NOTE_KEPT_MS = 24 * 3_600_000;

export const isKept = ({ at }: Pick<IdempotencyNote, "at">, now: Date): boolean =>
  now.getTime() - Date.parse(at) < NOTE_KEPT_MS;

export const ENDED: readonly MigrationState[] = ["succeeded", "failed", "canceled", "preflightFailed"];

/** True when no run is under way: a restart is possible, a wake-up pointless. */
export const hasEnded = (migration: Pick<Migration, "state">): boolean => ENDED.includes(migration.state);

/** The run has ended, or another one has begun: a late step of it decides, asks and writes nothing. */
export const isOver = (migration: Pick<Migration, "run" | "state">, run: number): boolean =>
  migration.run !== run || hasEnded(migration);

/** Nothing of a start is fixed yet: mode, target and plan may still change. */
export const isBeforeStart = ({ state }: Pick<Migration, "state">): boolean =>
  state === "draft" || state === "waitingForChain";

/** Who made a migration that nobody has registered. */
export const MADE_BY_A_FILE = "sqlferry";

/** Nobody has said yet where it goes: it has no target, or the one of the settings because a file made it. */
export const isDraft = ({ createdBy, state }: Pick<Migration, "createdBy" | "state">): boolean =>
  state === "draft" || (createdBy === MADE_BY_A_FILE && state === "waitingForChain");

/** DMS has begun with it. */
export const hasBegun = ({ state }: Pick<Migration, "state">): boolean =>
  state === "restoring" || state === "readyForCutover" || state === "cuttingOver";
