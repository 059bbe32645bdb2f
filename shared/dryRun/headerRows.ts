// Reads rows of headers, as `ferry inspect --json`, RESTORE HEADERONLY, msdb's history and other tools tell them, as
// the files that they are of.
import type { ProvedSpan } from "../backup/backupFormatError.ts";
import type { EncryptedMedia, MediaLabel } from "../backup/backupHeader.ts";
import type { NoFile } from "../chain/backupRecord.ts";
import {
  type Cells,
  isRow,
  lowered,
  numberFrom,
  type OddCell,
  oddCell,
  type Row,
  textFrom,
  UnusableHeaderError,
  wholeNumber,
} from "./exportCells.ts";
import { type KnownSet, setFrom, unusable } from "./exportedSet.ts";
import { encryptedFrom, oddByRedact, provedSpanFrom, toldByRedact } from "./ownExport.ts";

/** One backup file as far as it is known; whatever an export leaves out is absent. */
export interface KnownFile {
  /** As the export names it; "" when it names none. */
  readonly file: string;
  readonly size?: number;
  readonly media?: Partial<MediaLabel>;
  readonly backupSets?: readonly KnownSet[];
  /** Of an exported row that the service would refuse its sets are known all the same. */
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly encrypted?: EncryptedMedia;
    readonly provedSpan?: ProvedSpan;
  };
  /** It was taken, and no file of it can be had. */
  readonly noFile?: NoFile;
  /** The export has a column for it, or tells it in the row. */
  readonly encryptionIsKnown?: true;
  readonly compressionIsKnown?: true;
  readonly deviceIsKnown?: true;
  /** Its times are UTC: the export does not tell the source's offset. */
  readonly timesAreUtc?: true;
  /** Cells of its row that hold something else than their column should. */
  readonly oddCells?: readonly OddCell[];
  /** A row that was not understood, and why; then nothing else is known. */
  readonly leftOut?: string;
}

/** A row that is not read, and why. */
export class OddRow {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

/**
 * Row by row, before rows of one file are brought together: several exports may tell of it. A row that cannot be used
 * is left out, with
 * the reason in its place; UnusableHeaderError with the first reason where none can be used.
 */
export function knownFiles(rows: readonly unknown[]): KnownFile[] {
  const read = rows.flatMap((row, index): KnownFile[] => {
    try {
      if (row instanceof OddRow) throw unusable(index, row.why);
      if (!isRow(row)) throw unusable(index, "an object is expected, with one backup set or one file");
      return filesOf(row, index);
    } catch (error) {
      if (!(error instanceof UnusableHeaderError)) throw error;
      return [{ file: "", leftOut: error.message }];
    }
  });
  const [first] = read;
  if (first?.leftOut !== undefined && read.every(({ leftOut }) => leftOut !== undefined))
    throw new UnusableHeaderError(first.leftOut);
  return hasRoundedLsns(read) ? [...read, { file: "", leftOut: ROUNDED }] : read;
}

/**
 * A number keeps fifteen digits in a spreadsheet, and zeros stand for the others: no LSN is the true one then, and
 * gaps do not show.
 */
function hasRoundedLsns(files: readonly KnownFile[]): boolean {
  const lsns = files.flatMap(({ backupSets = [] }) => backupSets.flatMap((set) => [set.firstLsn, set.lastLsn]));
  const long = new Set(lsns.filter((lsn) => lsn !== undefined && lsn > 999_999_999_999_999n));
  return long.size > 1 && [...long].every((lsn) => /^\d{15}0+$/.test(String(lsn)));
}

const ROUNDED =
  "Every LSN has zeros behind its fifteenth digit, as a spreadsheet rounds numbers: export them as text, and open the file in none.";

function filesOf(row: Row, index: number): KnownFile[] {
  const members = lowered(row);
  const sets = members.get("backupsets");
  const size = numberFrom(members, ["size", "sizebytes"]);
  const names = namesFrom(members);
  const common = { ...(size !== undefined && { size }), ...errorFrom(members.get("error")) };
  if (!Array.isArray(sets))
    return common.error ? names.map((file) => ({ ...common, file })) : stripesFrom(members, names, common, index);
  const media = members.get("media");
  const rows = sets.map((set: unknown) => setFrom(lowered(isRow(set) ? set : {}), index));
  const backupSets = rows.map(({ set }) => set);
  const told = {
    ...oddCellsOf([...rows.flatMap(({ oddCells }) => oddCells), ...oddByRedact(members)]),
    ...toldByRedact(members),
  };
  return names.map((file) => ({
    ...common,
    ...told,
    file,
    media: mediaFrom(lowered(isRow(media) ? media : {})),
    backupSets,
  }));
}

/** Of a file that `ferry inspect` could not read, or that an export says the service will refuse. */
function errorFrom(error: unknown): Pick<KnownFile, "error"> {
  if (!isRow(error)) return {};
  return {
    error: {
      code: String(error["code"] ?? "NOT_A_BACKUP"),
      message: String(error["message"] ?? ""),
      ...encryptedFrom(error["encrypted"]),
      ...provedSpanFrom(error["provedSpan"]),
    },
  };
}

const oddCellsOf = (oddCells: readonly OddCell[]): Pick<KnownFile, "oddCells"> =>
  oddCells.length === 0 ? {} : { oddCells };

/** One backup set per row. Histories list all files of a striped backup in one row: each becomes a file. */
function stripesFrom(members: Cells, names: readonly string[], common: { size?: number }, index: number): KnownFile[] {
  const { set, timesAreUtc, oddCells } = setFrom(members, index);
  const media = mediaFrom(members);
  const told = {
    ...oddCellsOf([...oddCells, ...oddMedia(members)]),
    ...(timesAreUtc && { timesAreUtc }),
    ...(ENCRYPTION.some((column) => members.has(column)) && { encryptionIsKnown: true as const }),
    ...(members.has("compressionalgorithm") && { compressionIsKnown: true as const }),
    ...(textFrom(members, ["devicetype"]) !== undefined && { deviceIsKnown: true as const }),
  };
  const refusal = refusalFrom(members, set);
  const files = names.map((file, stripe): KnownFile => {
    const noFile = noFileFrom(members, file);
    if (noFile !== undefined) {
      const when = set.backupFinishDate?.replace("T", " ") ?? `LSN ${set.firstLsn}`;
      const alone = { familyCount: 1, familySequenceNumber: 1 };
      return { ...told, file: `${file} (${when})`, media: alone, backupSets: [set], noFile };
    }
    const row = { ...told, file, backupSets: [set], ...refusal };
    if (names.length === 1) return { ...common, ...row, media };
    return { ...row, media: { ...media, familyCount: names.length, familySequenceNumber: stripe + 1 } };
  });
  return files[0]?.noFile === undefined ? files : files.slice(0, 1);
}

/**
 * What the service would refuse for its header: encrypted media, compression that it does not read. Its LSNs stay
 * known.
 */
function refusalFrom(members: Cells, set: KnownSet): Pick<KnownFile, "error"> | undefined {
  const { firstLsn, lastLsn, recoveryForkId: forkId } = set;
  const provedSpan =
    firstLsn === undefined || lastLsn === undefined
      ? {}
      : { provedSpan: { firstLsn, lastLsn, ...(forkId !== undefined && { forkId }), isOnlySet: true as const } };
  for (const column of ENCRYPTION) {
    const key = textFrom(members, [column]);
    if (key === undefined || UNENCRYPTED.test(key)) continue;
    return { error: { code: "ENCRYPTED_MEDIA", message: `${ENCRYPTION_NAMES[column]} ${key}.`, ...provedSpan } };
  }
  const compression = textFrom(members, ["compressionalgorithm"]);
  if (compression === undefined || /^((ms_?)?xpress|none$)/i.test(compression)) return undefined;
  return { error: { code: "UNSUPPORTED_COMPRESSION", message: `${compression}.`, ...provedSpan } };
}

/**
 * msdb's device types and the words that tools write for them: disk, tape, virtual device, URL, each also as a
 * permanent device.
 */
const DEVICE_TYPE = /^(10)?[2579]$|disk|tape|virtual|url|azure|s3/i;

const COUNTS = { familyCount: ["familycount", "mediafamilycount"], familySequenceNumber: ["familysequencenumber"] };

function oddMedia(members: Cells): readonly OddCell[] {
  const device = textFrom(members, ["devicetype"]);
  const isOddDevice = device !== undefined && !DEVICE_TYPE.test(device);
  const counts = Object.entries(COUNTS).flatMap(([column, names]) => {
    const found = textFrom(members, names);
    return found === undefined || wholeNumber(found) !== undefined ? [] : [oddCell(column, found)];
  });
  return [...counts, ...(isOddDevice ? [oddCell("deviceType", device)] : [])];
}

/** Each of them is NULL where a backup is not encrypted. */
const ENCRYPTION_NAMES = {
  keyalgorithm: "KeyAlgorithm",
  encryptortype: "EncryptorType",
  encryptorthumbprint: "EncryptorThumbprint",
} as const;
const ENCRYPTION = Object.keys(ENCRYPTION_NAMES) as (keyof typeof ENCRYPTION_NAMES)[];

/**
 * As msdb.dbo.backupset.key_algorithm says it of a backup without encryption; NULL says the same, and so does an empty
 * thumbprint.
 */
const UNENCRYPTED = /^(no_?encryption|0x)$/i;

const VIRTUAL_NAME = /^\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}/i;

/**
 * msdb's device_type: 2 disk, 5 tape, 7 virtual device, 9 URL; 100 more for a permanent device. NUL is a disk by its
 * type.
 */
function noFileFrom(members: Cells, file: string): NoFile | undefined {
  const type = textFrom(members, ["devicetype"])?.toLowerCase() ?? "";
  if (/^(\\\\\.\\)?nul:?$/i.test(file) || file === "/dev/null") return "nul";
  if (/^(10)?7$|virtual/.test(type) || VIRTUAL_NAME.test(file)) return "virtualDevice";
  return /^(10)?5$|tape/.test(type) ? "tape" : undefined;
}

const NAMES = ["file", "filename", "fullname", "backuppath", "path", "physicaldevicename", "backupfile"];

function namesFrom(members: Cells): readonly string[] {
  for (const name of NAMES) {
    const value = members.get(name);
    // Export-Csv of a list
    if (typeof value === "string" && value !== "" && !value.startsWith("System.")) return [value];
    if (Array.isArray(value) && value.length > 0) return value.map(String);
  }
  return [""];
}

function mediaFrom(members: Cells): Partial<MediaLabel> {
  const mediaSetId = textFrom(members, ["mediasetid", "mediasetguid"]);
  const familyCount = numberFrom(members, COUNTS.familyCount);
  const familySequenceNumber = numberFrom(members, COUNTS.familySequenceNumber);
  return {
    ...(mediaSetId !== undefined && { mediaSetId }),
    ...(familyCount !== undefined && { familyCount }),
    ...(familySequenceNumber !== undefined && { familySequenceNumber }),
  };
}
