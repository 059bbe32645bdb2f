// Checks and decodes one record of a container: its checksum, then its payload, each record on its own
// (backup-format-additions, sections 1 and 6).
import { inflateRawSync, zstdDecompressSync } from "node:zlib";
import type { BackupFormatCode } from "../backupFormatError.ts";
import type { CompressionAlgorithm } from "../backupHeader.ts";
import { type Cursor, isZero } from "../cursor.ts";
import type { Container } from "./container.ts";
import { rotatedSum } from "./rotatedSum.ts";
import { decompressXpress, hasXpressTable } from "./xpressHuffman.ts";

/** The decoded size is counted in these. */
export const UNIT = 512;

const DATA = 0x01;
/** Bit of a type, beside the container's own. */
export const PADDING = 0x04;
const LAST_BEFORE_FILEMARK = 0x08;
const CHECKSUM = 4;
const BYTES_REPORTED = 8;

/** A record with data begins at `at`, as far as its first bytes tell. */
export const isDataRecord = ({ recordKind, recordHeader }: Container, records: Cursor, at: number): boolean =>
  records.holds(at, recordHeader) && records.bytes[at] === (recordKind | DATA) && records.bytes[at + 1] !== 0;

/** What fills up to a filemark begins at `at`. */
export const isPaddingRecord = ({ recordKind }: Container, records: Cursor, at: number): boolean =>
  records.holds(at, 1) && ((records.bytes[at] ?? 0) & ~LAST_BEFORE_FILEMARK) === (recordKind | PADDING);

/** Bytes from the record at `at` to the next one. */
export const lengthOfRecord = ({ recordHeader }: Container, records: Cursor, at: number): number =>
  recordHeader + records.u16(at + 2, "payload size");

/** Bytes that the record's payload has, decoded. */
export const decodedLength = (records: Cursor, at: number): number => UNIT * records.u8(at + 1, "decoded size");

/** Whether there is a payload, and it is what it was when it was written. */
export function hasItsChecksum({ recordHeader }: Container, records: Cursor, at: number): boolean {
  const payloadSize = records.u16(at + 2, "payload size");
  if (payloadSize === 0 || !records.holds(at + recordHeader, payloadSize)) return false;
  const payload = records.bytes.subarray(at + recordHeader, at + recordHeader + payloadSize);
  return rotatedSum(payload) === records.u32(at + recordHeader - CHECKSUM, "checksum of the record");
}

export interface Decoded {
  readonly bytes: Uint8Array;
  readonly algorithm: CompressionAlgorithm;
}

/**
 * What it means when decoded bytes are not laid out as the tape format is: of MS_XPRESS, that the record's header or
 * what was compressed is damaged; of an algorithm that is a guess, that the guess was wrong.
 */
export const codeOfContent = (algorithm: CompressionAlgorithm): BackupFormatCode =>
  algorithm === "MS_XPRESS" ? "CHECKSUM_MISMATCH" : "UNSUPPORTED_COMPRESSION";

/**
 * The decoded bytes of the record at `at`. UNSUPPORTED_COMPRESSION when its payload is whole and no known algorithm's;
 * CHECKSUM_MISMATCH when it does not have its checksum, or is MS_XPRESS and does not fit the record's header, which has
 * no checksum of its own. With the cursor's code where nothing was written, or the record is cut off.
 */
export function decodedRecord(container: Container, records: Cursor, at: number): Decoded {
  const { recordHeader } = container;
  const size = records.u16(at + 2, "payload size");
  const start = at + recordHeader;
  if (!records.holds(start, size) || isZero(records.bytes, at, start))
    throw records.error(at, "a record with data", described(container, records, at));
  const payload = records.bytes.subarray(start, start + size);
  if (!hasItsChecksum(container, records, at))
    throw records.error(
      at,
      `a payload with the checksum ${hex8(records.u32(start - CHECKSUM, "checksum of the record"))}`,
      `one with ${hex8(rotatedSum(payload))}`,
      "CHECKSUM_MISMATCH",
    );
  const decoded = isDataRecord(container, records, at)
    ? decode(payload, decodedLength(records, at))
    : "no data, by type and size";
  if (typeof decoded !== "string") return decoded;
  const found = `${decoded}: ${described(container, records, at)}`;
  throw hasXpressTable(payload)
    ? records.error(at, "a record header that fits its payload", found, "CHECKSUM_MISMATCH")
    : records.error(at, "data compressed with MS_XPRESS", found, "UNSUPPORTED_COMPRESSION");
}

/** Zstandard's frames begin so. */
const ZSTANDARD = [0x28, 0xb5, 0x2f, 0xfd];

/**
 * MS_XPRESS where the payload begins with its table. ZSTD (SQL Server 2025) and QAT_DEFLATE (2022) are guesses, of
 * which no file has been seen: right only when exactly as many bytes come of it as the record says, and blocks with
 * their checksums stand in them. What is wrong in words, when none fits.
 */
function decode(payload: Uint8Array, length: number): Decoded | string {
  const plain = decompressXpress(payload, length);
  if (plain instanceof Uint8Array) return { bytes: plain, algorithm: "MS_XPRESS" };
  if (!plain.isOtherAlgorithm) return plain.fault;
  const isZstandard = ZSTANDARD.every((byte, at) => payload[at] === byte);
  const [algorithm, decompress] = isZstandard
    ? (["ZSTD", zstdDecompressSync] as const)
    : (["QAT_DEFLATE", inflateRawSync] as const);
  const bytes = decompressedBy(decompress, payload, length);
  return bytes?.length === length ? { bytes, algorithm } : plain.fault;
}

/** zlib says what it does not understand by an exception. */
function decompressedBy(
  decompress: typeof zstdDecompressSync | typeof inflateRawSync,
  payload: Uint8Array,
  length: number,
): Uint8Array | undefined {
  try {
    return decompress(payload, { maxOutputLength: length });
  } catch {
    return undefined;
  }
}

/** Version, flags, type and first bytes: what has to be known to support one more algorithm. */
function described({ version, flags, recordHeader }: Container, records: Cursor, at: number): string {
  const [type, units] = [records.u8(at, "record type"), records.u8(at + 1, "decoded size")];
  const first = Array.from(records.bytes.subarray(at + recordHeader, at + recordHeader + BYTES_REPORTED), hex2);
  const container = `container version ${version}, flags 0x${flags.toString(16)}`;
  return `${container}, record type 0x${hex2(type)} of ${units} units, beginning ${first.join(" ")}`;
}

const hex2 = (value: number): string => value.toString(16).padStart(2, "0");
const hex8 = (value: number): string => `0x${value.toString(16).padStart(8, "0")}`;
