// Decides which backup set SQL Server restores next, and what it says when it cannot.
//
// The engine's own rules (RESTORE, messages 3132, 3136, 3169, 4305), written apart from the product's planner so that a
// fault there shows. Pure. How DMS picks among several candidates: assumed.ts.
import type { BackupSetHeader, MediaLabel } from "../../shared/backup/backupHeader.ts";
import { formatLsn, type Lsn } from "../../shared/backup/lsn.ts";
import { chooseFull, databaseOf, mayRestoreDifferential, nameOfSet } from "./assumed.ts";

/** One file of the folder; without a header it is not a backup that can be restored. */
export interface FolderFile {
  /** Bare name. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly header?: { readonly media: MediaLabel; readonly backupSets: readonly BackupSetHeader[] };
}

/** All files of one backup: a media set. */
export interface BackupSet {
  readonly header: BackupSetHeader;
  /** In order of the media family; members that are not there are missing from the list. */
  readonly files: readonly FolderFile[];
  readonly familyCount: number;
}

/** Where the restored database stands. */
export interface Position {
  readonly lsn: Lsn;
  readonly forkId?: string;
  /** The full backup that the restore began with. */
  readonly fullGuid: string;
  readonly fullCheckpointLsn: Lsn;
  readonly restoredGuids: readonly string[];
}

export interface Refusal {
  /** Number of DMS's error. */
  readonly code: "2007" | "2009" | "Ext_RestoreSettingsError";
  readonly message: string;
}

export type Next =
  | { readonly kind: "restore"; readonly set: BackupSet }
  /** Nothing to do until another file comes. */
  | { readonly kind: "idle" }
  /** Something is there, and the engine refuses it. */
  | { readonly kind: "blocked"; readonly refusal: Refusal };

const FULL = 1;
const LOG = 2;
const DIFFERENTIAL = 5;

/** Files that DMS cannot restore: no backup of SQL Server, or several backups appended to one file. */
export const invalidFiles = (files: readonly FolderFile[]): string[] =>
  files.filter((file) => file.header?.backupSets.length !== 1).map((file) => file.name);

/** Files grouped into media sets; doubled members count once. */
export function backupSets(files: readonly FolderFile[]): BackupSet[] {
  const sets = new Map<string, BackupSet>();
  for (const file of files) {
    const header = file.header?.backupSets[0];
    if (file.header === undefined || header === undefined || file.header.backupSets.length !== 1) continue;
    const known = sets.get(header.backupSetGuid);
    const others = known?.files ?? [];
    if (others.some((other) => memberOf(other) === memberOf(file))) continue;
    const members = [...others, file].sort((a, b) => memberOf(a) - memberOf(b));
    sets.set(header.backupSetGuid, { header, files: members, familyCount: file.header.media.familyCount });
  }
  return [...sets.values()];
}

const memberOf = (file: FolderFile): number => file.header?.media.familySequenceNumber ?? 0;

/** The name that DMS reports for a set. */
export const fileNameOf = nameOfSet;

export const bytesOf = (set: BackupSet): number => set.files.reduce((sum, file) => sum + file.sizeBytes, 0);

const isComplete = (set: BackupSet): boolean => set.files.length === set.familyCount;

/** DMS refuses a folder with backups of several databases (2009); told apart by name. */
export function mixedDatabases(sets: readonly BackupSet[]): Refusal | undefined {
  const names = [...new Set(sets.map((set) => databaseOf(set.header)))];
  if (names.length < 2) return undefined;
  return {
    code: "2009",
    message: `The folder contains backups from multiple databases (${names.join(", ")}). Provide backups of one database only.`,
  };
}

/** The full that the restore begins with. */
export function startingFull(sets: readonly BackupSet[]): Next {
  const fulls = sets.filter((set) => set.header.backupType === FULL);
  const newest = chooseFull(fulls.filter(isComplete));
  if (newest !== undefined) return { kind: "restore", set: newest };
  const incomplete = latest(fulls);
  return incomplete === undefined ? { kind: "idle" } : { kind: "blocked", refusal: missingMembers(incomplete) };
}

/** What the engine can restore on top of `position`. */
export function nextSet(sets: readonly BackupSet[], position: Position): Next {
  const rest = sets.filter((set) => !position.restoredGuids.includes(set.header.backupSetGuid));
  const complete = rest.filter(isComplete);
  const differential = latest(complete.filter((set) => differentialFits(set, position)));
  if (mayRestoreDifferential(position.restoredGuids.length) && differential !== undefined)
    return { kind: "restore", set: differential };
  const log =
    latest(complete.filter((set) => logFits(set, position))) ?? complete.find((set) => isEmptyLogAt(set, position));
  const chosen = log ?? differential;
  return chosen === undefined ? stuck(rest, position) : { kind: "restore", set: chosen };
}

/** Where the database stands after `set`. */
export function positionAfter(set: BackupSet, before: Position | undefined): Position {
  const { header } = set;
  const forkId = header.recoveryForkId ?? before?.forkId;
  return {
    lsn: header.lastLsn,
    ...(forkId === undefined ? {} : { forkId }),
    fullGuid: before?.fullGuid ?? header.backupSetGuid,
    fullCheckpointLsn: before?.fullCheckpointLsn ?? header.checkpointLsn,
    restoredGuids: [...(before?.restoredGuids ?? []), header.backupSetGuid],
  };
}

/** Offline only: the named file has to be the newest that the folder leads to. undefined: it is. */
export function lastBackupRefusal(sets: readonly BackupSet[], lastBackupName: string): Refusal | undefined {
  const named = sets.find((set) => fileNameOf(set) === lastBackupName);
  const refusal: Refusal = {
    code: "Ext_RestoreSettingsError",
    message: `Ext_RestoreSettingsError: ${lastBackupName} should be the last restore backup file.`,
  };
  if (named === undefined) return refusal;
  let position: Position | undefined;
  let next = startingFull(sets);
  let last: BackupSet | undefined;
  while (next.kind === "restore") {
    last = next.set;
    position = positionAfter(last, position);
    next = nextSet(sets, position);
  }
  const leadsPast = position?.restoredGuids.includes(named.header.backupSetGuid) && last !== named;
  return leadsPast || startsAfter(position, named) ? refusal : undefined;
}

// The named set lies wholly before the full that the restore begins with.
const startsAfter = (position: Position | undefined, named: BackupSet): boolean =>
  position !== undefined &&
  !position.restoredGuids.includes(named.header.backupSetGuid) &&
  named.header.lastLsn < position.lsn;

/** Message 3169: an engine does not restore what a newer one wrote. */
export function tooNew(set: BackupSet, engineMajor: number | undefined): Refusal | undefined {
  const { softwareVersionMajor: major } = set.header;
  if (engineMajor === undefined || major <= engineMajor) return undefined;
  return {
    code: "2009",
    message: `Error 3169: The database was backed up on a server running version ${major}. That version is incompatible with this server, which is running version ${engineMajor}.`,
  };
}

function differentialFits(set: BackupSet, position: Position): boolean {
  const { header } = set;
  if (header.backupType !== DIFFERENTIAL || header.lastLsn <= position.lsn) return false;
  if (header.differentialBaseGuid) return header.differentialBaseGuid === position.fullGuid;
  return header.differentialBaseLsn === position.fullCheckpointLsn;
}

function logFits(set: BackupSet, position: Position): boolean {
  const { header } = set;
  return (
    header.backupType === LOG &&
    header.firstLsn <= position.lsn &&
    position.lsn < header.lastLsn &&
    onSameFork(header, position)
  );
}

// A log backup without a record: the engine takes it where it stands exactly at the end.
const isEmptyLogAt = (set: BackupSet, position: Position): boolean =>
  set.header.backupType === LOG && set.header.firstLsn === position.lsn && set.header.lastLsn === position.lsn;

function onSameFork(header: BackupSetHeader, position: Position): boolean {
  const begins = header.firstRecoveryForkId ?? header.recoveryForkId;
  return begins === undefined || position.forkId === undefined || begins === position.forkId;
}

function stuck(rest: readonly BackupSet[], position: Position): Next {
  const ahead = rest.filter((set) => set.header.lastLsn > position.lsn);
  const member = ahead.find((set) => !isComplete(set) && logFits(set, position));
  if (member !== undefined) return { kind: "blocked", refusal: missingMembers(member) };
  const log = earliest(ahead.filter((set) => set.header.backupType === LOG && set.header.firstLsn > position.lsn));
  if (log !== undefined) return { kind: "blocked", refusal: gapBefore(log, position) };
  const differential = ahead.find((set) => set.header.backupType === DIFFERENTIAL);
  return differential === undefined ? { kind: "idle" } : { kind: "blocked", refusal: wrongBase(differential) };
}

const gapBefore = (log: BackupSet, position: Position): Refusal => ({
  code: "2007",
  message:
    `The restore plan is broken because firstLsn ${formatLsn(log.header.firstLsn)} of log backup ${fileNameOf(log)} is not <= lastLsn ${formatLsn(position.lsn)} of the restored backups. ` +
    `Error 4305: The log in this backup set begins at LSN ${formatLsn(log.header.firstLsn)}, which is too recent to apply to the database. An earlier log backup that includes LSN ${formatLsn(position.lsn)} can be restored.`,
});

const wrongBase = (set: BackupSet): Refusal => ({
  code: "2009",
  message: `Error 3136: This differential backup (${fileNameOf(set)}) cannot be restored because the database has not been restored to the correct earlier state.`,
});

const missingMembers = (set: BackupSet): Refusal => ({
  code: "2009",
  message: `Error 3132: The media set has ${set.familyCount} media families but only ${set.files.length} are provided (${fileNameOf(set)}). All members must be provided.`,
});

const latest = (sets: readonly BackupSet[]): BackupSet | undefined =>
  sets.reduce<BackupSet | undefined>(
    (best, set) => (best && best.header.lastLsn >= set.header.lastLsn ? best : set),
    undefined,
  );

const earliest = (sets: readonly BackupSet[]): BackupSet | undefined =>
  sets.reduce<BackupSet | undefined>(
    (best, set) => (best && best.header.firstLsn <= set.header.firstLsn ? best : set),
    undefined,
  );
