// Groups files into backup sets: stripes become one set, copies are told apart, unfit members are found (rule R2).
import type { BackupSetHeader, MediaLabel, RecoveryModel } from "../../backup/backupHeader.ts";
import type { Lsn } from "../../backup/lsn.ts";
import type { BackupRecord, NoFile } from "../backupRecord.ts";
import { isDamaged, isForceOffline } from "./headerFlags.ts";
import { databaseKey, guidOf } from "./identity.ts";

/**
 * One backup set with all the files in the folder that belong to it. What is asked of every set in turn stands in the
 * set itself: headers lie scattered in memory, and a walk over a hundred thousand sets need not open them.
 */
export interface BackupSet {
  /** BackupSetGUID; where the file knows none, what else tells sets apart. */
  readonly id: string;
  readonly kind: "full" | "differential" | "log";
  /** Of the first file, as is the label. */
  readonly header: BackupSetHeader;
  readonly media: MediaLabel;
  /** FamilyGUID; undefined where the file knows none. */
  readonly family: string | undefined;
  /** The database's name as databaseKey gives it. */
  readonly database: string;
  readonly firstLsn: Lsn;
  /** Exclusive. */
  readonly lastLsn: Lsn;
  readonly firstFork: string | undefined;
  readonly fork: string | undefined;
  /** Wall clock of the source, as the header has it; "" when it is not known. */
  readonly backupFinishDate: string;
  readonly softwareVersionMajor: number;
  readonly recoveryModel: RecoveryModel | undefined;
  readonly isCopyOnly: boolean;
  readonly isDamaged: boolean;
  /** R18: no file of it can be had. */
  readonly noFile: NoFile | undefined;
  /** A tail-log backup WITH NORECOVERY: the source was closed by it (R14). */
  readonly closesSource: boolean;
  /** One per media family, by family sequence number. */
  readonly files: readonly BackupRecord[];
  readonly copies: readonly { readonly record: BackupRecord; readonly of: BackupRecord }[];
  /** inconsistent: the files contradict each other about the set that they are members of. */
  readonly state: "complete" | "incomplete" | "inconsistent";
  readonly familyCount: number;
  /** Family sequence numbers without a file. */
  readonly missing: readonly number[];
}

/** Where the second fork of a set that spans two begins: ForkPointLSN. */
export const forkPointOf = ({ header, firstLsn }: BackupSet): Lsn => header.forkPointLsn ?? firstLsn;

/** BACKUP takes at most 64 devices; a larger count is not a count. */
const MOST_FAMILIES = 64;

/** The set as one file alone knows it: of four stripes, one that lacks three. */
export type SetOfFile = BackupSet & { readonly files: readonly [BackupRecord] };

/** For a file that holds one backup set of a usable kind. */
export type SetReader = (record: BackupRecord, media: MediaLabel, header: BackupSetHeader) => SetOfFile;

/**
 * Neighbours in a folder mostly name the same database, family and fork in the same spelling: each is brought to its
 * form once.
 */
export function setReader(): SetReader {
  const familyOf = rememberingTheLast(guidOf);
  const forkOf = rememberingTheLast(guidOf);
  const keyOf = rememberingTheLast(databaseKey);
  return (record, media, header) => {
    const familyCount = Math.max(1, media.familyCount);
    const fork = forkOf(header.recoveryForkId);
    const kind = header.backupType === 1 ? "full" : header.backupType === 5 ? "differential" : "log";
    const alone: SetOfFile = {
      id: setIdOf(header, media),
      kind,
      header,
      media,
      family: familyOf(header.familyGuid),
      database: keyOf(header.databaseName),
      firstLsn: header.firstLsn,
      lastLsn: header.lastLsn,
      firstFork: forkOf(header.firstRecoveryForkId) ?? fork,
      fork,
      backupFinishDate: header.backupFinishDate,
      softwareVersionMajor: header.softwareVersionMajor,
      recoveryModel: header.recoveryModel,
      isCopyOnly: header.isCopyOnly,
      isDamaged: isDamaged(header),
      noFile: record.content.kind === "header" ? record.content.noFile : undefined,
      closesSource: kind === "log" && isForceOffline(header),
      files: [record],
      copies: NONE,
      state: "complete",
      familyCount,
      missing: NONE,
    };
    return familyCount === 1 ? alone : { ...alone, ...seat([alone]), files: [record] };
  };
}

/** The same function, not computed again while its argument stays the same. */
function rememberingTheLast<Argument, Result>(compute: (argument: Argument) => Result): (argument: Argument) => Result {
  let last: { readonly argument: Argument; readonly result: Result } | undefined;
  return (argument) => {
    if (!last || last.argument !== argument) last = { argument, result: compute(argument) };
    return last.result;
  };
}

/**
 * Joins what belongs to one set, in the order of the first files, which have to come ordered by name: of equal copies
 * the smallest name is used. Nearly every set is one file and stays what it is.
 */
export function joinBackupSets(files: readonly SetOfFile[]): readonly BackupSet[] {
  if (new Set(files.map(({ id }) => id)).size === files.length) return files;
  const members = new Map<string, SetOfFile | SetOfFile[]>();
  for (const file of files) {
    const known = members.get(file.id);
    if (known === undefined) members.set(file.id, file);
    else if (Array.isArray(known)) known.push(file);
    else members.set(file.id, [known, file]);
  }
  return [...members.values()].flatMap((member) => (Array.isArray(member) ? joined(member) : member));
}

/**
 * Where BackupSetGUID is unknown (histories that were exported), kind, database, media set and LSNs tell sets apart.
 */
export function setIdOf(header: BackupSetHeader, media: MediaLabel): string {
  const guid = guidOf(header.backupSetGuid);
  if (guid !== undefined) return guid;
  const facts = [
    header.backupType,
    databaseKey(header.databaseName),
    guidOf(media.mediaSetId) ?? "",
    header.firstLsn,
    header.lastLsn,
    header.checkpointLsn,
  ];
  return `without GUID: ${facts.join(" ")}`.toUpperCase();
}

/** Members that contradict each other are only trusted where exactly one version of the set is whole by itself. */
function joined(members: readonly SetOfFile[]): readonly BackupSet[] {
  const versions = [...Map.groupBy(members, claimOf).values()];
  const sets = versions.map((version) => ({ ...(version[0] as SetOfFile), ...seat(version) }));
  if (sets.length === 1) return sets;
  const whole = sets.filter((set) => set.state === "complete");
  const trusted = whole.length === 1 ? whole : [];
  return sets.map((set) => (trusted.includes(set) ? set : { ...set, state: "inconsistent" }));
}

/** What all members of one set have to agree on. */
const claimOf = ({ header, media }: BackupSet): string =>
  [guidOf(media.mediaSetId), header.backupType, header.firstLsn, header.lastLsn, media.familyCount].join(" ");

/** Each family sequence number seats one file; who comes later is a copy. `members`: of one claim. */
function seat(members: readonly SetOfFile[]): Pick<BackupSet, "files" | "copies" | "state" | "missing"> {
  const { familyCount } = members[0] as SetOfFile;
  const seats = new Map<number, BackupRecord>();
  const copies: { record: BackupRecord; of: BackupRecord }[] = [];
  for (const {
    files: [record],
    media,
  } of members) {
    const number = familyCount === 1 ? 1 : media.familySequenceNumber;
    const seated = seats.get(number);
    if (seated) copies.push({ record, of: seated });
    else seats.set(number, record);
  }
  const missing = familyCount > MOST_FAMILIES ? NONE : vacant(familyCount, seats);
  const isPlausible = familyCount <= MOST_FAMILIES && seats.size + missing.length === familyCount;
  return {
    files: [...seats].sort(([a], [b]) => a - b).map(([, record]) => record),
    copies,
    state: !isPlausible ? "inconsistent" : missing.length > 0 ? "incomplete" : "complete",
    missing,
  };
}

/** Shared, since nearly every backup has neither copies nor stripes. */
const NONE: readonly never[] = [];

function vacant(familyCount: number, seats: ReadonlyMap<number, BackupRecord>): readonly number[] {
  const missing: number[] = [];
  for (let seat = 1; seat <= familyCount; seat++) if (!seats.has(seat)) missing.push(seat);
  return missing;
}
