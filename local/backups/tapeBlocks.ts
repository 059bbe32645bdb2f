// What are the blocks that a backup file consists of? Microsoft Tape Format 1.00a, as SQL Server fills it.

import type { FilledSpec } from "./backupSpec.ts";
import { type DraftRecord, draftRecord } from "./draftRecord.ts";

/** Data that follow a descriptor block (MTF 1.00a, section 6: data streams). */
export interface Stream {
  readonly id: "RAID" | "MQCI" | "MQDA" | "MQTL" | "OTCP" | "TSMP" | "SPAD";
  readonly mediaAttributes?: number;
  readonly data: Uint8Array;
}

/** A descriptor block with its streams, not yet padded to where the next one starts. */
export interface TapeBlock {
  readonly descriptor: Uint8Array;
  readonly streams: readonly Stream[];
}

/** Where a block stands: 1024-byte logical blocks behind its set's SSET, and the how many-th block of the set it is. */
export interface Place {
  readonly logicalAddress: number;
  readonly controlBlockId: number;
}

const sqlServerVendor = 4608;
const nowhere: Place = { logicalAddress: 0, controlBlockId: 0 };
const streamHeaderLength = 22;

/** TAPE with the RAID stream: which file of which media set this is. */
export function tapeBlock(spec: FilledSpec): TapeBlock {
  const record = draftRecord(0x5e);
  record.u32(0x04, 0x30000);
  record.u32(0x34, familyId(spec));
  record.u32(0x38, 5);
  record.u16(0x3c, 1);
  record.u16(0x40, spec.blockSize / 512);
  record.u16(0x42, 3);
  record.u16(0x54, 1024);
  record.u16(0x56, sqlServerVendor);
  record.date(0x58, spec.backupStartDate);
  record.u8(0x5d, 1);
  record.text(0x50, "Microsoft SQL Server\0\0");
  const raid = draftRecord(32);
  raid.guid(0x00, spec.mediaSetId);
  raid.u32(0x10, 0xf00000ad);
  raid.u16(0x14, spec.familyCount);
  raid.u16(0x16, 1);
  raid.u16(0x18, spec.familySequenceNumber);
  raid.u16(0x1e, 1);
  return block("TAPE", record, nowhere, [{ id: "RAID", data: raid.finish() }]);
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
  record.u8(0x5f, spec.utcOffsetMinutes / 15);
  record.u8(0x61, 2);
  record.guid(0x64, spec.backupSetGuid);
  record.text(0x40, spec.backupName);
  record.text(0x44, spec.backupDescription);
  record.text(0x4c, spec.userName);
  return block("SSET", record, nowhere);
}

/** MTF 1.00a: bit 1 copy, bit 2 normal, bit 3 differential. */
const setAttributes = (spec: FilledSpec): number => (spec.backupType === 5 ? 8 : 4) | (spec.isCopyOnly ? 2 : 0);

/** VOLB: the volume that was backed up; SQL Server names the machine here. */
export function volume(spec: FilledSpec, place: Place): TapeBlock {
  const record = draftRecord(0x49);
  record.u32(0x34, 2);
  record.date(0x44, spec.backupStartDate);
  record.text(0x38, "C:");
  record.text(0x40, spec.serverName.split("\\")[0]);
  return block("VOLB", record, place);
}

/** MSCI before the data, MSLS behind them: the configuration in an MQCI stream. */
export const configurationBlock = (type: "MSCI" | "MSLS", data: Uint8Array, place: Place): TapeBlock =>
  block(type, draftRecord(0x38), place, [{ id: "MQCI", data }]);

/** MSDA: data pages. An empty stream of its own says that they end. */
export function dataPages(byteCount: number, place: Place): TapeBlock {
  const record = draftRecord(0x3c);
  record.u32(0x38, 0x10000);
  return block("MSDA", record, place, [
    { id: "MQDA", mediaAttributes: 2, data: new Uint8Array(2 + byteCount) },
    { id: "MQDA", mediaAttributes: 6, data: new Uint8Array(0) },
  ]);
}

/** MSTL: log records. Its fields say where in the virtual log file they stood, in bytes; an LSN's block counts 512 of them. */
export function logRecords(spec: FilledSpec, byteCount: number, place: Place): TapeBlock {
  const virtualLogFile = spec.lastLsn / 10n ** 15n;
  const start = 8192;
  const byteOf = (lsn: bigint) =>
    lsn / 10n ** 15n === virtualLogFile ? start + Number((lsn / 10n ** 5n) % 10n ** 10n) * 512 : start;
  const record = draftRecord(0x250);
  record.u32(0x38, 0x10000);
  record.u64(0x3c, byteOf(spec.firstLsn));
  record.u64(0x44, byteOf(spec.lastLsn));
  record.u32(0x4c, 2);
  record.u32(0x5c, Number(virtualLogFile));
  record.u64(0x68, start);
  return block("MSTL", record, place, [{ id: "MQTL", data: new Uint8Array(2 + byteCount) }]);
}

/** The first ESET, with the map of the sets on the medium (TSMP) that starts at the next boundary. */
export function endOfSet(spec: FilledSpec, setOffsets: readonly number[], boundary: number): TapeBlock {
  const record = endRecord(spec, setOffsets.length);
  const entries = setOffsets.map((offset, index) => mapEntry(spec, offset, index + 1));
  const head = draftRecord(8);
  head.u32(0, familyId(spec));
  head.u16(4, setOffsets.length);
  return block("ESET", record, nowhere, [
    { id: "OTCP", data: new Uint8Array(boundary - record.finish().length - streamHeaderLength) },
    { id: "TSMP", data: Buffer.concat([head.finish(), ...entries]) },
  ]);
}

/** The second ESET: points at the first. */
export function secondEndOfSet(spec: FilledSpec, position: number, firstEndOfSet: number): TapeBlock {
  const record = endRecord(spec, position);
  record.u64(0x3c, firstEndOfSet);
  return block("ESET", record, nowhere);
}

function endRecord(spec: FilledSpec, position: number): DraftRecord {
  const record = draftRecord(0x58);
  record.u32(0x34, setAttributes(spec));
  record.u16(0x4e, position);
  record.date(0x50, spec.backupStartDate);
  return record;
}

function mapEntry(spec: FilledSpec, offset: number, position: number): Uint8Array {
  const entry = draftRecord(114);
  entry.u16(0, 114);
  entry.u16(2, 1);
  entry.u32(8, setAttributes(spec));
  entry.u64(12, offset);
  entry.u16(28, position);
  return entry.finish();
}

/** SFMB: exactly one physical block, with the offsets of all earlier filemarks, newest first. */
export function filemark(blockSize: number, earlier: readonly number[]): Uint8Array {
  const record = draftRecord(blockSize);
  record.u32(0x04, 0x80000000);
  record.u32(0x34, (blockSize - 0x48) / 8);
  record.u32(0x38, earlier.length);
  record.u32(0x3c, 0x48);
  for (const [index, offset] of earlier.toReversed().entries()) record.u64(0x48 + 8 * index, offset);
  seal("SFMB", record, nowhere, blockSize % 0x10000, 0);
  return record.finish();
}

const utf16 = 2;

function block(type: string, record: DraftRecord, place: Place, streams: readonly Stream[] = []): TapeBlock {
  const isText = ["TAPE", "SSET", "VOLB", "MSCI", "MSLS"].includes(type);
  seal(type, record, place, align4(record.finish().length), isText ? utf16 : 0);
  return { descriptor: record.finish(), streams };
}

/** The common header (MTF 1.00a, MTF_DB_HDR) with its checksum: the exclusive or of the words before it. */
function seal(type: string, record: DraftRecord, place: Place, streamsOffset: number, stringType: number): void {
  record.letters(0x00, type);
  record.u16(0x08, streamsOffset);
  record.u8(0x0a, 14);
  record.u8(0x0b, 1);
  record.u64(0x14, place.logicalAddress);
  record.u32(0x24, place.controlBlockId);
  record.u8(0x30, stringType);
  record.u16(0x32, exclusiveOr(record.finish().subarray(0, 0x32)));
}

/** Block and streams as bytes. The last stream, SPAD, fills up to the next multiple of the boundary, counted from the block's own start plus `behind`. */
export function padded({ descriptor, streams }: TapeBlock, boundary: number, behind = 0): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const add = (part: Uint8Array) => {
    parts.push(part, new Uint8Array(align4(part.length) - part.length));
    length += align4(part.length);
  };
  add(descriptor);
  for (const stream of streams) add(streamBytes(stream));
  const end = Math.ceil((behind + length + streamHeaderLength) / boundary) * boundary;
  const padding = streamBytes({ id: "SPAD", data: new Uint8Array(end - behind - length - streamHeaderLength) });
  return Buffer.concat([...parts, padding]);
}

function streamBytes({ id, mediaAttributes = 0, data }: Stream): Uint8Array {
  const header = draftRecord(streamHeaderLength);
  header.letters(0, id);
  header.u16(6, mediaAttributes);
  header.u64(8, data.length);
  header.u16(20, exclusiveOr(header.finish().subarray(0, 20)));
  return Buffer.concat([header.finish(), data]);
}

function exclusiveOr(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum ^= view.getUint16(at, true);
  return sum;
}

const align4 = (length: number): number => Math.ceil(length / 4) * 4;
