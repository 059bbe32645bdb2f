// Writes what SQL Server says about database, filegroups and files: the SCIN, SFGI and SFIN records of an MQCI stream.

import { type FilledSpec, isDifferential } from "./backupSpec.ts";
import { keyDescriptor } from "./container.ts";
import { type DraftRecord, draftRecord } from "./draftRecord.ts";

/** The letters of msdb's backupset.type. Seen in samples: D, L, I. */
const typeLetters = { 1: "D", 2: "L", 4: "F", 5: "I", 6: "G", 7: "P", 8: "Q" } as const;
const pageSize = 8192;
/** HEADERONLY Flags that no column shows: every backup has 512, every differential 2048. */
const alwaysSet = 512;
const setByDifferentials = 2048;
const copyOnlyFlag = 1024;
/** In a data file's record. Inferred: no file of a database with TDE was seen. */
const tdeDescriptorAt = 0x1e4;

/**
 * Written twice: provisionally before the data, and finally behind them, where alone finish date, sizes and LSNs are
 * true.
 */
export type Edition = "provisional" | "final";

/** Bytes of the set as it was written, before and after compression. */
export interface SetSizes {
  readonly backupSize: number;
  readonly compressedBackupSize: number;
}

/** The records of one backup set. */
export function configuration(spec: FilledSpec, edition: Edition, sizes: SetSizes): Uint8Array {
  const fileCount = spec.fileGroups.reduce((sum, { files }) => sum + files.length, 0);
  let fileId = 0;
  // File 2 is the log, as CREATE DATABASE gives it: data files are 1, 3, 4 and so on.
  const nextFileId = () => (fileId = fileId === 1 ? 3 : fileId + 1);
  const groups = spec.fileGroups.flatMap(({ name, files }, index) => [
    fileGroup(spec, name, index + 1),
    ...files.map((file) => dataFile(spec, edition, { ...file, fileGroupId: index + 1, fileId: nextFileId() })),
  ]);
  const unknown = spec.hasUnknownRecord ? [tagged("S???", draftRecord(0x40))] : [];
  return Buffer.concat([database(spec, edition, sizes, fileCount), ...groups, logFile(spec, edition), ...unknown]);
}

function database(spec: FilledSpec, edition: Edition, sizes: SetSizes, dataFileCount: number): Uint8Array {
  const { major, minor, build, databaseVersion, compatibilityLevel } = spec.softwareVersion;
  const record = draftRecord(databaseRecordLength(major));
  record.u32(0x08, flagsOf(spec));
  record.u32(0x0c, dataFileCount);
  record.u32(0x10, 1);
  record.u16(0x18, build);
  record.u8(0x1a, minor);
  record.u8(0x1b, major);
  positions(record, spec, edition);
  record.date(0x48, spec.databaseCreationDate);
  record.date(0x4d, spec.backupStartDate);
  record.date(0x52, edition === "final" ? spec.backupFinishDate : null);
  record.letters(0x57, typeLetters[spec.backupType]);
  record.u8(0x58, 52);
  record.u8(0x5b, compatibilityLevel);
  record.u16(0x5c, 5);
  record.u16(0x5e, databaseVersion);
  record.u64(0x60, sizes.backupSize);
  record.u32(0x74, 1033);
  record.u32(0x78, 196609);
  record.u32(0xd8, 0x00d00409);
  record.u32(0xdc, 52);
  record.u32(0xf0, 0x10000);
  record.u32(0xf4, 0x10000 | { FULL: 0, "BULK-LOGGED": 4, SIMPLE: 8 }[spec.recoveryModel]);
  if (major > 9) record.u64(0x158, sizes.compressedBackupSize);
  identities(record, spec);
  record.text(0x68, spec.databaseName);
  record.text(0x6c, spec.serverName);
  return tagged("SCIN", record);
}

/** It has grown over the versions: 2005, 2008, 2012. */
const databaseRecordLength = (major: number): number => (major < 10 ? 0x158 : major < 11 ? 0x16c : 0x190);
const fileRecordLength = (major: number): number => (major < 10 ? 0x190 : major < 11 ? 0x400 : 0x404);

const flagsOf = (spec: FilledSpec): number =>
  spec.flags |
  alwaysSet |
  (isDifferential(spec.backupType) ? setByDifferentials : 0) |
  (spec.isCopyOnly ? copyOnlyFlag : 0);

/** Full, file and partial backups: what later differentials refer to. */
const holdsWholeFiles = ({ backupType }: FilledSpec): boolean => backupType !== 2 && !isDifferential(backupType);

const lsnsOf = (spec: FilledSpec, edition: Edition) => (edition === "final" ? spec : spec.provisional);

/** What a differential refers to; null for everything else. */
const differentialBase = (spec: FilledSpec) => (isDifferential(spec.backupType) ? spec.databaseBackup : null);

function positions(record: DraftRecord, spec: FilledSpec, edition: Edition): void {
  const { firstLsn, lastLsn, checkpointLsn } = lsnsOf(spec, edition);
  record.lsn(0x20, firstLsn);
  record.lsn(0x2a, lastLsn);
  record.lsn(0x34, checkpointLsn);
  record.lsn(0x3e, spec.databaseBackup?.checkpointLsn ?? null);
  record.lsn(0x90, lastLsn);
  record.lsn(0xac, spec.fork?.pointLsn ?? null);
  record.lsn(0xf8, spec.logChainStartLsn);
  record.lsn(0x104, differentialBase(spec)?.checkpointLsn ?? null);
  record.lsn(0x130, spec.fork?.pointLsn ?? null);
  record.lsn(0x14c, spec.backupType === 2 ? firstLsn : spec.lastLogBackupLsn);
}

function identities(record: DraftRecord, spec: FilledSpec): void {
  record.guid(0x7c, spec.bindingId);
  record.guid(0x9c, spec.recoveryForkId);
  record.guid(0xb8, spec.fork?.previousForkId ?? null);
  record.guid(0xc8, spec.databaseBackup?.backupSetGuid ?? null);
  record.guid(0xe0, spec.familyGuid);
  record.guid(0x110, differentialBase(spec)?.backupSetGuid ?? null);
  record.guid(0x13c, spec.fork?.previousForkId ?? null);
}

function fileGroup(spec: FilledSpec, name: string, id: number): Uint8Array {
  const record = draftRecord(spec.softwareVersion.major < 11 ? 0x30 : 0xe0);
  record.u32(0x08, 16);
  record.u32(0x0c, id);
  record.u32(0x14, 1);
  record.text(0x10, name);
  return tagged("SFGI", record);
}

/** One row of FILELISTONLY. */
interface FileEntry {
  readonly logicalName: string;
  readonly physicalName: string;
  readonly fileGroupId: number;
  readonly fileId: number;
}

function dataFile(spec: FilledSpec, edition: Edition, file: FileEntry): Uint8Array {
  const record = databaseFile(spec, edition, file, 1);
  // A log backup lists every file and holds pages of none; the pages here are all the first file's.
  const pages = spec.backupType !== 2 && file.fileId === 1 ? Math.ceil(spec.payloadBytes / pageSize) : 0;
  const isItsOwnBase = holdsWholeFiles(spec) && !spec.isCopyOnly && edition === "final";
  const base = isItsOwnBase ? spec : spec.databaseBackup;
  record.u32(0x18, pages);
  record.u64(0x56, 35_184_372_080_640);
  record.lsn(0x9e, base?.checkpointLsn ?? null);
  record.guid(0xaa, base?.backupSetGuid ?? null);
  record.u64(0xfa, edition === "final" ? pages * pageSize : 0);
  if (spec.tdeThumbprint !== null) record.bytes(tdeDescriptorAt, keyDescriptor(spec.tdeThumbprint));
  if (spec.hasUnknownTde) record.u32(tdeDescriptorAt, 0x21);
  return tagged("SFIN", record);
}

function logFile(spec: FilledSpec, edition: Edition): Uint8Array {
  const logicalName = `${spec.databaseName}_log`;
  const physicalName = `D:\\Data\\${logicalName}.ldf`;
  const record = databaseFile(spec, edition, { logicalName, physicalName, fileGroupId: 0, fileId: 2 }, 2);
  record.u64(0x56, 2_199_023_255_552);
  return tagged("SFIN", record);
}

/** What data (kind 1) and log files (kind 2) have in common. */
function databaseFile(spec: FilledSpec, edition: Edition, file: FileEntry, kind: 1 | 2): DraftRecord {
  const { firstLsn, lastLsn, checkpointLsn } = lsnsOf(spec, edition);
  const record = draftRecord(fileRecordLength(spec.softwareVersion.major));
  record.u32(0x08, 4);
  record.u32(0x10, pageSize);
  record.u32(0x14, file.fileId);
  record.u32(0x1c, kind);
  record.u32(0x20, 512);
  record.u32(0x24, file.fileGroupId);
  record.u64(0x28, Math.max(8 * 2 ** 20, Math.ceil(spec.payloadBytes / 2 ** 20) * 2 ** 20));
  record.u32(0x5e, 64 * 2 ** 20);
  record.guid(0xba, `${spec.familyGuid.slice(0, 28)}${file.fileId.toString(16).toUpperCase().padStart(8, "0")}`);
  record.lsn(0xca, firstLsn);
  record.lsn(0xda, lastLsn);
  record.lsn(0xea, checkpointLsn);
  record.text(0x30, file.logicalName);
  record.text(0x34, file.physicalName);
  return record;
}

function tagged(tag: "SCIN" | "SFGI" | "SFIN" | "S???", record: DraftRecord): Uint8Array {
  record.letters(0x00, tag);
  record.u32(0x04, record.finish().length);
  return record.finish();
}
