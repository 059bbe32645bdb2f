// Which files make up which backup set? Stripes become one set, copies are told apart, unfit members are found (rule R2).
import type { BackupSetHeader, MediaLabel } from "../backup/backupHeader.ts";
import type { Lsn } from "../backup/lsn.ts";
import type { BackupRecord } from "./backupRecord.ts";
import { databaseKey, guidOf } from "./identity.ts";

/** A file that holds exactly one backup set of a kind that a migration can use. */
export interface ReadableFile {
  readonly record: BackupRecord;
  readonly media: MediaLabel;
  readonly header: BackupSetHeader;
}

/** One backup set with all the files in the folder that belong to it. */
export interface BackupSet {
  /** BackupSetGUID; where the file knows none, what else tells sets apart. */
  readonly id: string;
  readonly kind: "full" | "differential" | "log";
  readonly header: BackupSetHeader;
  /** FamilyGUID; undefined where the file knows none. */
  readonly family: string | undefined;
  /** The database's name as databaseKey gives it. */
  readonly database: string;
  readonly firstLsn: Lsn;
  /** Exclusive. */
  readonly lastLsn: Lsn;
  readonly firstFork: string | undefined;
  readonly fork: string | undefined;
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

/**
 * Sets in the order of their first files, which have to come ordered by name: of equal copies the smallest name is used.
 * Nearly every set is one file, so no list is made before a second one shows up.
 */
export function groupBackupSets(files: readonly ReadableFile[]): readonly BackupSet[] {
  const members = new Map<string, ReadableFile | ReadableFile[]>();
  for (const file of files) {
    const id = setIdOf(file.header, file.media);
    const known = members.get(id);
    if (known === undefined) members.set(id, file);
    else if (Array.isArray(known)) known.push(file);
    else members.set(id, [known, file]);
  }
  const keys = new Map<string, string>();
  const keyOf = (databaseName: string): string => {
    const known = keys.get(databaseName);
    if (known !== undefined) return known;
    const key = databaseKey(databaseName);
    keys.set(databaseName, key);
    return key;
  };
  const sets: BackupSet[] = [];
  for (const [id, member] of members) {
    if (Array.isArray(member)) sets.push(...setsNamed(id, member, keyOf));
    else sets.push(assemble(id, [member], keyOf));
  }
  return sets;
}

/** Where BackupSetGUID is unknown (histories that were exported), kind, database, media set and LSNs tell sets apart. */
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
function setsNamed(id: string, members: readonly ReadableFile[], keyOf: KeyOf): readonly BackupSet[] {
  const versions = [...Map.groupBy(members, claimOf).values()];
  const sets = versions.map((version) => assemble(id, version, keyOf));
  if (sets.length === 1) return sets;
  const whole = sets.filter((set) => set.state === "complete");
  const trusted = whole.length === 1 ? whole : [];
  return sets.map((set) => (trusted.includes(set) ? set : { ...set, state: "inconsistent" }));
}

/** What all members of one set have to agree on. */
const claimOf = ({ header, media }: ReadableFile): string =>
  [guidOf(media.mediaSetId), header.backupType, header.firstLsn, header.lastLsn, media.familyCount].join(" ");

/** databaseKey, computed once for each name. */
type KeyOf = (databaseName: string) => string;

function assemble(id: string, members: readonly ReadableFile[], keyOf: KeyOf): BackupSet {
  const [{ header, media }] = members as readonly [ReadableFile];
  const familyCount = Math.max(1, media.familyCount);
  const { files, copies, state, missing } = seat(members, familyCount);
  const fork = guidOf(header.recoveryForkId);
  return {
    id,
    kind: header.backupType === 1 ? "full" : header.backupType === 5 ? "differential" : "log",
    header,
    family: guidOf(header.familyGuid),
    database: keyOf(header.databaseName),
    firstLsn: header.firstLsn,
    lastLsn: header.lastLsn,
    firstFork: guidOf(header.firstRecoveryForkId) ?? fork,
    fork,
    files,
    copies,
    state,
    familyCount,
    missing,
  };
}

type Seating = Pick<BackupSet, "files" | "copies" | "state" | "missing">;

/** Each family sequence number seats one file; who comes later is a copy. */
function seat(members: readonly ReadableFile[], familyCount: number): Seating {
  const [only, another] = members;
  if (only && !another && familyCount === 1)
    return { files: [only.record], copies: NONE, state: "complete", missing: NONE };
  const seats = new Map<number, BackupRecord>();
  const copies: { record: BackupRecord; of: BackupRecord }[] = [];
  for (const { record, media } of members) {
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
