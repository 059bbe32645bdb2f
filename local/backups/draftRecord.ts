// Lays down the values of a tape block or a configuration record: little-endian, by offset, texts behind the fixed
// part.
import type { Lsn } from "../../shared/backup/lsn.ts";

/** A record under construction. All offsets count from its start. */
export interface DraftRecord {
  u8(at: number, value: number): void;
  u16(at: number, value: number): void;
  u32(at: number, value: number): void;
  u64(at: number, value: number): void;
  /** Latin letters, such as a block's type. */
  letters(at: number, value: string): void;
  bytes(at: number, value: Uint8Array): void;
  /** All zero for null. */
  guid(at: number, value: string | null): void;
  /** Ten bytes: virtual log file, block, slot. All zero for null. */
  lsn(at: number, value: Lsn | null): void;
  /** MTF_DATE_TIME: five bytes, big-endian bit fields. All zero for null. */
  date(at: number, value: string | null): void;
  /** MTF_TAPE_ADDRESS: size and offset of UTF-16 text that is added at the end. */
  text(at: number, value: string | undefined): void;
  /** The record as it stands. */
  finish(): Uint8Array;
}

/** Starts a record whose fixed part is zeros. */
export function draftRecord(fixedLength: number): DraftRecord {
  let bytes = Buffer.alloc(fixedLength);
  const view = () => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    u8: (at, value) => view().setUint8(at, value),
    u16: (at, value) => view().setUint16(at, within16Bits(value), true),
    u32: (at, value) => view().setUint32(at, value, true),
    u64: (at, value) => view().setBigUint64(at, BigInt(value), true),
    letters: (at, value) => bytes.write(value, at, "latin1"),
    bytes: (at, value) => bytes.set(value, at),
    guid: (at, value) => bytes.set(guidBytes(value), at),
    lsn: (at, value) => bytes.set(lsnBytes(value ?? 0n), at),
    date: (at, value) => bytes.set(dateBytes(value), at),
    text: (at, value) => {
      if (!value) return;
      const text = Buffer.from(value, "utf16le");
      view().setUint16(at, within16Bits(text.length), true);
      view().setUint16(at + 2, within16Bits(bytes.length), true);
      bytes = Buffer.concat([bytes, text]);
    },
    finish: () => bytes,
  };
}

/** Lengths, offsets and counts: a DataView would cut off what does not fit. */
function within16Bits(value: number): number {
  if (value > 0xffff) throw new RangeError(`A backup has 16 bits for this number, found ${value}.`);
  return value;
}

/** Microsoft's mixed order: the first three groups are little-endian. */
function guidBytes(guid: string | null): Uint8Array {
  if (guid === null) return Buffer.alloc(16);
  const plain = Buffer.from(guid.replaceAll("-", ""), "hex");
  if (plain.length !== 16) throw new RangeError(`A GUID has 32 hexadecimal digits, found "${guid}".`);
  return Buffer.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map((from) => plain[from] ?? 0));
}

function lsnBytes(lsn: Lsn): Uint8Array {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt32LE(Number(lsn / 10n ** 15n), 0);
  bytes.writeUInt32LE(Number((lsn / 10n ** 5n) % 10n ** 10n), 4);
  bytes.writeUInt16LE(Number(lsn % 10n ** 5n), 8);
  return bytes;
}

/** 40 bits: year 14, month 4, day 5, hour 5, minute 6, second 6. */
function dateBytes(date: string | null): Uint8Array {
  if (date === null) return Buffer.alloc(5);
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(date);
  if (!parts) throw new RangeError(`A date looks like 2025-11-24T21:00:00, found "${date}".`);
  const [year = 0n, month = 0n, day = 0n, hour = 0n, minute = 0n, second = 0n] = parts.slice(1).map(BigInt);
  const bits = (year << 26n) | (month << 22n) | (day << 17n) | (hour << 12n) | (minute << 6n) | second;
  return Buffer.from(bits.toString(16).padStart(10, "0"), "hex");
}
