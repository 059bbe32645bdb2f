// What does SQL Server write about database, filegroups and files into a backup? The data of an MQCI stream: SCIN, SFGI, SFIN records.

import type { FilledSpec } from "./backupSpec.ts";
import { type DraftRecord, draftRecord } from "./draftRecord.ts";

const typeLetters = { 1: "D", 2: "L", 5: "I" } as const;
const pageSize = 8192;
/** HEADERONLY Flags that no column shows: every backup has 512, every differential 2048. */
const alwaysSet = 512;
const setByDifferentials = 2048;
export const copyOnlyFlag = 1024;

/** Written twice: provisionally before the data, and finally behind them, where alone finish date, sizes and LSNs are true. */
export type Edition = "provisional" | "final";

/** The records of one backup set; backupSize in bytes. */
export function configuration(spec: FilledSpec, edition: Edition, backupSize: number): Uint8Array {
  const dataFiles = Array.from({ length: spec.dataFileCount }, (_, index) => dataFile(spec, edition, index));
  return Buffer.concat([database(spec, edition, backupSize), fileGroup(spec), ...dataFiles, logFile(spec)]);
}

function database(spec: FilledSpec, edition: Edition, backupSize: number): Uint8Array {
  const { major, minor, build, databaseVersion, compatibilityLevel } = spec.softwareVersion;
  const record = draftRecord(major < 11 ? 0x16c : 0x190);
  record.u32(
    0x08,
    spec.flags | alwaysSet | (spec.backupType === 5 ? setByDifferentials : 0) | (spec.isCopyOnly ? copyOnlyFlag : 0),
  );
  record.u32(0x0c, spec.dataFileCount);
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
  record.u64(0x60, backupSize);
  record.u32(0x74, 1033);
  record.u32(0x78, 196609);
  record.u32(0xd8, 0x00d00409);
  record.u32(0xdc, 52);
  record.u32(0xf4, 0x10000 | { FULL: 0, "BULK-LOGGED": 4, SIMPLE: 8 }[spec.recoveryModel]);
  record.u64(0x158, backupSize);
  identities(record, spec);
  record.text(0x68, spec.databaseName);
  record.text(0x6c, spec.serverName);
  return tagged("SCIN", record);
}

function positions(record: DraftRecord, spec: FilledSpec, edition: Edition): void {
  const { firstLsn, lastLsn, checkpointLsn } = edition === "final" ? spec : spec.provisional;
  record.lsn(0x20, firstLsn);
  record.lsn(0x2a, lastLsn);
  record.lsn(0x34, checkpointLsn);
  record.lsn(0x3e, spec.databaseBackup?.checkpointLsn ?? null);
  record.lsn(0x90, lastLsn);
  record.lsn(0xac, spec.fork?.pointLsn ?? null);
  record.lsn(0xf8, spec.logChainStartLsn);
  record.lsn(0x104, spec.backupType === 5 ? (spec.databaseBackup?.checkpointLsn ?? null) : null);
  record.lsn(0x130, spec.fork?.pointLsn ?? null);
  record.lsn(0x14c, spec.backupType === 2 ? firstLsn : spec.lastLogBackupLsn);
}

function identities(record: DraftRecord, spec: FilledSpec): void {
  record.guid(0x7c, spec.bindingId);
  record.guid(0x9c, spec.recoveryForkId);
  record.guid(0xb8, spec.fork?.previousForkId ?? null);
  record.guid(0xc8, spec.databaseBackup?.backupSetGuid ?? null);
  record.guid(0xe0, spec.familyGuid);
  record.guid(0x110, spec.backupType === 5 ? (spec.databaseBackup?.backupSetGuid ?? null) : null);
  record.guid(0x13c, spec.fork?.previousForkId ?? null);
}

function fileGroup(spec: FilledSpec): Uint8Array {
  const record = draftRecord(spec.softwareVersion.major < 11 ? 0x30 : 0xe0);
  record.u32(0x08, 16);
  record.u32(0x0c, 1);
  record.u32(0x14, 1);
  record.text(0x10, "PRIMARY");
  return tagged("SFGI", record);
}

function dataFile(spec: FilledSpec, edition: Edition, index: number): Uint8Array {
  const name = index === 0 ? spec.databaseName : `${spec.databaseName}_${index + 1}`;
  const record = databaseFile(spec, {
    name,
    extension: index === 0 ? "mdf" : "ndf",
    kind: 1,
    fileId: index === 0 ? 1 : index + 2,
  });
  const pages = spec.backupType !== 2 && index === 0 ? Math.ceil(spec.payloadBytes / pageSize) : 0;
  const isItsOwnBase = spec.backupType === 1 && !spec.isCopyOnly && edition === "final";
  const base = isItsOwnBase ? spec : spec.databaseBackup;
  record.u32(0x18, pages);
  record.u32(0x24, 1);
  record.u64(0x56, 35_184_372_080_640);
  record.lsn(0x9e, base?.checkpointLsn ?? null);
  record.guid(0xaa, base?.backupSetGuid ?? null);
  record.u64(0xfa, edition === "final" ? pages * pageSize : 0);
  return tagged("SFIN", record);
}

function logFile(spec: FilledSpec): Uint8Array {
  const record = databaseFile(spec, { name: `${spec.databaseName}_log`, extension: "ldf", kind: 2, fileId: 2 });
  record.u64(0x56, 2_199_023_255_552);
  return tagged("SFIN", record);
}

/** What data and log files have in common. The file id 2 is the log's, as CREATE DATABASE gives it. */
function databaseFile(
  spec: FilledSpec,
  { name, extension, kind, fileId }: { name: string; extension: string; kind: 1 | 2; fileId: number },
): DraftRecord {
  const record = draftRecord(0x404);
  record.u32(0x08, 4);
  record.u32(0x10, pageSize);
  record.u32(0x14, fileId);
  record.u32(0x1c, kind);
  record.u32(0x20, 512);
  record.u64(0x28, Math.max(8 * 2 ** 20, Math.ceil(spec.payloadBytes / 2 ** 20) * 2 ** 20));
  record.u32(0x5e, 64 * 2 ** 20);
  record.guid(0xba, `${spec.familyGuid.slice(0, 28)}${fileId.toString(16).toUpperCase().padStart(8, "0")}`);
  record.text(0x30, name);
  record.text(0x34, `D:\\Data\\${name}.${extension}`);
  return record;
}

function tagged(tag: "SCIN" | "SFGI" | "SFIN", record: DraftRecord): Uint8Array {
  record.letters(0x00, tag);
  record.u32(0x04, record.finish().length);
  return record.finish();
}
