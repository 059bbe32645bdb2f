// Reads what SQL Server writes about the database into a backup: the SCIN, SFGI and SFIN records of an MQCI stream
// (backup-format, section 4). It stands twice in a backup set: provisionally in MSCI, finally in MSLS.
import type { ProvedSpan } from "../backupFormatError.ts";
import type { BackupType, DatabaseFile, RecoveryModel } from "../backupHeader.ts";
import { type Cursor, isZero, textOf } from "../cursor.ts";
import type { Lsn } from "../lsn.ts";
import { withoutAbsent } from "../withoutAbsent.ts";
import { tdeThumbprintOf } from "./tde.ts";

/** SCIN and what follows it. Absent: not in a record of this length, or not understood. */
export interface Configuration {
  readonly backupType: BackupType;
  readonly serverName: string;
  readonly databaseName: string;
  readonly databaseCreationDate: string | undefined;
  readonly databaseVersion: number;
  readonly compatibilityLevel: number;
  readonly softwareVersionMajor: number;
  readonly softwareVersionMinor: number;
  readonly softwareVersionBuild: number;
  readonly backupStartDate: string;
  readonly backupFinishDate: string;
  readonly backupSize: number;
  readonly compressedBackupSize: number | undefined;
  readonly firstLsn: Lsn;
  readonly lastLsn: Lsn;
  readonly checkpointLsn: Lsn;
  readonly databaseBackupLsn: Lsn | null;
  readonly differentialBaseLsn: Lsn | null | undefined;
  readonly differentialBaseGuid: string | null | undefined;
  readonly lastLogBackupLsn: Lsn | null | undefined;
  readonly logChainStartLsn: Lsn | null | undefined;
  readonly familyGuid: string | undefined;
  readonly bindingId: string | undefined;
  readonly recoveryForkId: string | undefined;
  readonly forkPointLsn: Lsn | null | undefined;
  readonly previousForkId: string | undefined;
  readonly flags: number;
  readonly recoveryModel: RecoveryModel | undefined;
  readonly sortOrder: number;
  readonly unicodeLocaleId: number;
  readonly unicodeComparisonStyle: number;
  readonly files: readonly DatabaseFile[];
  /** Tags of records that are not understood. */
  readonly unknownRecords: readonly string[];
  /** What is zero in every file seen is not: perhaps containment. */
  readonly hasUnknownField: boolean;
}

/**
 * Letters as msdb writes them. F, G, P and Q are taken from its documentation: no real file has been seen (section 9).
 */
const BACKUP_TYPES: Readonly<Record<string, BackupType>> = { D: 1, L: 2, F: 4, I: 5, G: 6, P: 7, Q: 8 };

/** Full, log, differential. */
const CHAIN_TYPES: readonly BackupType[] = [1, 2, 5];

const UTF_16 = 2;
const RECORD_HEADER = 8;

/** SQL Server allows 32,767 files and as many filegroups. */
const MOST_RECORDS = 2 * 32_767 + 100;

/** A final configuration (MSLS), its records filling the stream exactly. */
export function configurationOf(stream: Cursor): Configuration {
  const records = recordsOf(stream);
  const first = records.next().value;
  if (first?.tag !== "SCIN") throw stream.error(0, "a SCIN record", first?.tag ?? "nothing");
  return { ...databaseOf(first.cursor), ...filesOf(records) };
}

/**
 * From 2019 on a full or differential backup moves its LSNs up while it is written (section 5); a log backup never
 * does.
 */
const FIRST_WITH_MOVING_LSNS = 15;

/**
 * What a provisional configuration (MSCI), or its beginning, says already as the final one will; undefined where it may
 * change.
 */
export function provedSpanOf(stream: Cursor): ProvedSpan | undefined {
  const record = stream.part(0, stream.u32(4, "length of the first record"), "first record");
  if (record.letters(0, 4, "record tag") !== "SCIN") return undefined;
  const fixed = fixedPartOf(record, [0x68, 0x6c]);
  const type = fixed.letters(0x57, 1, "backup type");
  if (!"DIL".includes(type)) return undefined; // seen of fulls, differentials and logs only
  if (type !== "L" && fixed.u8(0x1b, "SoftwareVersionMajor") >= FIRST_WITH_MOVING_LSNS) return undefined;
  const firstLsn = requiredLsn(fixed, 0x20, "FirstLSN");
  const lastLsn = requiredLsn(fixed, 0x2a, "LastLSN");
  const forkId = readerOfHeld(fixed)(0x9c, 16, fixed.guid, "RecoveryForkID") ?? undefined;
  return { firstLsn, lastLsn, ...(forkId !== undefined && { forkId }) };
}

export interface ConfigurationRecord {
  readonly tag: string;
  readonly cursor: Cursor;
}

/** The records of a configuration, in turn; each with its header. */
export function* recordsOf(stream: Cursor): Generator<ConfigurationRecord, undefined> {
  let count = 0;
  for (let at = 0; at < stream.length; ) {
    const tag = stream.letters(at, 4, "record tag");
    const length = stream.u32(at + 4, `length of ${tag}`);
    if (length < RECORD_HEADER) throw stream.error(at + 4, `a length of ${tag} from ${RECORD_HEADER} on`, `${length}`);
    if (++count > MOST_RECORDS) throw stream.error(at, `at most ${MOST_RECORDS} records`, "more");
    yield { tag, cursor: stream.part(at, length, tag) };
    at += length;
  }
}

/**
 * SCIN: the columns of RESTORE HEADERONLY. Its fixed part ends where its first text begins, and has grown over the
 * versions.
 */
function databaseOf(record: Cursor): Omit<Configuration, "files" | "unknownRecords"> {
  const fixed = fixedPartOf(record, [0x68, 0x6c]);
  const ifHeld = readerOfHeld(fixed);
  const letter = fixed.letters(0x57, 1, "backup type");
  const backupType = BACKUP_TYPES[letter];
  if (backupType === undefined) throw fixed.error(0x57, "a backup type D, L, I, F, G, P or Q", JSON.stringify(letter));
  /** Of kinds that no chain is built from (unverified) NULL may be right: HEADERONLY prints 0 for it. */
  const lsn = (at: number, field: string): Lsn =>
    CHAIN_TYPES.includes(backupType) ? requiredLsn(fixed, at, field) : (fixed.lsn(at, field) ?? 0n);
  return {
    backupType,
    serverName: requiredText(record, 0x6c, "ServerName"),
    databaseName: requiredText(record, 0x68, "DatabaseName"),
    databaseCreationDate: fixed.date(0x48, "DatabaseCreationDate") ?? undefined,
    databaseVersion: fixed.u16(0x5e, "DatabaseVersion"),
    compatibilityLevel: fixed.u8(0x5b, "CompatibilityLevel"),
    softwareVersionMajor: fixed.u8(0x1b, "SoftwareVersionMajor"),
    softwareVersionMinor: fixed.u8(0x1a, "SoftwareVersionMinor"),
    softwareVersionBuild: fixed.u16(0x18, "SoftwareVersionBuild"),
    backupStartDate: requiredDate(fixed, 0x4d, "BackupStartDate"),
    backupFinishDate: requiredDate(fixed, 0x52, "BackupFinishDate"),
    backupSize: fixed.u64(0x60, "BackupSize"),
    compressedBackupSize: ifHeld(0x158, 8, fixed.u64, "CompressedBackupSize"),
    firstLsn: lsn(0x20, "FirstLSN"),
    lastLsn: lsn(0x2a, "LastLSN"),
    checkpointLsn: lsn(0x34, "CheckpointLSN"),
    databaseBackupLsn: fixed.lsn(0x3e, "DatabaseBackupLSN"),
    differentialBaseLsn: ifHeld(0x104, 12, fixed.lsn, "DifferentialBaseLSN"),
    differentialBaseGuid: ifHeld(0x110, 16, fixed.guid, "DifferentialBaseGUID"),
    lastLogBackupLsn: ifHeld(0x14c, 12, fixed.lsn, "last log backup LSN"),
    logChainStartLsn: ifHeld(0xf8, 12, fixed.lsn, "log chain start LSN"),
    familyGuid: ifHeld(0xe0, 16, fixed.guid, "FamilyGUID") ?? undefined,
    bindingId: ifHeld(0x7c, 16, fixed.guid, "BindingID") ?? undefined,
    recoveryForkId: ifHeld(0x9c, 16, fixed.guid, "RecoveryForkID") ?? undefined,
    forkPointLsn: ifHeld(0xac, 12, fixed.lsn, "ForkPointLSN"),
    previousForkId: ifHeld(0xb8, 16, fixed.guid, "previous fork") ?? undefined,
    flags: fixed.u32(0x08, "Flags"),
    recoveryModel: recoveryModelOf(ifHeld(0xf4, 4, fixed.u32, "database status")),
    sortOrder: fixed.u8(0x58, "SortOrder"),
    unicodeLocaleId: fixed.u32(0x74, "UnicodeLocaleId"),
    unicodeComparisonStyle: fixed.u32(0x78, "UnicodeComparisonStyle"),
    hasUnknownField: UNKNOWN_FIELDS.some(([at, end]) => !isZero(fixed.bytes, at, Math.min(end, fixed.length))),
  };
}

/** In SCIN, from and up to: what SQL Server 2012 and later may keep Containment in (additions, sections 3 and 7). */
export const UNKNOWN_FIELDS = [
  [0x160, 0x174],
  [0x178, 0x17c],
] as const;

const STATUS_BULK_LOGGED = 4;
const STATUS_SIMPLE = 8;

function recoveryModelOf(status: number | undefined): RecoveryModel | undefined {
  if (status === undefined) return undefined;
  if (status & STATUS_SIMPLE) return "SIMPLE";
  return status & STATUS_BULK_LOGGED ? "BULK-LOGGED" : "FULL";
}

/** SFGI gives the name to the SFIN records behind it: the rows of RESTORE FILELISTONLY. */
function filesOf(records: Iterable<ConfigurationRecord>): Pick<Configuration, "files" | "unknownRecords"> {
  const files: DatabaseFile[] = [];
  const unknownRecords = new Set<string>();
  const fileGroups = new Map<number, string>();
  for (const { tag, cursor } of records)
    if (tag === "SFGI") fileGroups.set(cursor.u32(0x0c, "filegroup id"), requiredText(cursor, 0x10, "FileGroupName"));
    else if (tag === "SFIN") files.push(fileOf(cursor, fileGroups));
    else unknownRecords.add(tag);
  return { files, unknownRecords: [...unknownRecords] };
}

/** Codes of FILESTREAM and full-text files have not been seen. */
const FILE_TYPES: Readonly<Record<number, "D" | "L">> = { 1: "D", 2: "L" };

function fileOf(record: Cursor, fileGroups: ReadonlyMap<number, string>): DatabaseFile {
  const fixed = fixedPartOf(record, [0x30, 0x34]);
  const ifHeld = readerOfHeld(fixed);
  const fileGroupId = fixed.u32(0x24, "FileGroupID");
  return withoutAbsent<DatabaseFile>({
    logicalName: requiredText(record, 0x30, "LogicalName"),
    physicalName: requiredText(record, 0x34, "PhysicalName"),
    type: FILE_TYPES[fixed.u32(0x1c, "Type")],
    fileGroupName: fileGroups.get(fileGroupId) ?? null,
    fileGroupId,
    fileId: fixed.u32(0x14, "FileID"),
    size: fixed.u64(0x28, "Size"),
    maxSize: fixed.u64(0x56, "MaxSize"),
    sourceBlockSize: fixed.u32(0x20, "SourceBlockSize"),
    backupSizeInBytes: ifHeld(0xfa, 8, fixed.u64, "BackupSizeInBytes"),
    createLsn: ifHeld(0x8a, 12, fixed.lsn, "CreateLSN"),
    differentialBaseLsn: ifHeld(0x9e, 12, fixed.lsn, "DifferentialBaseLSN"),
    differentialBaseGuid: ifHeld(0xaa, 16, fixed.guid, "DifferentialBaseGUID"),
    uniqueId: ifHeld(0xba, 16, fixed.guid, "UniqueId") ?? undefined,
    tdeThumbprint: tdeThumbprintOf(fixed),
  });
}

/** Reads a field that older versions do not have: undefined where the fixed part ends before it. */
const readerOfHeld =
  (fixed: Cursor) =>
  <Value>(at: number, length: number, read: (at: number, field: string) => Value, field: string): Value | undefined =>
    fixed.holds(at, length) ? read(at, field) : undefined;

/** Up to the first of the texts that these ADDR fields point to. */
function fixedPartOf(record: Cursor, addresses: readonly number[]): Cursor {
  const starts = addresses
    .filter((at) => record.u16(at, "text size") > 0)
    .map((at) => record.u16(at + 2, "text offset"));
  return record.part(0, Math.min(record.length, ...starts), "fixed part");
}

function requiredText(record: Cursor, at: number, field: string): string {
  const text = textOf(record.addressed(at, field), UTF_16);
  if (text === undefined) throw record.error(at, field, "nothing");
  return text;
}

function requiredDate(record: Cursor, at: number, field: string): string {
  const date = record.date(at, field);
  if (!date) throw record.error(at, `${field}, a date`, date === null ? "zeros" : "no date");
  return date;
}

function requiredLsn(record: Cursor, at: number, field: string): Lsn {
  const lsn = record.lsn(at, field);
  if (lsn === null) throw record.error(at, field, "zeros");
  return lsn;
}
