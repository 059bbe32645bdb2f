// What does a file of exported headers say? The shape of `ferry inspect --json`, RESTORE HEADERONLY or msdb's history, by whatever tool.
import type { ProvedSpan } from "../shared/backup/backupFormatError.ts";
import type {
  BackupSetHeader,
  DatabaseFile,
  EncryptedMedia,
  MediaLabel,
  RecoveryModel,
  Tde,
} from "../shared/backup/backupHeader.ts";
import { parseLsn } from "../shared/backup/lsn.ts";
import type { NoFile } from "../shared/chain/backupRecord.ts";
import { OddRow } from "./delimitedText.ts";
import { EXIT, FerryError } from "./exit.ts";
import { exportedTime, shifted } from "./exportDates.ts";
import { exportRows, isRow, type Row } from "./exportRows.ts";
import { currentGenerations } from "./fileGenerations.ts";

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

export type KnownSet = Partial<BackupSetHeader>;

/** What was not understood, and so is not known. */
export interface OddCell {
  /** As the header knows it, "checkpointLsn". */
  readonly column: string;
  /** The beginning of what was found; "" where it is not told on. */
  readonly found: string;
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

const NO_FILES: readonly NoFile[] = ["nul", "virtualDevice", "tape", "overwritten"];

/** What `ferry plan --redact` knows of headers that were exported, beyond the headers. */
function toldByRedact(members: ReadonlyMap<string, unknown>): Partial<KnownFile> {
  const noFile = NO_FILES.find((kind) => kind === members.get("nofile"));
  return {
    ...(noFile !== undefined && { noFile }),
    ...(members.get("timesareutc") === true && { timesAreUtc: true }),
    ...(members.get("encryptionisknown") === true && { encryptionIsKnown: true }),
  };
}

function oddByRedact(members: ReadonlyMap<string, unknown>): readonly OddCell[] {
  const cells = members.get("oddcells");
  const columns = Array.isArray(cells) ? cells.map((cell: unknown) => (isRow(cell) ? cell["column"] : undefined)) : [];
  return columns.flatMap((column) => (typeof column === "string" ? [{ column, found: "" }] : []));
}

const oddCellsOf = (oddCells: readonly OddCell[]): Pick<KnownFile, "oddCells"> =>
  oddCells.length === 0 ? {} : { oddCells };

/** As `ferry inspect --json` tells it of an encrypted file: what preflight P19 wants to know. */
function encryptedFrom(value: unknown): { encrypted?: EncryptedMedia } {
  if (!isRow(value)) return {};
  const { isBackupEncrypted, isTde, isComplete, encryptorThumbprint, tdeThumbprint } = value;
  return {
    encrypted: {
      isBackupEncrypted: isBackupEncrypted === true,
      isTde: isTde === true,
      isComplete: isComplete === true,
      ...(typeof encryptorThumbprint === "string" && { encryptorThumbprint }),
      ...(typeof tdeThumbprint === "string" && { tdeThumbprint }),
    },
  };
}

const TDE_STATES: readonly Tde["state"][] = ["none", "encrypted", "unknown"];

/** As `ferry inspect --json` tells it of a backup set. */
function tdeFrom(value: unknown): Tde | undefined {
  const state = isRow(value) ? TDE_STATES.find((one) => one === value["state"]) : undefined;
  if (state === undefined) return undefined;
  const thumbprints =
    isRow(value) && Array.isArray(value["thumbprints"]) ? value["thumbprints"].map(String) : undefined;
  return { state, ...(thumbprints && { thumbprints }) };
}

/** As `ferry inspect --json` tells it of a file that cannot be used. */
function provedSpanFrom(value: unknown): { provedSpan?: ProvedSpan } {
  const members = lowered(isRow(value) ? value : {});
  const firstLsn = cellFrom("lsn", members.get("firstlsn"), "firstLsn of a span");
  const lastLsn = cellFrom("lsn", members.get("lastlsn"), "lastLsn of a span");
  const forkId = cellFrom("guid", members.get("forkid"), "forkId of a span");
  if (typeof firstLsn !== "bigint" || typeof lastLsn !== "bigint") return {};
  return { provedSpan: { firstLsn, lastLsn, ...(typeof forkId === "string" && { forkId }) } };
}

/** One backup set per row. Histories list all files of a striped backup in one row: each becomes a file. */
function stripesFrom(
  members: ReadonlyMap<string, unknown>,
  names: readonly string[],
  common: { size?: number },
  index: number,
): KnownFile[] {
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
function refusalFrom(members: ReadonlyMap<string, unknown>, set: KnownSet): Pick<KnownFile, "error"> | undefined {
  const { firstLsn, lastLsn, recoveryForkId: forkId } = set;
  const provedSpan =
    firstLsn === undefined || lastLsn === undefined
      ? {}
      : { provedSpan: { firstLsn, lastLsn, ...(forkId !== undefined && { forkId }) } };
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

function oddMedia(members: ReadonlyMap<string, unknown>): readonly OddCell[] {
  const device = textFrom(members, ["devicetype"]);
  const isOddDevice = device !== undefined && !DEVICE_TYPE.test(device);
  const counts = Object.entries(COUNTS).flatMap(([column, names]) => {
    const found = textFrom(members, names);
    return found === undefined || wholeNumber(found) !== undefined ? [] : [oddCell(column, found)];
  });
  return [...counts, ...(isOddDevice ? [oddCell("deviceType", device)] : [])];
}

const oddCell = (column: string, found: unknown): OddCell => ({
  column,
  found: (isRow(found) ? JSON.stringify(found) : String(found)).slice(0, MOST_LETTERS),
});

const MOST_LETTERS = 40;

/** As msdb.dbo.backupset.key_algorithm says it of a backup without encryption; NULL says the same. */
const UNENCRYPTED = /^no_?encryption$/i;

const VIRTUAL_NAME = /^\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}/i;

/** msdb's device_type: 2 disk, 5 tape, 7 virtual device, 9 URL; 100 more for a permanent device. NUL is a disk by its type. */
function noFileFrom(members: ReadonlyMap<string, unknown>, file: string): NoFile | undefined {
  const type = textFrom(members, ["devicetype"])?.toLowerCase() ?? "";
  if (/^(\\\\\.\\)?nul:?$/i.test(file) || file === "/dev/null") return "nul";
  if (/^(10)?7$|virtual/.test(type) || VIRTUAL_NAME.test(file)) return "virtualDevice";
  return /^(10)?5$|tape/.test(type) ? "tape" : undefined;
}

const NAMES = ["file", "filename", "fullname", "backuppath", "path", "physicaldevicename", "backupfile"];

function namesFrom(members: ReadonlyMap<string, unknown>): readonly string[] {
  for (const name of NAMES) {
    const value = members.get(name);
    if (typeof value === "string" && value !== "" && !value.startsWith("System.")) return [value]; // Export-Csv of a list
    if (Array.isArray(value) && value.length > 0) return value.map(String);
  }
  return [""];
}

function mediaFrom(members: ReadonlyMap<string, unknown>): Partial<MediaLabel> {
  const mediaSetId = textFrom(members, ["mediasetid", "mediasetguid"]);
  const familyCount = numberFrom(members, COUNTS.familyCount);
  const familySequenceNumber = numberFrom(members, COUNTS.familySequenceNumber);
  return {
    ...(mediaSetId !== undefined && { mediaSetId }),
    ...(familyCount !== undefined && { familyCount }),
    ...(familySequenceNumber !== undefined && { familySequenceNumber }),
  };
}

const TYPES: Readonly<Record<string, number>> = {
  ...{ "1": 1, d: 1, full: 1, database: 1, databasefull: 1 },
  ...{ "2": 2, l: 2, log: 2, transactionlog: 2 },
  ...{ "4": 4, f: 4, file: 4, filegroup: 4, fileorfilegroup: 4 },
  ...{ "5": 5, i: 5, diff: 5, differential: 5, databasedifferential: 5, differentialdatabase: 5 },
  ...{ "6": 6, g: 6, differentialfile: 6, filedifferential: 6 },
  ...{ "7": 7, p: 7, partial: 7, partialfull: 7 },
  ...{ "8": 8, q: 8, differentialpartial: 8, partialdifferential: 8 },
};

/** Columns that hold text, numbers, flags or LSNs, each with the names that exports give them, in small letters without "_". */
const COLUMNS = {
  backupSetGuid: ["guid", "backupsetguid", "backupsetuuid", "backupsetid"],
  position: ["number", "position"],
  databaseName: ["text", "databasename", "database"],
  serverName: ["text", "servername", "sqlinstance", "instancename"],
  machineName: ["text", "machinename", "computername"],
  userName: ["text", "username"],
  firstLsn: ["lsn", "firstlsn"],
  lastLsn: ["lsn", "lastlsn"],
  checkpointLsn: ["lsn", "checkpointlsn"],
  databaseBackupLsn: ["lsn?", "databasebackuplsn"],
  differentialBaseLsn: ["lsn?", "differentialbaselsn"],
  differentialBaseGuid: ["guid?", "differentialbaseguid"],
  familyGuid: ["guid", "familyguid"],
  bindingId: ["guid", "bindingid"],
  recoveryForkId: ["guid", "recoveryforkid", "lastrecoveryforkguid", "recoveryforkguid"],
  firstRecoveryForkId: ["guid", "firstrecoveryforkid", "firstrecoveryforkguid"],
  forkPointLsn: ["lsn?", "forkpointlsn"],
  softwareVersionMajor: ["number", "softwareversionmajor", "softwaremajorversion"],
  softwareVersionMinor: ["number", "softwareversionminor", "softwareminorversion"],
  flags: ["number", "flags"],
  hasBulkLoggedData: ["flag", "hasbulkloggeddata"],
  isSnapshot: ["flag", "issnapshot"],
  isReadOnly: ["flag", "isreadonly"],
  isSingleUser: ["flag", "issingleuser"],
  hasBackupChecksums: ["flag", "hasbackupchecksums"],
  isDamaged: ["flag", "isdamaged"],
  isTailLog: ["flag", "istaillog"],
  hasIncompleteMetaData: ["flag", "hasincompletemetadata"],
  isForceOffline: ["flag", "isforceoffline"],
  isCopyOnly: ["flag", "iscopyonly"],
  beginsLogChain: ["flag", "beginslogchain"],
} as const satisfies Partial<Record<keyof BackupSetHeader, readonly [kind: string, ...names: string[]]>>;

const NAMES_IN_SQL = {
  databaseName: "DatabaseName (database_name)",
  firstLsn: "FirstLSN (first_lsn)",
  lastLsn: "LastLSN (last_lsn)",
};

interface SetFromRow {
  readonly set: KnownSet;
  readonly timesAreUtc: true | undefined;
  readonly oddCells: readonly OddCell[];
}

function setFrom(members: ReadonlyMap<string, unknown>, index: number): SetFromRow {
  const known: Record<string, unknown> = {};
  const oddCells: OddCell[] = [];
  for (const [column, [kind, ...names]] of Object.entries(COLUMNS)) {
    const name = names.find((one) => members.has(one));
    const cell = name === undefined ? undefined : members.get(name);
    const value = columnFrom(column, kind, cell, index);
    if (value !== undefined) known[column] = value;
    else if (!isEmpty(cell) && !isRowNumber(name, cell)) oddCells.push(oddCell(column, cell));
  }
  const timesAreUtc = takeTimes(members, known, oddCells);
  const model = textFrom(members, ["recoverymodel"]);
  const modelWord = recoveryModelOf(model);
  if (modelWord !== undefined) known["recoveryModel"] = modelWord;
  else if (model !== undefined) oddCells.push(oddCell("recoveryModel", model));
  const version = softwareVersion(textFrom(members, ["softwareversion", "version"]));
  if (known["softwareVersionMajor"] === undefined && version !== undefined) known["softwareVersionMajor"] = version;
  const files = members.get("files") ?? members.get("filelist");
  if (Array.isArray(files)) known["files"] = files as DatabaseFile[];
  const tde = tdeFrom(members.get("tde"));
  if (tde) known["tde"] = tde;
  known["backupType"] = typeFrom(members, index);
  for (const essential of ["databaseName", "firstLsn", "lastLsn"] as const)
    if (known[essential] === undefined) throw unusable(index, `${NAMES_IN_SQL[essential]} is missing`);
  return { set: known as KnownSet, timesAreUtc, oddCells };
}

/** Get-DbaBackupInformation says it once for each stripe: "FULL FULL". */
function recoveryModelOf(text: string | undefined): RecoveryModel | undefined {
  const [word, ...others] = new Set(
    text
      ?.toUpperCase()
      .replaceAll(/[-_ ]?LOGGED/g, "-LOGGED")
      .split(/\s+/),
  );
  return others.length === 0 ? RECOVERY_MODELS.find((model) => model === word) : undefined;
}

const RECOVERY_MODELS: readonly RecoveryModel[] = ["FULL", "BULK-LOGGED", "SIMPLE"];

const isEmpty = (cell: unknown): boolean => cell === undefined || cell === null || cell === "";

/** msdb's backup_set_id counts rows; dbatools' BackupSetId is the GUID. */
const isRowNumber = (name: string | undefined, cell: unknown): boolean =>
  name === "backupsetid" && /^\d+$/.test(String(cell));

/** Wall clock and offset, from whichever of them the row holds. True when the times are UTC, for want of an offset. */
function takeTimes(
  members: ReadonlyMap<string, unknown>,
  known: Record<string, unknown>,
  oddCells: OddCell[],
): true | undefined {
  const zone = numberFrom(members, ["timezone"]);
  const told =
    numberFrom(members, ["utcoffsetminutes"]) ?? (zone === undefined || zone === 127 ? undefined : zone * 15);
  let offset = told;
  let isUtc = false;
  for (const [column, ...names] of TIMES) {
    const name = names.find((one) => members.has(one));
    const value = name === undefined ? undefined : members.get(name);
    if (isEmpty(value)) continue;
    const time = exportedTime(value);
    if (!time) {
      oddCells.push(oddCell(column, value));
      continue;
    }
    known[column] = time.isUtc && told !== undefined ? shifted(time.text, told) : time.text;
    if (time.isUtc && told === undefined) isUtc = true;
    offset ??= time.offset;
  }
  if (offset !== undefined || isUtc) known["utcOffsetMinutes"] = offset ?? 0;
  return isUtc && offset === undefined ? true : undefined;
}

/** As msdb and HEADERONLY name them, and dbatools. */
const TIMES = [
  ["backupStartDate", "backupstartdate", "start"],
  ["backupFinishDate", "backupfinishdate", "end"],
] as const;

/** Without its first and last LSN a set is of no use; any other column that is not understood is not known. */
function columnFrom(column: string, kind: string, value: unknown, index: number): unknown {
  try {
    return cellFrom(kind, value, `${column} of entry ${index + 1}`);
  } catch (error) {
    if (column === "firstLsn" || column === "lastLsn" || !(error instanceof FerryError)) throw error;
    return undefined;
  }
}

function typeFrom(members: ReadonlyMap<string, unknown>, index: number): number {
  const given = ["backuptype", "backuptypedescription", "type"].map((name) => members.get(name));
  for (const one of given) {
    const type =
      TYPES[
        String(one ?? "")
          .toLowerCase()
          .replaceAll(/[^a-z0-9]/g, "")
      ];
    if (type !== undefined) return type;
  }
  throw unusable(
    index,
    `the type of backup is missing, or not one of D, I, L or 1 to 8 (found ${String(given[0] ?? given[2])})`,
  );
}

const softwareVersion = (text: string | undefined): number | undefined =>
  /^\d+\./.test(text ?? "") ? Number.parseInt(text ?? "", 10) : undefined;

/** `undefined`: not known. A kind that ends in "?" keeps SQL's NULL. */
function cellFrom(kind: string, value: unknown, what: string): unknown {
  if (isEmpty(value)) return kind.endsWith("?") && value === null ? null : undefined;
  switch (kind) {
    case "guid":
    case "guid?":
      return /^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i.test(String(value)) ? String(value) : undefined;
    case "text":
      return typeof value === "string" ? value : isRow(value) ? undefined : String(value);
    case "number":
      return wholeNumber(value);
    case "flag":
      if (/^true$/i.test(String(value)) || wholeNumber(value) === 1) return true;
      return /^false$/i.test(String(value)) || wholeNumber(value) === 0 ? false : undefined;
    default:
      return exactLsn(value, what);
  }
}

/** PowerShell 5 writes a BigInteger as an object that says whether it is even, and not what it is. */
function exactLsn(given: unknown, what: string): bigint {
  const value = isRow(given)
    ? (given["value"] ?? given["Value"] ?? given["ToString"] ?? "an object without its digits")
    : given;
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  const digits = typeof text === "string" ? withoutZeros(text) : "";
  try {
    return parseLsn(digits);
  } catch {
    throw new FerryError(
      EXIT.failed,
      `${what} is no LSN of 1 to 25 digits: ${String(value).slice(0, 40)}. Export it as text.`,
    );
  }
}

/** "first_lsn", "FirstLSN" and "firstLsn" are one name. */
const lowered = (row: Row): ReadonlyMap<string, unknown> =>
  new Map(Object.entries(row).map(([name, value]) => [name.toLowerCase().replaceAll(/[^a-z0-9]/g, ""), known(value)]));

const NULLS = /^(null|\\n|\(null\)|<null>|\[null\]|dbnull|system\.dbnull)$/i;

/** SQL's NULL in its spellings; PowerShell writes DBNull as an object without members. */
function known(value: unknown): unknown {
  if (typeof value === "string") return NULLS.test(value.trim()) ? null : value;
  return isRow(value) && Object.keys(value).length === 0 ? null : value;
}

const textFrom = (members: ReadonlyMap<string, unknown>, names: readonly string[]): string | undefined => {
  const found = names
    .map((name) => members.get(name))
    .find((value) => value !== undefined && value !== null && value !== "");
  return found === undefined ? undefined : String(found);
};

const numberFrom = (members: ReadonlyMap<string, unknown>, names: readonly string[]): number | undefined => {
  const found = textFrom(members, names);
  return found === undefined ? undefined : wholeNumber(found);
};

/** Spreadsheets write 1 as "1,00". */
function wholeNumber(value: unknown): number | undefined {
  const number = Number(withoutZeros(String(value)));
  return Number.isInteger(number) ? number : undefined;
}

const withoutZeros = (text: string): string => text.trim().replace(/[.,]0+$/, "");

const unusable = (index: number, why: string): FerryError =>
  new FerryError(EXIT.failed, `Entry ${index + 1} of the headers cannot be used: ${why}.`);
