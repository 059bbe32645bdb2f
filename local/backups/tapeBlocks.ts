// Which blocks does a backup file consist of, and what stands in them? As SQL Server fills the Microsoft Tape Format.
import { type FilledSpec, headerFlags, isDifferential } from "./backupSpec.ts";
import { type DraftRecord, draftRecord } from "./draftRecord.ts";
import { zeros } from "./pieces.ts";
import { logicalBlock, nowhere, type Place, type Stream, type TapeBlock, tapeBlockOf } from "./tapeFormat.ts";

const sqlServerVendor = 4608;
const pagePrefix = new Uint8Array(2);

/** TAPE with the RAID stream: which file of which media set this is. */
export function mediaHeader(spec: FilledSpec): TapeBlock {
  const record = draftRecord(0x5e);
  record.u32(0x04, 0x30000);
  record.u32(0x34, familyId(spec));
  record.u32(0x38, 5);
  record.u16(0x3c, 1);
  record.u16(0x40, spec.blockSize / 512);
  record.u16(0x42, 3);
  record.u16(0x54, logicalBlock);
  record.u16(0x56, sqlServerVendor);
  record.date(0x58, spec.backupStartDate);
  record.u8(0x5d, 1);
  record.text(0x44, spec.mediaName);
  record.text(0x48, spec.mediaDescription);
  // Not a password: eight characters, as long as the one that was seen.
  record.text(0x4c, spec.isPasswordProtected ? "********" : undefined);
  record.text(0x50, "Microsoft SQL Server\0\0");
  const raid = draftRecord(32);
  raid.guid(0x00, spec.mediaSetId);
  raid.u32(0x10, 0xf00000ad);
  raid.u16(0x14, spec.familyCount);
  raid.u16(0x16, spec.mirrorCount);
  raid.u16(0x18, spec.familySequenceNumber);
  raid.u16(0x1e, 1);
  return tapeBlockOf("TAPE", record, nowhere, [{ id: "RAID", data: [raid.finish()] }]);
}

/** The media family's number: each file of a media set has its own. */
const familyId = (spec: FilledSpec): number =>
  (Number.parseInt(spec.mediaSetId.slice(0, 8), 16) ^ spec.familySequenceNumber) >>> 0;

/** SSET: start of a backup set, at this absolute offset; position counts from 1. */
export function startOfSet(spec: FilledSpec, position: number, offset: number): TapeBlock {
  const record = draftRecord(0x7a);
  record.u16(0x2c, 21);
  record.u16(0x2e, 0x64);
  record.u32(0x34, setAttributes(spec));
  record.u16(0x3c, sqlServerVendor);
  record.u16(0x3e, position);
  record.u64(0x50, offset);
  record.date(0x58, spec.backupStartDate);
  record.u8(0x5d, spec.softwareVersion.major);
  record.u8(0x5e, spec.softwareVersion.minor);
  record.u8(0x5f, quarterHours(spec));
  record.u8(0x61, 2);
  record.guid(0x64, spec.backupSetGuid);
  record.date(0x74, spec.expirationDate);
  record.text(0x40, spec.backupName);
  record.text(0x44, spec.backupDescription);
  record.text(0x4c, spec.userName);
  return tapeBlockOf("SSET", record, nowhere);
}

/** The time zone as MTF counts it; 127 is unknown. */
const quarterHours = ({ utcOffsetMinutes }: FilledSpec): number =>
  utcOffsetMinutes === null ? 127 : utcOffsetMinutes / 15;

/** MTF 1.00a: bit 1 copy, bit 2 normal, bit 3 differential. */
const setAttributes = (spec: FilledSpec): number =>
  (isDifferential(spec.backupType) ? 8 : 4) | (spec.isCopyOnly ? 2 : 0);

/** VOLB: the volume that was backed up; SQL Server names the machine here. */
export function volume(spec: FilledSpec, place: Place): TapeBlock {
  const record = draftRecord(0x49);
  record.u32(0x34, 2);
  record.date(0x44, spec.backupStartDate);
  record.text(0x38, "C:");
  record.text(0x40, spec.machineName);
  return tapeBlockOf("VOLB", record, place);
}

/** MSCI before the data, MSLS behind them: the configuration in an MQCI stream. */
export const configurationBlock = (type: "MSCI" | "MSLS", data: Uint8Array, place: Place): TapeBlock =>
  tapeBlockOf(type, draftRecord(0x38), place, [{ id: "MQCI", data: [data] }]);

/** MSDA: data pages. An empty stream of its own says that they end. */
export function dataPages(spec: FilledSpec, byteCount: number, place: Place): TapeBlock {
  const record = draftRecord(0x3c);
  record.u32(0x38, 0x10000);
  return tapeBlockOf("MSDA", record, place, [
    ...dataStreams(spec, "MQDA", 2, byteCount),
    { id: "MQDA", mediaAttributes: 6, data: [] },
  ]);
}

/** MSTL: log records. Its fields say where in the virtual log file they stood, in bytes; an LSN's block counts 512 of them. */
export function logRecords(spec: FilledSpec, byteCount: number, place: Place): TapeBlock {
  const virtualLogFile = spec.lastLsn / 10n ** 15n;
  const start = 8192;
  const byteOf = (lsn: bigint) =>
    lsn / 10n ** 15n === virtualLogFile ? start + Number((lsn / 10n ** 5n) % 10n ** 10n) * 512 : start;
  const fixedLength = spec.softwareVersion.major < 11 ? 0x250 : 0x254;
  const record = draftRecord(fixedLength);
  record.u32(0x38, 0x10000);
  record.u64(0x3c, byteOf(spec.firstLsn));
  record.u64(0x44, byteOf(spec.lastLsn));
  record.u32(0x4c, 2);
  record.u16(0x50, fixedLength - 0x5c);
  record.u16(0x52, 0x5c);
  record.u32(0x5c, Number(virtualLogFile));
  record.u64(0x68, start);
  const isEmpty = spec.backupType === 2 && spec.firstLsn === spec.lastLsn;
  return tapeBlockOf("MSTL", record, place, isEmpty ? [] : dataStreams(spec, "MQTL", 0, byteCount));
}

/** WITH CHECKSUM adds a stream with the checksum, whose algorithm is not known: zero here. */
function dataStreams(spec: FilledSpec, id: "MQDA" | "MQTL", attributes: number, byteCount: number): Stream[] {
  const data = { id, data: [pagePrefix, zeros(byteCount)], isAligned: true };
  if ((spec.flags & headerFlags.hasBackupChecksums) === 0) return [{ ...data, mediaAttributes: attributes }];
  return [
    { ...data, mediaAttributes: attributes | 0x100 },
    { id: "CSUM", data: [zeros(4)] },
  ];
}

/** A set as the set map lists it. */
export interface MappedSet {
  readonly spec: FilledSpec;
  /** Of its SSET in the file. */
  readonly offset: number;
  /** Bytes from MSCI to the filemark. */
  readonly size: number;
}

/** The first ESET, with the map of the sets on the medium (TSMP), which starts at the next boundary. */
export function endOfSet(medium: FilledSpec, sets: readonly MappedSet[], boundary: number): TapeBlock {
  const position = sets.length;
  const { spec } = sets[position - 1] as MappedSet;
  const record = endRecord(spec, position);
  const head = draftRecord(8);
  head.u32(0, familyId(medium));
  head.u16(4, position);
  const upToMap = boundary - record.finish().length - 22;
  const map = [head.finish(), ...sets.flatMap((set, index) => [setEntry(set, index + 1), volumeEntry(set.spec)])];
  return tapeBlockOf("ESET", record, nowhere, [
    { id: "OTCP", data: [zeros(upToMap)] },
    { id: "TSMP", data: map },
  ]);
}

/** The second ESET: points at the first. */
export function secondEndOfSet(spec: FilledSpec, position: number, firstEndOfSet: number): TapeBlock {
  const record = endRecord(spec, position);
  record.u64(0x3c, firstEndOfSet);
  return tapeBlockOf("ESET", record, nowhere);
}

function endRecord(spec: FilledSpec, position: number): DraftRecord {
  const record = draftRecord(0x58);
  record.u32(0x34, setAttributes(spec));
  record.u16(0x4e, position);
  record.date(0x50, spec.backupStartDate);
  return record;
}

function setEntry({ spec, offset, size }: MappedSet, position: number): Uint8Array {
  const entry = draftRecord(0x5c);
  entry.u16(0x02, 1);
  entry.u32(0x08, setAttributes(spec));
  entry.u64(0x0c, offset);
  entry.u16(0x1e, position);
  entry.u64(0x34, size);
  entry.u16(0x3c, 1);
  entry.date(0x50, spec.backupStartDate);
  entry.u8(0x55, quarterHours(spec));
  osAndText(entry, 0x56);
  entry.u16(0x5a, 2);
  entry.text(0x40, spec.backupName);
  entry.text(0x44, spec.backupDescription);
  entry.text(0x4c, spec.userName);
  entry.u16(0x00, entry.finish().length);
  return entry.finish();
}

function volumeEntry(spec: FilledSpec): Uint8Array {
  const entry = draftRecord(0x3e);
  entry.letters(0x02, "VOLB");
  entry.u16(0x06, 1);
  entry.u64(0x0c, 1);
  osAndText(entry, 0x20);
  entry.u32(0x24, 2);
  entry.date(0x38, spec.backupStartDate);
  entry.text(0x28, "C:");
  entry.text(0x30, spec.machineName);
  entry.u16(0x00, entry.finish().length);
  return entry.finish();
}

/** Windows, version 1, texts in UTF-16. */
function osAndText(entry: DraftRecord, at: number): void {
  entry.u8(at, 14);
  entry.u8(at + 1, 1);
  entry.u8(at + 2, 2);
}
