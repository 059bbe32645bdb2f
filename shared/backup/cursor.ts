// Reads values from untrusted bytes: little-endian, by offset, never past the end (backup-format, section 0).
import { type BackupFormatCode, BackupFormatError } from "./backupFormatError.ts";
import { type Lsn, lsnOf } from "./lsn.ts";

/**
 * A stretch of bytes. Offsets count from its start; a read that does not fit, or finds nonsense, is a BackupFormatError
 * naming the field.
 */
export interface Cursor {
  readonly length: number;
  readonly bytes: Uint8Array;
  u8(at: number, field: string): number;
  i8(at: number, field: string): number;
  u16(at: number, field: string): number;
  u32(at: number, field: string): number;
  /** As a number: a value beyond 2^53 cannot be a size or an offset. */
  u64(at: number, field: string): number;
  /** Latin letters, such as a block's type. */
  letters(at: number, length: number, field: string): string;
  /** Upper case without braces; null when all zero. */
  guid(at: number, field: string): string | null;
  /** LSN10 and LSN12 differ in padding only; null when all zero. */
  lsn(at: number, field: string): Lsn | null;
  /** MDATE: the server's wall clock, "2025-11-24T21:45:00"; null when all zero, undefined when it is no date. */
  date(at: number, field: string): string | null | undefined;
  /** The bytes that an ADDR points to, counted from the start; undefined when it is empty. */
  addressed(at: number, field: string): Uint8Array | undefined;
  /** A part with offsets of its own. */
  part(at: number, length: number, field: string): Cursor;
  holds(at: number, length: number): boolean;
  /** To be thrown: what stands here contradicts the format. */
  error(at: number, expected: string, found: string, code?: BackupFormatCode): BackupFormatError;
}

/** Where the bytes come from, for messages. */
export interface Origin {
  /** Of the first byte in the file; for decompressed bytes, of the compressed record. */
  readonly offset: number;
  readonly isDecompressed?: boolean;
  /** What a contradiction in these bytes says about the file. */
  readonly code: BackupFormatCode;
}

export function cursorOver(bytes: Uint8Array, origin: Origin): Cursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const holds = (at: number, length: number): boolean => at >= 0 && length >= 0 && at + length <= bytes.length;
  const fileOffset = (at: number): number => (origin.isDecompressed ? origin.offset : origin.offset + at);
  const error: Cursor["error"] = (at, expected, found, code = origin.code) =>
    new BackupFormatError(code, { offset: fileOffset(Math.min(at, bytes.length)), expected, found });
  const check = (at: number, length: number, field: string): void => {
    if (!holds(at, length))
      throw error(
        at,
        `${field}, ${length} bytes`,
        `${Math.max(0, bytes.length - at)} bytes before the end of its record`,
      );
  };
  const u8 = (at: number, field: string): number => {
    check(at, 1, field);
    return view.getUint8(at);
  };
  const u16 = (at: number, field: string): number => {
    check(at, 2, field);
    return view.getUint16(at, true);
  };
  const u32 = (at: number, field: string): number => {
    check(at, 4, field);
    return view.getUint32(at, true);
  };
  const part = (at: number, length: number, field: string): Cursor => {
    check(at, length, field);
    return cursorOver(bytes.subarray(at, at + length), { ...origin, offset: fileOffset(at) });
  };
  return {
    length: bytes.length,
    bytes,
    holds,
    error,
    part,
    u8,
    u16,
    u32,
    i8(at, field) {
      check(at, 1, field);
      return view.getInt8(at);
    },
    u64(at, field) {
      check(at, 8, field);
      const value = view.getBigUint64(at, true);
      if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw error(at, `${field} below 2^53`, value.toString());
      return Number(value);
    },
    letters(at, length, field) {
      check(at, length, field);
      return String.fromCharCode(...bytes.subarray(at, at + length));
    },
    guid(at, field) {
      check(at, 16, field);
      return guidText(bytes.subarray(at, at + 16));
    },
    lsn(at, field) {
      check(at, 10, field);
      const lsn = lsnOf(view.getUint32(at, true), view.getUint32(at + 4, true), view.getUint16(at + 8, true));
      return lsn === 0n ? null : lsn;
    },
    date(at, field) {
      check(at, 5, field);
      return dateText(view.getUint8(at), view.getUint32(at + 1));
    },
    addressed(at, field) {
      const size = u16(at, field);
      const start = u16(at + 2, field);
      if (size === 0) return undefined;
      check(start, size, field);
      return bytes.subarray(start, start + size);
    },
  };
}

/** Microsoft's mixed order: the first three groups are little-endian. */
const GUID_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, "0"));

/** Two upper-case digits a byte. */
export const hexText = (bytes: Uint8Array): string => Array.from(bytes, (byte) => HEX[byte]).join("");

/**
 * Whether there are only zeros from `at` up to `end`. A loop: `every` with its callbacks would take long for hundreds
 * of bytes.
 */
export function isZero(bytes: Uint8Array, at: number, end: number): boolean {
  for (let next = at; next < end; next++) if (bytes[next] !== 0) return false;
  return true;
}

function guidText(bytes: Uint8Array): string | null {
  if (bytes.every((byte) => byte === 0)) return null;
  const hex = GUID_ORDER.map((from) => HEX[bytes[from] ?? 0]).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** 40 bits, big-endian: year 14, month 4, day 5, hour 5, minute 6, second 6. */
function dateText(high: number, low: number): string | null | undefined {
  if (high === 0 && low === 0) return null;
  const year = (high << 6) | (low >>> 26);
  const month = (low >>> 22) & 0xf;
  const day = (low >>> 17) & 0x1f;
  const hour = (low >>> 12) & 0x1f;
  const minute = (low >>> 6) & 0x3f;
  const second = low & 0x3f;
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

const UTF_16 = new TextDecoder("utf-16le");

/** Text that an ADDR points to: UTF-16 for string type 2 (the only one seen), Latin otherwise; trailing NULs go. */
export function textOf(bytes: Uint8Array | undefined, stringType: number): string | undefined {
  if (bytes === undefined) return undefined;
  const text =
    stringType === 2
      ? UTF_16.decode(bytes.subarray(0, bytes.length & ~1))
      : Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const trimmed = text.replace(/\0+$/, "");
  return trimmed === "" ? undefined : trimmed;
}
