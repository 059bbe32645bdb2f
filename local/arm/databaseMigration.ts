// Moves a migration from its creation to its end: (state, request | elapsed) => state. Time is an argument.
import { SERVICE_GONE, WAITS_FOR_GAPS } from "./assumed.ts";
import { type DocumentedErrorName, documented } from "./documentedErrors.ts";
import {
  type BackupSet,
  backupSets,
  bytesOf,
  type FolderFile,
  fileNameOf,
  invalidFiles,
  lastBackupRefusal,
  mixedDatabases,
  nextSet,
  type Position,
  positionAfter,
  type Refusal,
  startingFull,
  tooNew,
} from "./restoreWalk.ts";

/** One run; times are milliseconds of the emulator's clock. */
export interface DatabaseMigration {
  readonly vmName: string;
  readonly targetDbName: string;
  readonly order: MigrationOrder;
  /** Becomes visible when the run has started. */
  readonly operationId: string;
  readonly createdAt: number;
  readonly startedAt?: number;
  /** Deleted: from then on it is gone. */
  readonly goneAt?: number;
  /** When it was last looked at: while the VM is off, everything is put off by the time that passes. */
  readonly seenAt: number;
  readonly phase: Phase;
  readonly position?: Position;
  readonly restored: readonly RestoredSet[];
  /** The set that is being restored. */
  readonly current?: CurrentSet;
  readonly blocked?: Refusal;
  readonly invalidFiles: readonly string[];
  /** Every set that lies there: the details of a share show them all. */
  readonly visible: readonly BackupSet[];
}

/** What the create asked for, without its secrets. */
export interface MigrationOrder {
  readonly scope: string;
  readonly migrationService: string;
  readonly sourceDatabaseName: string;
  /** Where the files really are; of a share its stand-in. Absent: the runtime does not reach the share. */
  readonly blobs?: {
    readonly storageAccountResourceId: string;
    readonly container: string;
    readonly folder: string;
    readonly keyFits: boolean;
  };
  /** Present: the files come from a share, through the integration runtime. */
  readonly share?: { readonly path: string; readonly runtimeIsOnline: boolean };
  readonly isOffline?: boolean;
  /** Offline from blobs. From a share the service finds the last file by itself. */
  readonly lastBackupName?: string;
}

export type Phase =
  | { readonly at: "creating"; readonly until: number }
  /** Never started: DMS tells it in provisioningError alone. */
  | { readonly at: "notStarted"; readonly error: string; readonly endedAt: number }
  | { readonly at: "restoring" }
  | { readonly at: "completing"; readonly until: number }
  | { readonly at: "canceling"; readonly until: number }
  | { readonly at: "succeeded" | "canceled"; readonly endedAt: number }
  | {
      readonly at: "failed";
      readonly endedAt: number;
      readonly error: { readonly code: string; readonly message: string };
    };

interface RestoredSet {
  readonly backupSetGuid: string;
  readonly backupType: number;
  readonly files: readonly string[];
  readonly at: number;
}

export interface CurrentSet {
  readonly set: BackupSet;
  readonly from: number;
  /** From a share: until then it is uploaded. */
  readonly uploadedAt?: number;
  readonly until: number;
}

/** What the run finds around it when time has passed. */
export interface Surroundings {
  readonly folder: Folder;
  readonly vmIsRunning: boolean;
  readonly databaseExists: boolean;
  readonly engineMajor?: number;
  readonly bytesPerMs: number;
  /** Of the integration runtime. */
  readonly uploadBytesPerMs: number;
  readonly cutoverMs: number;
  /** Between one restored set and the log that follows it. Absent: none. */
  readonly logPauseMs?: number;
  /** The migration service was deleted. */
  readonly serviceIsGone?: boolean;
  /** Goes wrong: at the start, or now if the run is under way. */
  readonly fault?: DocumentedErrorName;
}

export type Folder =
  | { readonly kind: "files"; readonly files: readonly FolderFile[] }
  /** The storage did not let it read: the text names the reason as DMS does. */
  | { readonly kind: "unreadable"; readonly reason: string };

/** However small a file is, its restore can be seen. */
const SHORTEST_RESTORE_MS = 1_000;

export const hasEnded = ({ phase }: Pick<DatabaseMigration, "phase">): boolean =>
  phase.at === "notStarted" || phase.at === "succeeded" || phase.at === "failed" || phase.at === "canceled";

/** PUT: validation begins at once, or when the VM has done with the one before. */
export function created(
  identity: Pick<DatabaseMigration, "vmName" | "targetDbName" | "order" | "operationId">,
  now: number,
  turn: Slot,
): DatabaseMigration {
  const phase: Phase = { at: "creating", until: turn.from + turn.lastsMs };
  return { ...identity, createdAt: now, seenAt: now, phase, restored: [], invalidFiles: [], visible: [] };
}

/** Time has passed. Applied lazily, so one call may see many files restored. */
export function elapsed(before: DatabaseMigration, now: number, around: Surroundings): DatabaseMigration {
  if (hasEnded(before)) return before;
  if (around.serviceIsGone === true) return failed(before, now, told(SERVICE_GONE, before));
  if (around.fault !== undefined && before.phase.at === "restoring")
    return failed(before, now, told(around.fault, before));
  if (!around.vmIsRunning) return { ...putOff(before, now - before.seenAt), seenAt: now };
  let state = before;
  for (let next = moved(state, now, around); next !== state; next = moved(state, now, around)) state = next;
  return { ...state, seenAt: now, visible: backupSets(filesOf(around)) };
}

/**
 * POST cutover, already allowed. The file that is being restored is finished; what comes after it is not restored any
 * more. A gap in front of what lies there makes the run fail.
 */
export function cutOver(state: DatabaseMigration, now: number, turn: Slot): DatabaseMigration {
  if (state.blocked !== undefined) return failed(state, now, state.blocked);
  const begin = Math.max(turn.from, state.current?.until ?? turn.from);
  return { ...state, phase: { at: "completing", until: begin + turn.lastsMs } };
}

/** When the VM has time for it, and how long it takes. */
export interface Slot {
  readonly from: number;
  readonly lastsMs: number;
}

/** POST cancel, already allowed. The half-restored database is dropped. */
export function cancel(state: DatabaseMigration, now: number, cancelMs: number): DatabaseMigration {
  const { current: _, ...rest } = state;
  return { ...rest, phase: { at: "canceling", until: now + cancelMs } };
}

// One move, or the same object when nothing is due.
function moved(state: DatabaseMigration, now: number, around: Surroundings): DatabaseMigration {
  const { phase } = state;
  switch (phase.at) {
    case "creating":
      return now < phase.until ? state : started(state, phase.until, around);
    case "restoring":
      return restoring(state, now, around);
    case "completing":
      if (state.current !== undefined && now >= state.current.until) return finishedSet(state, state.current);
      return now < phase.until ? state : { ...state, phase: { at: "succeeded", endedAt: phase.until } };
    case "canceling":
      return now < phase.until ? state : { ...state, phase: { at: "canceled", endedAt: phase.until } };
    case "notStarted":
    case "succeeded":
    case "failed":
    case "canceled":
      return state;
    default:
      return phase satisfies never;
  }
}

// Validation: what is wrong with login or storage shows before the start, everything else afterwards.
function started(state: DatabaseMigration, at: number, around: Surroundings): DatabaseMigration {
  const error = validationError(state, around);
  if (error !== undefined) return { ...state, phase: { at: "notStarted", error, endedAt: at } };
  const running: DatabaseMigration = { ...state, startedAt: at, phase: { at: "restoring" } };
  const refusal = firstRefusal(state, around);
  return refusal === undefined ? running : failed(running, at, refusal);
}

function validationError(state: DatabaseMigration, around: Surroundings): string | undefined {
  const { share, blobs } = state.order;
  const fault = around.fault && documented(around.fault, state.targetDbName);
  if (fault?.at === "start") return fault.message;
  if (blobs?.keyFits === false) return told("storage403", state).message;
  if (share?.runtimeIsOnline === false) return told("runtimeUnreachable", state).message;
  if (share !== undefined && blobs === undefined) return told("shareUnknown", state).message;
  if (around.folder.kind === "unreadable") return `Ext_RestoreSettingsError: ${around.folder.reason}`;
  return undefined;
}

/** The documented error as the outcome of this run. */
const told = (name: DocumentedErrorName, { targetDbName }: DatabaseMigration): { code: string; message: string } => {
  const { code = "", message } = documented(name, targetDbName);
  return { code, message };
};

function firstRefusal(state: DatabaseMigration, around: Surroundings): { code: string; message: string } | undefined {
  if (around.databaseExists) return told("databaseExists", state);
  if (around.fault !== undefined) return told(around.fault, state);
  const sets = backupSets(filesOf(around));
  const { lastBackupName } = state.order;
  return mixedDatabases(sets) ?? (lastBackupName === undefined ? undefined : lastBackupRefusal(sets, lastBackupName));
}

function restoring(state: DatabaseMigration, now: number, around: Surroundings): DatabaseMigration {
  const { current } = state;
  if (current !== undefined) {
    if (now < current.until) return state;
    const done = finishedSet(state, current);
    return isLast(done, current.set)
      ? { ...done, phase: { at: "completing", until: current.until + around.cutoverMs } }
      : done;
  }
  if (around.folder.kind === "unreadable" || state.order.blobs === undefined) return state;
  return nextFile(state, now, around);
}

function nextFile(state: DatabaseMigration, now: number, around: Surroundings): DatabaseMigration {
  const files = filesOf(around);
  const sets = backupSets(files);
  const next = state.position === undefined ? startingFull(sets) : nextSet(sets, state.position);
  const { isOffline = false, lastBackupName } = state.order;
  if (next.kind === "restore") {
    if (now < earliest(state, next.set, around)) return state;
    const refusal = tooNew(next.set, around.engineMajor);
    return refusal === undefined ? begun(state, next.set, now, around, files) : failed(state, now, refusal);
  }
  if (isOffline && lastBackupName === undefined && next.kind === "idle" && state.position !== undefined)
    return { ...state, phase: { at: "completing", until: now + around.cutoverMs } };
  if (!WAITS_FOR_GAPS[isOffline ? "offline" : "online"])
    return failed(state, now, next.kind === "blocked" ? next.refusal : NO_FULL);
  const blocked = next.kind === "blocked" ? next.refusal : undefined;
  if (blocked?.message === state.blocked?.message) return state;
  const { blocked: _, ...rest } = state;
  return blocked === undefined ? rest : { ...rest, blocked };
}

const NO_FULL: Refusal = { code: "2009", message: "The folder holds no full backup that leads to the last backup." };

function begun(
  state: DatabaseMigration,
  set: BackupSet,
  now: number,
  around: Surroundings,
  files: readonly FolderFile[],
): DatabaseMigration {
  const { blocked: _, ...rest } = state;
  // Sets that lay waiting follow one another without a pause; after an idle time the clock begins now.
  const due = earliest(state, set, around);
  const begin = state.seenAt > due ? now : due;
  const uploadedAt = state.order.share && begin + Math.max(SHORTEST_RESTORE_MS, bytesOf(set) / around.uploadBytesPerMs);
  const until = (uploadedAt ?? begin) + Math.max(SHORTEST_RESTORE_MS, bytesOf(set) / around.bytesPerMs);
  const current: CurrentSet = { set, from: begin, until, ...(uploadedAt !== undefined && { uploadedAt }) };
  return { ...rest, current, invalidFiles: invalidFiles(files) };
}

/** When the set can be begun: a log after a pause in which nothing is restored. */
function earliest(state: DatabaseMigration, { header }: BackupSet, { logPauseMs = 0 }: Surroundings): number {
  const last = state.restored.at(-1);
  if (last === undefined) return state.startedAt ?? 0;
  return header.backupType === LOG ? last.at + logPauseMs : last.at;
}

const LOG = 2;

function finishedSet(state: DatabaseMigration, { set, until }: CurrentSet): DatabaseMigration {
  const { current: _, ...rest } = state;
  const restored: RestoredSet = {
    backupSetGuid: set.header.backupSetGuid,
    backupType: set.header.backupType,
    files: set.files.map((file) => file.name),
    at: until,
  };
  return { ...rest, position: positionAfter(set, state.position), restored: [...state.restored, restored] };
}

const isLast = (state: DatabaseMigration, set: BackupSet): boolean => fileNameOf(set) === state.order.lastBackupName;

function failed(state: DatabaseMigration, at: number, error: { code: string; message: string }): DatabaseMigration {
  const { current: _, ...rest } = state;
  return { ...rest, phase: { at: "failed", endedAt: at, error: { code: error.code, message: error.message } } };
}

const filesOf = ({ folder }: Surroundings): readonly FolderFile[] => (folder.kind === "files" ? folder.files : []);

function putOff(state: DatabaseMigration, by: number): DatabaseMigration {
  const phase = "until" in state.phase ? { ...state.phase, until: state.phase.until + by } : state.phase;
  if (state.current === undefined) return { ...state, phase };
  const { uploadedAt, until, from, ...current } = state.current;
  return {
    ...state,
    phase,
    current: {
      ...current,
      from: from + by,
      until: until + by,
      ...(uploadedAt !== undefined && { uploadedAt: uploadedAt + by }),
    },
  };
}
