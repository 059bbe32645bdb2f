// Decides what outside sqlferry holds a run up, since when, and whether it is time to tell people.
import type { Failure, Migration, MigrationTarget, WaitingOn } from "./migration.ts";
import type { EngineDetails, EngineFailure } from "./observed.ts";

/** What a look found in its way. */
export interface Obstacle extends Pick<Failure, "code" | "cause" | "remedy"> {
  /** In a DBA's words. It tells one wait from the next: as long as it stays, the wait goes on. */
  readonly what: string;
  /** Waiting alone heals nothing: people are told at once. */
  readonly needsAPerson: boolean;
  /** As Azure says when to ask again. */
  readonly retryAfterSeconds?: number;
  /** Only on the record: people hear of it by another migration's wait for the same. */
  readonly isQuiet?: boolean;
}

const DMS = "Azure Database Migration Service";
const ACCESS = `access to ${DMS}`;

/** DMS could not be asked what it shows of the target. */
export const outage = (failure: EngineFailure): Obstacle => obstacleOf(failure, failure.kind === "user" ? ACCESS : DMS);

/** DMS does not do what it was asked for, for instance "the start", because of somebody else, or of itself. */
export function refusal(failure: EngineFailure, asked: string): Obstacle {
  const behind = BEHIND.find(([words]) => words.test(`${failure.cause} ${failure.message}`))?.[1];
  return obstacleOf(failure, behind ?? `${asked} at ${DMS}`);
}

/** False where something else happened first, or has happened all the same: the next look shows it. */
export const standsInTheWay = ({ kind }: EngineFailure): boolean =>
  kind === "user" || kind === "wait" || kind === "fault";

/** True when DMS could not be asked: over as soon as it answers. */
export const isOutage = ({ what }: WaitingOn): boolean => what === DMS || what === ACCESS;

/** The preflight could not find out what it has to know. */
export const preflightOutage = (message: string): Obstacle => ({
  what: "answers of Azure to the preflight",
  code: "PREFLIGHT_UNANSWERED",
  cause: message,
  remedy:
    "None at first: the preflight is tried again every few minutes. If it lasts, look at Azure's health and the network.",
  needsAPerson: false,
});

/**
 * R20. `databaseName`: of all backups in the folder. Nothing starts until a person has said which of the names is
 * meant.
 */
export const nameToConfirm = (
  databaseName: string,
  { source, target }: Pick<Migration, "source" | "target">,
): Obstacle => ({
  what: "confirmation of the database's name",
  code: "OTHER_NAME",
  cause: `All backups in the folder ${source.folder} are of the database ${databaseName}; neither the folder nor the target database ${target?.databaseName ?? ""} is called so.`,
  remedy: `If that is meant, say so: ferry start "${source.folder}" --source-database "${databaseName}", or POST …/start with "sourceDatabaseName". If not, move the files to the folder they belong to.`,
  needsAPerson: true,
});

const DUPLICATE_TARGET = "DUPLICATE_TARGET";

/**
 * What a folder's migration waits for when another one has the target that it would get by itself; over once that one
 * lets go of it.
 */
export const otherHasTarget = ({ databaseName }: MigrationTarget, rival: string): Obstacle => ({
  what: "a target of its own",
  code: DUPLICATE_TARGET,
  cause: `The migration ${rival} has the target "${databaseName}" on this VM already.`,
  remedy:
    "Name another target database: POST /api/v1/migrations with this folder and target.databaseName. If the folder was named by mistake, move its files. If the other migration fails or is canceled, this one takes the target by itself.",
  needsAPerson: true,
});

/** Backups are there, and nobody has said where the database goes. */
export const NO_TARGET: Obstacle = {
  what: "a target",
  code: "NO_TARGET",
  cause: "The folder holds a backup to begin with, and nobody has said which VM and database it is for.",
  remedy:
    "Register it: POST /api/v1/migrations with this folder and a target. For folders to come, TARGET_SQL_VM_RESOURCE_ID names the VM by itself. A folder that is none of sqlferry's belongs into another container.",
  needsAPerson: false, // whoever dropped the files may be about to register them
};

/** A file made it, and it has no target only because another migration has that. */
export const waitsForItsTarget = ({ state, target, waitingOn }: Migration): boolean =>
  state === "draft" && target === undefined && waitingOn?.code === DUPLICATE_TARGET;

/** True when files were not read: over as soon as they are. */
export const isOfFiles = ({ code }: WaitingOn): boolean => code === FILES_NOT_READ;

const FILES_NOT_READ = "FILES_NOT_READ";

/** Of an offline start: it completes by itself, so that every file has to be read before it. */
export const unreadFiles = (names: readonly string[]): Obstacle => ({
  what: "the backup storage",
  code: FILES_NOT_READ,
  cause: `${names.length} of the folder's files are not read yet: ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}.`,
  remedy: "None at first: they are read as they arrive, and again every few minutes. If it lasts, see their verdicts.",
  needsAPerson: false,
});

/** What DMS does within a few minutes, as a rule. */
const USUAL_MINUTES = 10;

/** DMS was asked, and by now should be through with it. */
export const isOverdue = (askedAt: string, now: Date): boolean =>
  now.getTime() - Date.parse(askedAt) >= USUAL_MINUTES * 60_000;

/** DMS has taken what it was asked for, and is at it for longer than usual. Undefined: it is not. */
export function slowness(asked: string, askedAt: string | undefined, status: string, now: Date): Obstacle | undefined {
  if (askedAt === undefined || !isOverdue(askedAt, now)) return undefined;
  return {
    what: `${asked} at ${DMS}`,
    code: status,
    cause: `DMS was asked at ${askedAt} and shows ${status}; as a rule it takes a few minutes.`,
    remedy:
      "None at first. If it lasts, look at the migration service in the Azure portal and at SQL Server on the VM.",
    needsAPerson: false,
  };
}

/** Who else may stand behind a failure, by its words. */
const BEHIND: readonly (readonly [RegExp, string])[] = [
  [/integration runtime/i, "the integration runtime"],
  [/key vault/i, "the Key Vault"],
  [/storage account/i, "the storage account"],
  [/single-user mode|SQLIaaSExtensionQuery/i, "SQL Server on the VM"],
  [/memory|disk/i, "memory and disk of the VM"],
];

const obstacleOf = (failure: EngineFailure, what: string): Obstacle => {
  const { kind, code, cause, remedy, retryAfterSeconds } = failure;
  const needsAPerson = kind === "user";
  return { what, code, cause, remedy, needsAPerson, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
};

/** What DMS has shown of a restore, and what it has to do. */
export interface Stillness {
  /** UTC: when anything that DMS shows last changed, and when the newest file arrived. */
  readonly changedAt: string;
  readonly newestArrival: string;
  /** Of the largest backup that is not restored; 0: there is none. */
  readonly mostBytesLeft: number;
  readonly bytesPerSecond: number;
  /** It completes by itself: something is left to do until it has. */
  readonly isOffline: boolean;
}

/** A restore may show nothing new for so long at least; and for twice as long as its largest backup takes. */
const STILL_MINUTES = 60;

/**
 * UTC; since when a restore has shown nothing new for longer than its files explain. Undefined: it goes on, or has
 * nothing to do.
 */
export function stillSince(
  { changedAt, newestArrival, mostBytesLeft, bytesPerSecond, isOffline }: Stillness,
  now: Date,
): string | undefined {
  if (mostBytesLeft === 0 && !isOffline) return undefined;
  const since = changedAt > newestArrival ? changedAt : newestArrival;
  const patienceMs = Math.max(STILL_MINUTES * 60_000, (2_000 * mostBytesLeft) / bytesPerSecond);
  return now.getTime() - Date.parse(since) >= patienceMs ? since : undefined;
}

export interface RestoreFacts {
  readonly details: EngineDetails | undefined;
  /** The chain has no gap: of one it tells by itself. */
  readonly isRestorable: boolean;
  /** Of the VM; absent: unknown, or nobody has asked. */
  readonly powerState?: string;
  /** Of the runtime that reads the share; likewise. */
  readonly runtimeState?: string;
  /** By stillSince. */
  readonly stillSince?: string;
}

/**
 * Of a restore that runs: a share or a runtime that cannot be read, what DMS says that blocks it, a VM that does not
 * run, nothing new.
 */
export function obstacleOfRestore({
  details = {},
  isRestorable,
  powerState = "running",
  runtimeState = "Online",
  stillSince: still,
}: RestoreFacts): Obstacle | undefined {
  const { uploadErrors = [], restoreBlockingReason } = details;
  if (runtimeState !== "Online")
    return {
      what: "the integration runtime",
      code: runtimeState,
      cause: `The integration runtime is ${runtimeState}, and nothing has moved for a while.`,
      remedy: "Start or register the integration runtime; the upload goes on by itself.",
      needsAPerson: false,
    };
  if (uploadErrors.length > 0)
    return {
      what: "the file share",
      code: "UPLOAD_BLOCKED",
      cause: `The integration runtime cannot upload: ${uploadErrors.slice(0, 3).join(" ")}`,
      remedy: "Repair the access to the share, or the file; the upload goes on by itself.",
      needsAPerson: false,
    };
  if (restoreBlockingReason && isRestorable)
    return {
      what: `the restore at ${DMS}`,
      code: "RESTORE_BLOCKED",
      cause: `DMS says what blocks it: ${restoreBlockingReason}`,
      remedy: "Mend what it names; the restore goes on by itself.",
      needsAPerson: false,
    };
  if (powerState !== "running")
    return {
      what: "the power state of the VM",
      code: powerState,
      cause: `The VM is ${powerState}.`,
      remedy: "Start the VM; a cutover needs it.",
      needsAPerson: false,
    };
  if (still !== undefined && isRestorable)
    return {
      what: `progress of the restore at ${DMS}`,
      code: "NOTHING_NEW",
      cause: `DMS has shown nothing new since ${still}, for longer than the backups that are left explain.`,
      remedy:
        "Look at SQL Server on the VM: percent_complete in sys.dm_exec_requests of a RESTORE that goes on needs nobody. If there is none, look at its error log, at the VM's disks and at the migration in the Azure portal; if nothing helps, cancel the run and restart it.",
      needsAPerson: false,
    };
  return undefined;
}

/** What the record says of an obstacle, and whether people are to be told of it now: once per wait. */
export function waitAfter(
  before: WaitingOn | undefined,
  { needsAPerson, isQuiet = false, retryAfterSeconds: _, ...obstacle }: Obstacle,
  now: Date,
  alarmMinutes: number,
): { readonly waitingOn: WaitingOn; readonly isToBeTold: boolean } {
  const at = now.toISOString();
  const known = before?.what === obstacle.what ? before : undefined;
  const since = known?.since ?? at;
  const isLong = now.getTime() - Date.parse(since) >= alarmMinutes * 60_000;
  const isToBeTold = !isQuiet && known?.toldAt === undefined && (needsAPerson || isLong);
  const toldAt = isToBeTold ? at : known?.toldAt;
  return { waitingOn: { ...obstacle, since, ...(toldAt !== undefined && { toldAt }) }, isToBeTold };
}

/** A look at this wait that is due in so many seconds comes earlier when people have to be told before it. */
export function secondsUntilTold(waitingOn: WaitingOn | undefined, now: Date, alarmMinutes: number): number {
  if (!waitingOn || waitingOn.toldAt !== undefined) return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.ceil((Date.parse(waitingOn.since) + alarmMinutes * 60_000 - now.getTime()) / 1_000));
}
