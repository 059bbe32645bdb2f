// What does a file of exported headers say? The shape of `ferry inspect --json`, RESTORE HEADERONLY or msdb's history, by whatever tool.
import type { ProvedSpan } from "../shared/backup/backupFormatError.ts";
import type { EncryptedMedia, MediaLabel } from "../shared/backup/backupHeader.ts";
import type { NoFile } from "../shared/chain/backupRecord.ts";
import { OddRow } from "./delimitedText.ts";
import { EXIT, FerryError } from "./exit.ts";
import { type Cells, lowered, numberFrom, type OddCell, oddCell, textFrom, wholeNumber } from "./exportCells.ts";
import { type KnownSet, setFrom, unusable } from "./exportedSet.ts";
import { exportRows, isRow, type Row } from "./exportRows.ts";
import { currentGenerations } from "./fileGenerations.ts";
import { encryptedFrom, oddByRedact, provedSpanFrom, toldByRedact } from "./ownExport.ts";

/** One backup file as far as it is known; whatever an export leaves out is absent. */
export interface KnownFile {
  /** As the export names it; "" when it names none. */
  readonly file: string;
  readonly size?: number;
  readonly media?: Partial<MediaLabel>;
  readonly backupSets?: readonly KnownSet[];
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly encrypted?: EncryptedMedia;
    readonly provedSpan?: ProvedSpan;
  };
  /** It was taken, and no file of it can be had. */
  readonly noFile?: NoFile;
  /** The export has a column for it. */
  readonly encryptionIsKnown?: true;
  /** Its times are UTC: the export does not tell the source's offset. */
  readonly timesAreUtc?: true;
  /** Cells of its row that hold something else than their column should. */
  readonly oddCells?: readonly OddCell[];
  /** A row that was not understood, and why; then nothing else is known. */
  readonly leftOut?: string;
}

/**
 * From the text of an export. Numbers of more than 15 digits keep them all: an LSN may be a bare number of 25 digits. A row that cannot
 * be used is left out, with the reason in its place; where none can be used, the first reason is the error.
 */
export function readExport(text: string): KnownFile[] {
  const read = exportRows(text).flatMap((row, index): KnownFile[] => {
    try {
      if (row instanceof OddRow) throw unusable(index, row.why);
      if (!isRow(row)) throw unusable(index, "an object is expected, with one backup set or one file");
      return filesOf(row, index);
    } catch (error) {
      if (!(error instanceof FerryError)) throw error;
      return [{ file: "", leftOut: error.message }];
    }
  });
  const [first] = read;
  if (first?.leftOut !== undefined && read.every(({ leftOut }) => leftOut !== undefined))
    throw new FerryError(EXIT.failed, first.leftOut);
  return currentGenerations(read);
}

function filesOf(row: Row, index: number): KnownFile[] {
  const members = lowered(row);
  const sets = members.get("backupsets");
  const size = numberFrom(members, ["size", "sizebytes"]);
  const error = members.get("error");
  const names = namesFrom(members);
  const common = { ...(size !== undefined && { size }) };
  if (isRow(error))
    return names.map((file) => ({
      ...common,
      file,
      error: {
        code: String(error["code"] ?? "NOT_A_BACKUP"),
        message: String(error["message"] ?? ""),
        ...encryptedFrom(error["encrypted"]),
        ...provedSpanFrom(error["provedSpan"]),
      },
    }));
  if (!Array.isArray(sets)) return stripesFrom(members, names, common, index);
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

const oddCellsOf = (oddCells: readonly OddCell[]): Pick<KnownFile, "oddCells"> =>
  oddCells.length === 0 ? {} : { oddCells };

/** One backup set per row. Histories list all files of a striped backup in one row: each becomes a file. */
function stripesFrom(members: Cells, names: readonly string[], common: { size?: number }, index: number): KnownFile[] {
  const { set, timesAreUtc, oddCells } = setFrom(members, index);
  const media = mediaFrom(members);
  const told = {
    ...oddCellsOf([...oddCells, ...oddMedia(members)]),
    ...(timesAreUtc && { timesAreUtc }),
    ...(members.has("keyalgorithm") && { encryptionIsKnown: true as const }),
  };
  const refusal = refusalFrom(members, set);
  const files = names.map((file, stripe): KnownFile => {
    const noFile = noFileFrom(members, file);
    if (noFile !== undefined) {
      const when = set.backupFinishDate?.replace("T", " ") ?? `LSN ${set.firstLsn}`;
      const alone = { familyCount: 1, familySequenceNumber: 1 };
      return { ...told, file: `${file} (${when})`, media: alone, backupSets: [set], noFile };
    }
    if (names.length === 1) return { ...common, ...told, file, ...(refusal ?? { media, backupSets: [set] }) };
    const stripes = { ...media, familyCount: names.length, familySequenceNumber: stripe + 1 };
    return { ...told, file, ...(refusal ?? { media: stripes, backupSets: [set] }) };
  });
  return files[0]?.noFile === undefined ? files : files.slice(0, 1);
}

/** What the service would refuse for its header: encrypted media, compression that it does not read. Its LSNs stay known. */
function refusalFrom(members: Cells, set: KnownSet): Pick<KnownFile, "error"> | undefined {
  const { firstLsn, lastLsn, recoveryForkId: forkId } = set;
  const provedSpan =
    firstLsn === undefined || lastLsn === undefined
      ? {}
      : { provedSpan: { firstLsn, lastLsn, ...(forkId !== undefined && { forkId }), isOnlySet: true as const } };
  const key = textFrom(members, ["keyalgorithm"]) ?? textFrom(members, ["encryptortype"]);
  if (key !== undefined && !UNENCRYPTED.test(key))
    return { error: { code: "ENCRYPTED_MEDIA", message: `KeyAlgorithm ${key}.`, ...provedSpan } };
  const compression = textFrom(members, ["compressionalgorithm"]);
  if (compression === undefined || /^(ms_?)?xpress/i.test(compression)) return undefined;
  return { error: { code: "UNSUPPORTED_COMPRESSION", message: `${compression}.`, ...provedSpan } };
}

/** msdb's device types and the words that tools write for them: disk, tape, virtual device, URL, each also as a permanent device. */
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

/** As msdb.dbo.backupset.key_algorithm says it of a backup without encryption; NULL says the same. */
const UNENCRYPTED = /^no_?encryption$/i;

const VIRTUAL_NAME = /^\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}/i;

/** msdb's device_type: 2 disk, 5 tape, 7 virtual device, 9 URL; 100 more for a permanent device. NUL is a disk by its type. */
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
    if (typeof value === "string" && value !== "" && !value.startsWith("System.")) return [value]; // Export-Csv of a list
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
