// Makes a backup set from a row of an export: columns of RESTORE HEADERONLY, of msdb's history or of dbatools.
import {
  type BackupSetHeader,
  type DatabaseFile,
  RECOVERY_MODELS,
  type RecoveryModel,
} from "../backup/backupHeader.ts";
import {
  type Cells,
  cellFrom,
  isEmpty,
  numberFrom,
  type OddCell,
  oddCell,
  textFrom,
  UnusableHeaderError,
} from "./exportCells.ts";
import { exportedTime, shifted } from "./exportDates.ts";
import { tdeFrom } from "./ownExport.ts";

export type KnownSet = Partial<BackupSetHeader>;

interface SetFromRow {
  readonly set: KnownSet;
  readonly timesAreUtc: true | undefined;
  readonly oddCells: readonly OddCell[];
}

export function setFrom(members: Cells, index: number): SetFromRow {
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

/**
 * Columns that hold text, numbers, flags or LSNs, each with the names that exports give them, in small letters
 * without "_".
 */
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

const TYPES: Readonly<Record<string, number>> = {
  ...{ "1": 1, d: 1, full: 1, database: 1, databasefull: 1 },
  ...{ "2": 2, l: 2, log: 2, transactionlog: 2 },
  ...{ "4": 4, f: 4, file: 4, filegroup: 4, fileorfilegroup: 4 },
  ...{ "5": 5, i: 5, diff: 5, differential: 5, databasedifferential: 5, differentialdatabase: 5 },
  ...{ "6": 6, g: 6, differentialfile: 6, filedifferential: 6 },
  ...{ "7": 7, p: 7, partial: 7, partialfull: 7 },
  ...{ "8": 8, q: 8, differentialpartial: 8, partialdifferential: 8 },
};

const TYPE_WORDS = "D, I, L, F, G, P, Q, their words, or one of the numbers 1, 2 and 4 to 8";

const NAMES_IN_SQL = {
  databaseName: "DatabaseName (database_name)",
  firstLsn: "FirstLSN (first_lsn)",
  lastLsn: "LastLSN (last_lsn)",
};

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

/** msdb's backup_set_id counts rows; dbatools' BackupSetId is the GUID. */
const isRowNumber = (name: string | undefined, cell: unknown): boolean =>
  name === "backupsetid" && /^\d+$/.test(String(cell));

/** Wall clock and offset, from whichever of them the row holds. True when the times are UTC, for want of an offset. */
function takeTimes(members: Cells, known: Record<string, unknown>, oddCells: OddCell[]): true | undefined {
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
    if (column === "firstLsn" || column === "lastLsn" || !(error instanceof UnusableHeaderError)) throw error;
    return undefined;
  }
}

function typeFrom(members: Cells, index: number): number {
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
  const found = given.map((one) => String(one ?? "").trim()).find((word) => word !== "");
  throw unusable(
    index,
    found === undefined ? "the type of backup is missing" : `its type of backup is "${found}", none of ${TYPE_WORDS}`,
  );
}

const softwareVersion = (text: string | undefined): number | undefined =>
  /^\d+\./.test(text ?? "") ? Number.parseInt(text ?? "", 10) : undefined;

export const unusable = (index: number, why: string): UnusableHeaderError =>
  new UnusableHeaderError(`Entry ${index + 1} of the headers cannot be used: ${why}.`);
