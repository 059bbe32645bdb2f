// What does a file of exported headers say? The shape of `ferry inspect --json`, RESTORE HEADERONLY or msdb's history as JSON.
import type { ProvedSpan } from "../shared/backup/backupFormatError.ts";
import type { BackupSetHeader, DatabaseFile, MediaLabel } from "../shared/backup/backupHeader.ts";
import { parseLsn } from "../shared/backup/lsn.ts";
import { EXIT, FerryError } from "./exit.ts";

/** One backup file as far as it is known; whatever an export leaves out is absent. */
export interface KnownFile {
  /** As the export names it; "" when it names none. */
  readonly file: string;
  readonly size?: number;
  readonly media?: Partial<MediaLabel>;
  readonly backupSets?: readonly KnownSet[];
  readonly error?: { readonly code: string; readonly message: string; readonly provedSpan?: ProvedSpan };
}

export type KnownSet = Partial<BackupSetHeader>;

type Row = Readonly<Record<string, unknown>>;

/** From JSON text. Numbers of more than 15 digits keep them all: an LSN may be a bare number of 25 digits. */
export function readExport(text: string): KnownFile[] {
  const parsed = parseExactly(text);
  const rows = Array.isArray(parsed) ? parsed : (rootOf(parsed) ?? [parsed]);
  return mergeByFile(
    rows.flatMap((row: unknown, index) => {
      if (!isRow(row)) throw unusable(index, "an object is expected, with one backup set or one file");
      return filesOf(row, index);
    }),
  );
}

/** FOR JSON with ROOT: the rows under the only name. */
function rootOf(parsed: unknown): readonly unknown[] | undefined {
  const [only, ...others] = isRow(parsed) ? Object.values(parsed) : [];
  return others.length === 0 && Array.isArray(only) ? only : undefined;
}

/** The text of a file as PowerShell 5 (UTF-16) or anything else (UTF-8) writes it. */
export const decoded = (bytes: Uint8Array): string =>
  new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8").decode(bytes);

/** sqlcmd and SSMS write the column's name and a rule over the JSON of FOR JSON, and break it every 2,033 characters, texts included. */
const withoutBreaks = (text: string): string =>
  text
    .replace(/^\s*JSON_[0-9A-F-]+\s+-*\s*/i, "")
    .replace(/\(\d+ rows? affected\)\s*$/, "")
    .replaceAll(/\r?\n/g, "");

/** JSON.parse gives the digits of a number only through the source text of its reviver (Node 22 and later). */
function parseExactly(text: string): unknown {
  const reviver = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "")
      ? context?.source
      : value;
  const parse = (json: string): unknown => JSON.parse(json, reviver as Parameters<typeof JSON.parse>[1]);
  const whole = text.replace(/^\uFEFF/, "");
  try {
    return parse(whole);
  } catch {
    try {
      return parse(withoutBreaks(whole));
    } catch (error) {
      throw new FerryError(EXIT.failed, `This is not JSON: ${(error as Error).message}`);
    }
  }
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
        ...provedSpanFrom(error["provedSpan"]),
      },
    }));
  if (!Array.isArray(sets)) return stripesFrom(members, names, common, index);
  const media = members.get("media");
  const backupSets = sets.map((set: unknown) => setFrom(lowered(isRow(set) ? set : {}), index));
  return names.map((file) => ({ ...common, file, media: mediaFrom(lowered(isRow(media) ? media : {})), backupSets }));
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
  const backupSets = [setFrom(members, index)];
  const media = mediaFrom(members);
  if (names.length === 1) return [{ ...common, file: names[0] ?? "", media, backupSets }];
  return names.map((file, stripe) => ({
    file,
    media: { ...media, familyCount: names.length, familySequenceNumber: stripe + 1 },
    backupSets,
  }));
}

/** Rows of one file and different positions are the sets in that file; of one position the latest: it was written over. */
function mergeByFile(files: readonly KnownFile[]): KnownFile[] {
  const named = Map.groupBy(files, ({ file }, ...rest) => (file === "" ? `#${rest[0]}` : file));
  return [...named.values()].map((rows) => {
    const [first] = rows as [KnownFile];
    if (rows.length === 1) return first;
    const current = new Map<number, KnownFile>();
    for (const row of rows.toSorted((a, b) => (finishOf(a) < finishOf(b) ? -1 : 1)))
      current.set(row.backupSets?.[0]?.position ?? 1, row);
    const kept = [...current].sort(([a], [b]) => a - b).map(([, row]) => row);
    return { ...(kept[0] ?? first), backupSets: kept.flatMap((row) => row.backupSets ?? []) };
  });
}

const finishOf = ({ backupSets }: KnownFile): string => backupSets?.[0]?.backupFinishDate ?? "";

const NAMES = ["file", "filename", "fullname", "path", "physicaldevicename", "backupfile"];

function namesFrom(members: ReadonlyMap<string, unknown>): readonly string[] {
  for (const name of NAMES) {
    const value = members.get(name);
    if (typeof value === "string" && value !== "") return [value];
    if (Array.isArray(value) && value.length > 0) return value.map(String);
  }
  return [""];
}

function mediaFrom(members: ReadonlyMap<string, unknown>): Partial<MediaLabel> {
  const mediaSetId = textFrom(members, ["mediasetid", "mediasetguid"]);
  const familyCount = numberFrom(members, ["familycount", "mediafamilycount"]);
  const familySequenceNumber = numberFrom(members, ["familysequencenumber"]);
  return {
    ...(mediaSetId !== undefined && { mediaSetId }),
    ...(familyCount !== undefined && { familyCount }),
    ...(familySequenceNumber !== undefined && { familySequenceNumber }),
  };
}

const TYPES: Readonly<Record<string, number>> = {
  ...{ "1": 1, d: 1, full: 1, database: 1, databasefull: 1 },
  ...{ "2": 2, l: 2, log: 2, transactionlog: 2 },
  ...{ "4": 4, f: 4, file: 4, filegroup: 4 },
  ...{ "5": 5, i: 5, diff: 5, differential: 5, databasedifferential: 5, differentialdatabase: 5 },
  ...{ "6": 6, g: 6, differentialfile: 6 },
  ...{ "7": 7, p: 7, partial: 7 },
  ...{ "8": 8, q: 8, differentialpartial: 8 },
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
  backupStartDate: ["date", "backupstartdate", "start"],
  backupFinishDate: ["date", "backupfinishdate", "end"],
  utcOffsetMinutes: ["number", "utcoffsetminutes"],
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

function setFrom(members: ReadonlyMap<string, unknown>, index: number): KnownSet {
  const known: Record<string, unknown> = {};
  for (const [column, [kind, ...names]] of Object.entries(COLUMNS)) {
    const name = names.find((one) => members.has(one));
    const value = name === undefined ? undefined : cellFrom(kind, members.get(name), `${column} of entry ${index + 1}`);
    if (value !== undefined) known[column] = value;
  }
  const model = textFrom(members, ["recoverymodel"])
    ?.toUpperCase()
    .replace(/[-_ ]?LOGGED/, "-LOGGED");
  if (model === "FULL" || model === "BULK-LOGGED" || model === "SIMPLE") known["recoveryModel"] = model;
  const version = softwareVersion(textFrom(members, ["softwareversion", "version"]));
  if (known["softwareVersionMajor"] === undefined && version !== undefined) known["softwareVersionMajor"] = version;
  const files = members.get("files") ?? members.get("filelist");
  if (Array.isArray(files)) known["files"] = files as DatabaseFile[];
  known["backupType"] = typeFrom(members, index);
  for (const essential of ["databaseName", "firstLsn", "lastLsn"] as const)
    if (known[essential] === undefined) throw unusable(index, `${NAMES_IN_SQL[essential]} is missing`);
  return known as KnownSet;
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
  if (value === null || value === undefined || value === "")
    return kind.endsWith("?") && value === null ? null : undefined;
  switch (kind) {
    case "guid":
    case "guid?":
      return /^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i.test(String(value)) ? String(value) : undefined;
    case "text":
      return typeof value === "string" ? value : isRow(value) ? undefined : String(value);
    case "number":
      return Number.isFinite(Number(value)) ? Number(value) : undefined;
    case "flag":
      return value === true || value === 1 || /^(1|true)$/i.test(String(value));
    case "date":
      return wallClockText(value);
    default:
      return exactLsn(value, what);
  }
}

function exactLsn(value: unknown, what: string): bigint {
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  const digits = typeof text === "string" ? text.trim().replace(/\.0+$/, "") : "";
  try {
    return parseLsn(digits);
  } catch {
    throw new FerryError(
      EXIT.failed,
      `${what} is no LSN of 1 to 25 digits: ${String(value).slice(0, 40)}. Export it as text.`,
    );
  }
}

/** ISO text, "2025-11-24 21:45:00", or PowerShell's "/Date(1764020700000)/": the wall clock, to the second. */
function wallClockText(value: unknown): string | undefined {
  const text = isRow(value) ? String(value["DateTime"] ?? value["value"] ?? "") : String(value);
  const ticks = /^\/Date\((-?\d+)/.exec(text)?.[1];
  if (ticks !== undefined) return new Date(Number(ticks)).toISOString().slice(0, 19);
  const [, day, time] = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)/.exec(text) ?? [];
  return day === undefined || time === undefined ? undefined : `${day}T${time.padEnd(8, ":00")}`;
}

const isRow = (value: unknown): value is Row => typeof value === "object" && value !== null && !Array.isArray(value);

/** "first_lsn", "FirstLSN" and "firstLsn" are one name. */
const lowered = (row: Row): ReadonlyMap<string, unknown> =>
  new Map(Object.entries(row).map(([name, value]) => [name.toLowerCase().replaceAll(/[^a-z0-9]/g, ""), value]));

const textFrom = (members: ReadonlyMap<string, unknown>, names: readonly string[]): string | undefined => {
  const found = names
    .map((name) => members.get(name))
    .find((value) => value !== undefined && value !== null && value !== "");
  return found === undefined ? undefined : String(found);
};

const numberFrom = (members: ReadonlyMap<string, unknown>, names: readonly string[]): number | undefined => {
  const found = textFrom(members, names);
  return found !== undefined && Number.isFinite(Number(found)) ? Number(found) : undefined;
};

const unusable = (index: number, why: string): FerryError =>
  new FerryError(EXIT.failed, `Entry ${index + 1} of the headers cannot be used: ${why}.`);
