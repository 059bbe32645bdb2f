// Defines what sqlferry needs from the world outside, one interface each; the adapters are in shared/azure/.
import type { AssessmentStore } from "./assessed/assessmentStore.ts";
import type { ByteSource } from "./backup/byteSource.ts";
import type { BackupRecord, MigrationMode } from "./chain/backupRecord.ts";
import type { Config } from "./config.ts";
import type { FerryEvent } from "./migration/events/events.ts";
import type { FaultBook, UnreadableRowError } from "./migration/faults.ts";
import type { ListedMigration } from "./migration/lists/listLine.ts";
import type { LinesAsked, LinesSeen, PageAsked, PageSeen } from "./migration/lists/page.ts";
import type { MigrationRun } from "./migration/looks.ts";
import type {
  AuditEntry,
  FileShareSource,
  IdempotencyNote,
  Migration,
  MigrationFacts,
  MigrationRequest,
  MigrationTarget,
} from "./migration/migration.ts";
import type {
  BackupAccountFacts,
  BackupFile,
  CatalogueEntry,
  EngineAnswer,
  EngineFailure,
  FoundEntry,
  MigrationServiceFacts,
  Observation,
  RuntimeNode,
  ServiceMigration,
  Sighting,
  TargetVmFacts,
} from "./migration/observed.ts";
import type { FolderMark } from "./migration/sweep/folderMark.ts";
import type { SweepProgress } from "./migration/sweep/sweepProgress.ts";
import type { SweepReport } from "./migration/sweep/sweepReport.ts";
import type { VmQueue } from "./queue/vmQueue.ts";
import type { Sizings } from "./sizing/sizings.ts";
import type { TargetVm as SizedVm } from "./sizing/targetFit.ts";
import type { TargetClaim } from "./start/targetClaim.ts";

/** The container that backups are dropped into; read only. */
export interface BackupFiles {
  readonly container: string;
  /** The current version of a blob; undefined when there is none of this name, or when it stands for a directory. */
  find(name: string): Promise<BackupFile | undefined>;
  /** Range reads pinned to file.etag; BackupChangedError when the blob is no longer this version. */
  open(file: BackupFile): ByteSource;
  /**
   * Both at once: the current version, and its bytes, the first of which have come with it. A request, as a rule.
   * Throws also where the blob is there and its bytes cannot be read; archived ones come without bytes.
   */
  openCurrent(name: string): Promise<OpenedFile | undefined>;
  /**
   * Every blob whose name begins with `prefix` ("Sales/", or "" for all), at any depth; none that stands for a
   * directory.
   */
  list(prefix: string): AsyncIterable<BackupFile>;
  /** A page of the container's top level, by one request. Which one its predecessor says; undefined: the first. */
  topLevel(page: string | undefined): Promise<TopLevel>;
}

export interface TopLevel {
  /** Names of folders, also of such in which there is no file, without the slash. */
  readonly folders: readonly string[];
  /** Files that lie in no folder. */
  readonly files: readonly BackupFile[];
  /** Absent: that was all. */
  readonly next?: string;
}

export interface OpenedFile {
  readonly file: BackupFile;
  readonly source: ByteSource;
}

/** What is known of every backup file: table Backups, one row per blob, one partition per folder. */
export interface BackupCatalogue {
  /**
   * Ordered by name, code unit by code unit. A file whose row cannot be read stands there as READER_FAULT; see also
   * isNewer. Of a folder without news it costs a point read, and what has not changed are the same objects as before.
   */
  list(folderId: string): Promise<readonly CatalogueEntry[]>;
  find(folderId: string, name: string): Promise<FoundEntry | undefined>;
  /** Replaces what is known of the blob, except what was announced of it. NewerRowError: see isNewer. */
  put(folderId: string, record: BackupRecord): Promise<void>;
  /**
   * The same, only if its row is still as `find` has shown it; `version` undefined: there was none. Not for one that
   * isNewer.
   */
  save(folderId: string, record: BackupRecord, version: string | undefined): Promise<"saved" | "conflict">;
  /** Forgets a blob that is gone. True when it was known. NewerRowError: see isNewer. */
  withdraw(folderId: string, name: string): Promise<boolean>;
  /** Notes which word about which version was last published; rows that were withdrawn meanwhile are left alone. */
  announce(folderId: string, words: readonly { name: string; announced: string }[]): Promise<void>;
}

/** Migrations, requests, events, audit: table Migrations, one partition each; table MigrationList. */
export interface MigrationStore {
  /**
   * UnreadableRowError when the migration's row cannot be read, or a newer sqlferry wrote one of its requests; a
   * request that cannot be read is left out.
   */
  facts(migrationId: string): Promise<MigrationFacts | undefined>;
  /** The lines of all migrations, from MigrationList; as in every list, without those that cannot be read. */
  list(): Promise<ListedMigration[]>;
  /** Some of them, in the order of their ids, by one query: of many, or those that were written lately. */
  lines(asked: LinesAsked): Promise<LinesSeen>;
  /** What a sweep needs of the lines, in the order of their ids behind `after`, by one query of at most 1,000. */
  listedFolders(after: string | undefined): Promise<ListedFolders>;
  /** Of all lines, also of those that cannot be read. A request for a thousand. */
  listedIds(): Promise<ReadonlySet<string>>;
  /**
   * Of all migrations, or `most` behind `after`; also of one whose line was never written. In order. A request each.
   */
  ids(after?: string, most?: number): Promise<string[]>;
  /** Its facts, and whether events wait in its outbox, by one query. */
  standing(migrationId: string): Promise<Standing | undefined>;
  /** All of the change or, on a stale version, nothing. */
  commit(change: Change): Promise<"committed" | "conflict">;
  /** What a request under this key (IdempotencyNote.key) has come to, however long ago; looked for after the facts. */
  note(migrationId: string, key: string): Promise<IdempotencyNote | undefined>;
  /** Events that wait to be published, oldest first. */
  outbox(migrationId: string): Promise<FerryEvent[]>;
  /**
   * One publishes an outbox at a time, over all processes: who holds the claim, for the next minute. Undefined:
   * somebody else does.
   */
  claimOutbox(migrationId: string, now: Date): Promise<string | undefined>;
  /** By what claimOutbox answered; a claim that has run out and is another's by now is left alone. */
  dropOutboxClaim(migrationId: string, claim: string): Promise<void>;
  /** Moves events from the outbox to what was published, as many in a transaction as fit. Repeating it is harmless. */
  published(migrationId: string, events: readonly FerryEvent[]): Promise<void>;
  /** Published ones, oldest first. */
  events(migrationId: string): Promise<FerryEvent[]>;
  audit(migrationId: string): Promise<AuditEntry[]>;
  /** Some of it, oldest first. */
  auditPage(migrationId: string, asked: PageAsked): Promise<PageSeen<AuditEntry>>;
  /**
   * First act of a watch's turn: it listens under this id, and no wake-up is under way. Answers the facts as they stand
   * after that. One query, where it listens already and nobody has woken it since.
   */
  beginTurn(migrationId: string, watchInstanceId: string): Promise<MigrationFacts | undefined>;
  /** The run is over, or stands still: none of its watches listens any more. Another run's watch goes on listening. */
  dropWatch(run: MigrationRun): Promise<void>;
  /** After a fact was written: who has to look at it. */
  watchToSignal(migrationId: string, now: Date): Promise<Signalled>;
  /** By whoever was told that nobody listens, and has looked himself: from here on another one is told to. */
  signalAnswered(migrationId: string): Promise<void>;
  /**
   * One card per event: whoever may post it. claimed: the caller, for the next minute. busy: somebody else, who may
   * have died of it. posted: nobody any more.
   */
  claimCard(migrationId: string, eventId: string, now: Date): Promise<"claimed" | "busy" | "posted">;
  /** After a card could not be posted: the next delivery need not wait for the claim to run out. */
  dropCardClaim(migrationId: string, eventId: string): Promise<void>;
  noteCardPosted(migrationId: string, eventId: string, at: string): Promise<void>;
  /**
   * Rewrites the migration's line in MigrationList if it is older than the migration. `listed`: the line as it was just
   * read, which saves a read.
   */
  repairLine(facts: MigrationFacts, listed?: ListedFolder): Promise<void>;
}

export interface ListedFolders {
  readonly folders: readonly ListedFolder[];
  /** What to ask for next, which may show none. Absent: that was all. */
  readonly next?: string;
}

/** What a sweep needs of a migration's line. */
export interface ListedFolder {
  readonly migrationId: string;
  /** Absent: the line cannot be read. */
  readonly line?: {
    readonly folder: string;
    readonly hasEnded: boolean;
    /** Of the target's VM. */
    readonly vmKey?: string;
    /**
     * Grows with each change of the migration. Absent: an older sqlferry wrote the line, and it is to be written
     * anew.
     */
    readonly revision?: number;
  };
}

export interface Standing extends MigrationFacts {
  readonly hasWaitingEvents: boolean;
}

/**
 * watch: the one to wake. underWay: somebody was told less than ten seconds ago, and reads the facts after that.
 * nobody: none listens, and who asked has to look himself.
 */
export type Signalled =
  | { readonly kind: "watch"; readonly watch: string }
  | { readonly kind: "underWay" }
  | { readonly kind: "nobody" };

/** One transaction in the migration's partition. At most 100 rows. */
export interface Change {
  readonly migrationId: string;
  /** Version of the row it is based on; absent: the migration is created, and exists already means conflict. */
  readonly version?: string;
  /** Always present: even a mere request is committed against the row it was decided on. */
  readonly migration: Migration;
  /** One, or all that the change answers. */
  readonly request?: MigrationRequest | readonly MigrationRequest[];
  readonly events?: readonly FerryEvent[];
  readonly audit?: readonly AuditEntry[];
  /** Of the request that asks for the change. Notes that are no longer honoured are removed along with it. */
  readonly note?: IdempotencyNote;
}

/** What the last sweep found, how far the present one has come, what it knows of each folder: table Sweeps. */
export interface Sweeps {
  last(): Promise<SweepReport | undefined>;
  note(report: SweepReport): Promise<void>;
  /** Of the last sweep that has ended a part; undefined also when that cannot be read. */
  progress(): Promise<SweepProgress | undefined>;
  keep(progress: SweepProgress): Promise<void>;
  /** By migration, of those from the first id to the last one, both included; without those that cannot be read. */
  marks(first: string, last: string): Promise<ReadonlyMap<string, FolderMark>>;
  mark(migrationId: string, mark: FolderMark): Promise<void>;
}

/** Whose turn it is on each VM: table VmQueues, one partition per VM. */
export interface VmQueues {
  /** UnreadableRowError when the row cannot be read; its version, if it has one, may be saved over. */
  load(vmKey: string): Promise<{ readonly queue: VmQueue; readonly version: string | undefined }>;
  /** Of every VM that has one, by its key. One whose row cannot be read is listed with that. */
  list(): Promise<readonly ListedQueue[]>;
  save(vmKey: string, queue: VmQueue, version: string | undefined): Promise<"saved" | "conflict">;
}

export type ListedQueue =
  | { readonly vmKey: string; readonly queue: VmQueue }
  | { readonly vmKey: string; readonly fault: UnreadableRowError };

/** Which migration each target is for: table VmQueues, one row per target. */
export interface TargetClaims {
  load(
    target: MigrationTarget,
  ): Promise<{ readonly claim: TargetClaim | undefined; readonly version: string | undefined }>;
  save(target: MigrationTarget, claim: TargetClaim, version: string | undefined): Promise<"saved" | "conflict">;
}

/**
 * Restores backup files into the target database: Azure Database Migration Service. Calls return at once; the outcome
 * is observed.
 */
export interface RestoreEngine {
  observe(target: MigrationTarget): Promise<Observation>;
  start(order: RestoreOrder): Promise<EngineAnswer>;
  cutOver(target: MigrationTarget, operationId: string): Promise<EngineAnswer>;
  cancel(target: MigrationTarget, operationId: string): Promise<EngineAnswer>;
}

export interface RestoreOrder {
  readonly target: MigrationTarget;
  readonly sourceDatabaseName: string;
  readonly sourceServerName: string;
  readonly container: string;
  readonly folder: string;
  /** Present: the backups lie there, and container and folder are not looked at. */
  readonly fileShare?: FileShareSource;
  readonly mode: MigrationMode;
  /** Offline: the run completes by itself after this file. From a share the service finds it by itself. */
  readonly lastBackupName?: string;
}

/**
 * Migration services of DMS, with their self-hosted integration runtimes, by name in the group of
 * DMS_SERVICE_RESOURCE_ID.
 */
export interface MigrationServices {
  /** The one that the settings name. */
  readonly configuredName: string;
  find(name: string): Promise<Sighting<MigrationServiceFacts>>;
  /** Creating one that exists changes nothing. */
  create(name: string, location: string): Promise<EngineAnswer>;
  /** For the installation of a runtime. Never stored, never logged. */
  authKeys(name: string): Promise<AuthKeysAnswer>;
  /** The new key alone; the other one stays valid. */
  regenerateAuthKey(name: string, keyName: "authKey1" | "authKey2"): Promise<AuthKeysAnswer>;
  /** Hosts of the runtime. */
  nodes(name: string): Promise<Sighting<readonly RuntimeNode[]>>;
  deleteNode(name: string, nodeName: string): Promise<EngineAnswer>;
  /** Migrations to SQL VMs that have not ended, whoever started them. Names and states only. */
  migrations(name: string): Promise<Sighting<readonly ServiceMigration[]>>;
  /** registrationState of Microsoft.DataMigration in a subscription: Registered, Registering, NotRegistered. */
  registration(subscriptionId: string): Promise<Sighting<string>>;
}

export type AuthKeysAnswer =
  | { readonly ok: true; readonly keys: { readonly authKey1?: string; readonly authKey2?: string } }
  | { readonly ok: false; readonly failure: EngineFailure };

/** The storage account that holds the backups, as the control plane tells of it. */
export interface BackupAccount {
  observe(): Promise<Sighting<BackupAccountFacts>>;
  /** Whether the app may read the key that DMS wants. The key itself stays inside. */
  mayReadKey(): Promise<Sighting<true>>;
}

/** Secrets by name: Azure Key Vault. */
export interface SecretReader {
  /** Read when it is needed; the value lives in local variables only. */
  read(
    name: string,
  ): Promise<{ readonly ok: true; readonly value: string } | { readonly ok: false; readonly failure: EngineFailure }>;
}

/** The SQL Server on an Azure VM that receives the database. */
export interface TargetVm {
  observe(sqlVmResourceId: string): Promise<TargetVmFacts>;
  /** Ids of the subnets that the Compute VM's network interfaces are in. */
  subnets(virtualMachineResourceId: string): Promise<Sighting<readonly string[]>>;
}

export interface EventPublisher {
  /**
   * One request. Throws when the topic does not take it, EventsRefusedError when it refuses it for what is in it: all
   * of its events stay in the outbox. Ends soon after `signal`.
   */
  publish(events: readonly FerryEvent[], signal: AbortSignal): Promise<void>;
}

export interface TeamsChannel {
  /** False when no webhook is configured. Throws when the webhook refuses. */
  post(message: unknown): Promise<boolean>;
}

interface Clock {
  now(): Date;
}

/** Everything that the app can reach. */
export interface Services {
  readonly config: Config;
  readonly files: BackupFiles;
  readonly catalogue: BackupCatalogue;
  readonly migrations: MigrationStore;
  readonly queues: VmQueues;
  readonly sweeps: Sweeps;
  readonly claims: TargetClaims;
  readonly assessments: AssessmentStore;
  readonly sizings: Sizings;
  readonly engine: RestoreEngine;
  readonly migrationServices: MigrationServices;
  readonly backupAccount: BackupAccount;
  readonly vm: TargetVm;
  /** Size and disks of a target's VM, by the id of its SQL VM. */
  readonly targetSize: (sqlVmResourceId: string) => Promise<Sighting<SizedVm>>;
  readonly publisher: EventPublisher;
  readonly teams: TeamsChannel;
  readonly faults: FaultBook;
  readonly clock: Clock;
}

/** Where a handler's lines go. */
export interface Log {
  log(...args: unknown[]): void;
  warn(...args: unknown[]): void;
}

/**
 * The orchestrations, of runs and of the sweep: started, found and woken. Nothing hangs on a wake-up: each watch looks
 * by itself after a while.
 */
export interface Runs {
  /**
   * Starts the orchestration of a run, under an id of its own. Refused by an exception while one of that id is under
   * way.
   */
  start(run: Pick<Migration, "migrationId" | "run">): Promise<void>;
  /** What its orchestration says of itself: a runtime status of Durable Functions; undefined when there is none. */
  statusOf(run: Pick<Migration, "migrationId" | "run">): Promise<string | undefined>;
  /** Has a watch look now. Throws when there is none. */
  wake(watchInstanceId: string): Promise<void>;
  /** Starts the orchestration of a sweep, under the id that its progress names. */
  startSweep(from: SweepProgress): Promise<void>;
  /** As statusOf. */
  statusOfSweep(instanceId: string): Promise<string | undefined>;
  /** Forgets the histories of orchestrations that were created in this time and have ended. */
  forget(createdFrom: Date, createdTo: Date): Promise<void>;
}

/** One call of the app: where its lines go, and the orchestrations that it can reach. */
export interface Invocation extends Log {
  error(...args: unknown[]): void;
  readonly runs: Runs;
}
