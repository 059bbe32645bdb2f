// Reads the blocks of a tape: Microsoft Tape Format 1.00a as SQL Server fills it (backup-format, sections 2, 3 and 5).
import type { MediaLabel } from "../backupHeader.ts";
import { type Cursor, textOf } from "../cursor.ts";

const COMMON_HEADER = 52;
const STREAM_HEADER = 22;
/** Streams behind one descriptor block: SQL Server writes at most four. */
const MOST_STREAMS = 64;
/** Blocks begin at multiples of this. */
const SECTOR = 512;
const SQL_SERVER_VENDOR = 4608;
const SQL_SERVER = "Microsoft SQL Server";
/** BLOCKSIZE of BACKUP, bytes. */
export const BLOCK_SIZES: readonly number[] = [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];

/** A descriptor block: its fields, and where its streams begin. All offsets count from its start. */
export interface TapeBlock {
  readonly type: string;
  readonly cursor: Cursor;
  readonly streamsAt: number;
  readonly stringType: number;
}

/** Data behind a descriptor block. */
export interface TapeStream {
  readonly id: string;
  readonly dataAt: number;
  readonly dataLength: number;
}

/** True when four letters and a right checksum stand at `at`: cheap enough to search with. */
export function isBlock(cursor: Cursor, at: number, type: string): boolean {
  if (!cursor.holds(at, COMMON_HEADER)) return false;
  for (let letter = 0; letter < 4; letter++) if (cursor.bytes[at + letter] !== type.charCodeAt(letter)) return false;
  return exclusiveOr(cursor, at, 25) === cursor.u16(at + 0x32, "checksum");
}

/** Section 2, common header: the block of this type at `at`, with everything behind it that is at hand. */
export function blockAt(cursor: Cursor, at: number, type: string): TapeBlock {
  if (!isBlock(cursor, at, type)) throw cursor.error(at, `a ${type} block with its checksum`, described(cursor, at));
  const block = cursor.part(at, cursor.length - at, type);
  return {
    type,
    cursor: block,
    streamsAt: block.u16(0x08, "offset to first stream"),
    stringType: block.u8(0x30, "string type"),
  };
}

/** Section 2, stream header: up to and including SPAD, or to the first that begins beyond what is at hand. */
export function streamsOf({ cursor, streamsAt, type }: TapeBlock): readonly TapeStream[] {
  const streams: TapeStream[] = [];
  for (let at = streamsAt; cursor.holds(at, STREAM_HEADER) && streams.length < MOST_STREAMS; ) {
    if (exclusiveOr(cursor, at, 10) !== cursor.u16(at + 20, "checksum"))
      throw cursor.error(at, `a stream of ${type} with its checksum`, described(cursor, at));
    const stream = {
      id: cursor.letters(at, 4, "stream id"),
      dataAt: at + STREAM_HEADER,
      dataLength: cursor.u64(at + 8, "stream length"),
    };
    streams.push(stream);
    if (stream.id === "SPAD") break;
    at = align4(stream.dataAt + stream.dataLength);
  }
  return streams;
}

/** Where the next block begins: at the end of the padding. Undefined when that is not at hand. */
export function endOfBlock(block: TapeBlock): number | undefined {
  const last = streamsOf(block).at(-1);
  return last?.id === "SPAD" ? last.dataAt + last.dataLength : undefined;
}

/**
 * The last block before a filemark, if it is of this type: searched backwards, its streams end exactly where the
 * filemark stands, `end` bytes from here (section 5).
 */
export function lastBlockBefore(cursor: Cursor, end: number, type: string): TapeBlock | undefined {
  for (let at = end - SECTOR; at >= 0; at -= SECTOR) {
    if (!isBlock(cursor, at, type)) continue;
    const block = blockAt(cursor, at, type);
    if (endOfBlock(block) === end - at) return block;
  }
  return undefined;
}

/** Section 4: the stream of a block that holds the configuration. */
export function configurationStreamOf(block: TapeBlock): TapeStream {
  const stream = streamsOf(block).find(({ id }) => id === "MQCI");
  if (!stream) throw block.cursor.error(block.streamsAt, `an MQCI stream in ${block.type}`, "none");
  return stream;
}

/** Section 3, TAPE with its RAID stream: RESTORE LABELONLY. */
export function mediaLabelOf(block: TapeBlock, isCompressed: boolean): MediaLabel {
  const { cursor } = block;
  const text = (at: number, field: string) => textOf(cursor.addressed(at, field), block.stringType);
  const softwareName = text(0x50, "SoftwareName");
  const vendor = cursor.u16(0x56, "SoftwareVendorId");
  if (vendor !== SQL_SERVER_VENDOR || softwareName !== SQL_SERVER)
    throw cursor.error(
      0x56,
      `a medium of ${SQL_SERVER}, vendor ${SQL_SERVER_VENDOR}`,
      `${softwareName ?? "no name"}, vendor ${vendor}`,
      "NOT_A_BACKUP",
    );
  const raid = streamsOf(block).find(({ id }) => id === "RAID");
  if (!raid) throw cursor.error(block.streamsAt, "a RAID stream that names the media set", "none");
  const media = cursor.part(raid.dataAt, raid.dataLength, "RAID");
  const mediaSetId = media.guid(0x00, "MediaSetId");
  const familyCount = media.u16(0x14, "FamilyCount");
  const familySequenceNumber = media.u16(0x18, "FamilySequenceNumber");
  if (mediaSetId === null) throw media.error(0x00, "MediaSetId", "zeros");
  if (familySequenceNumber < 1 || familySequenceNumber > familyCount)
    throw media.error(0x18, `FamilySequenceNumber from 1 to FamilyCount ${familyCount}`, `${familySequenceNumber}`);
  const mediaName = text(0x44, "MediaName");
  const mediaDescription = text(0x48, "MediaDescription");
  const mediaDate = cursor.date(0x58, "MediaDate");
  return {
    mediaSetId,
    mediaFamilyId: `${hex8(cursor.u32(0x34, "MediaFamilyId"))}-0000-0000-0000-000000000000`,
    familyCount,
    familySequenceNumber,
    mediaSequenceNumber: cursor.u16(0x3c, "MediaSequenceNumber"),
    mirrorCount: media.u16(0x16, "MirrorCount"),
    ...(mediaName === undefined ? {} : { mediaName }),
    ...(mediaDescription === undefined ? {} : { mediaDescription }),
    softwareName,
    softwareVendorId: vendor,
    ...(mediaDate ? { mediaDate } : {}),
    isPasswordProtected: cursor.addressed(0x4c, "media password") !== undefined,
    isCompressed,
    blockSize: blockSizeOf(block),
  };
}

/** TAPE+0x40: the physical block size in bytes. */
function blockSizeOf({ cursor }: TapeBlock): number {
  const blockSize = 512 * cursor.u16(0x40, "block size / 512");
  if (!BLOCK_SIZES.includes(blockSize))
    throw cursor.error(0x40, "a block size, a power of two from 512 to 65536", `${blockSize}`);
  return blockSize;
}

/** Section 3, SSET: what the start of a backup set says. */
export interface StartOfSet {
  readonly attributes: number;
  readonly backupSetGuid: string;
  readonly position: number;
  readonly softwareVendorId: number;
  readonly backupName: string | undefined;
  readonly backupDescription: string | undefined;
  readonly userName: string | undefined;
  readonly expirationDate: string | null | undefined;
  readonly utcOffsetMinutes: number | undefined;
}

export function startOfSetOf(block: TapeBlock): StartOfSet {
  const { cursor } = block;
  const text = (at: number, field: string) => textOf(cursor.addressed(at, field), block.stringType);
  const systemSpecific = cursor.part(cursor.u16(0x2e, "OS data"), cursor.u16(0x2c, "OS data"), "OS data");
  const backupSetGuid = systemSpecific.guid(0, "BackupSetGUID");
  if (backupSetGuid === null) throw systemSpecific.error(0, "BackupSetGUID", "zeros");
  const quarterHours = cursor.i8(0x5f, "time zone");
  return {
    attributes: cursor.u32(0x34, "SSET attributes"),
    backupSetGuid,
    position: cursor.u16(0x3e, "Position"),
    softwareVendorId: cursor.u16(0x3c, "SoftwareVendorId"),
    backupName: text(0x40, "BackupName"),
    backupDescription: text(0x44, "BackupDescription"),
    userName: text(0x4c, "UserName"),
    expirationDate: systemSpecific.holds(16, 5) ? systemSpecific.date(16, "ExpirationDate") : undefined,
    utcOffsetMinutes: quarterHours === 127 ? undefined : quarterHours * 15,
  };
}

/** Section 3, VOLB: SQL Server names the machine here. */
export const machineNameOf = ({ cursor, stringType }: TapeBlock): string | undefined =>
  textOf(cursor.addressed(0x40, "MachineName"), stringType);

/**
 * Section 2, SFMB: the offsets of the filemarks before this one, newest first, and whether there was room for no more.
 */
export interface Filemark {
  readonly earlier: readonly number[];
  readonly isFull: boolean;
}

/** The filemark at `at`, whose own offset in the file is `offset`. */
export function filemarkAt(cursor: Cursor, at: number, offset: number): Filemark {
  const { cursor: mark } = blockAt(cursor, at, "SFMB");
  const { most, used, arrayAt } = entriesOf(mark);
  if (used > most || !mark.holds(arrayAt, 8 * used))
    throw mark.error(0x38, `at most ${most} entries inside the block`, `${used}`);
  const earlier = Array.from({ length: used }, (_, index) => mark.u64(arrayAt + 8 * index, "offset of a filemark"));
  for (const [index, one] of earlier.entries())
    if (one >= (earlier[index - 1] ?? offset) || one % SECTOR !== 0)
      throw mark.error(arrayAt + 8 * index, "the offset of an earlier filemark", `${one}`);
  return { earlier, isFull: used === most };
}

/** Bytes of a filemark up to its last entry; behind it there are only zeros. */
export function lengthOfFilemark(cursor: Cursor, at: number): number {
  const { used, arrayAt } = entriesOf(cursor.part(at, cursor.length - at, "SFMB"));
  return arrayAt + 8 * used;
}

const ATTRIBUTE_NEW_LAYOUT = 0x80000000;

/** SQL Server 2005 begins the array where later versions say where it begins (section 10). */
function entriesOf(mark: Cursor): { readonly most: number; readonly used: number; readonly arrayAt: number } {
  const isOld = mark.u32(0x04, "attributes") < ATTRIBUTE_NEW_LAYOUT;
  return {
    most: mark.u32(0x34, "most entries"),
    used: mark.u32(0x38, "used entries"),
    arrayAt: isOld ? 0x3c : mark.u32(0x3c, "offset of the array"),
  };
}

const align4 = (length: number): number => Math.ceil(length / 4) * 4;

const hex8 = (value: number): string => value.toString(16).toUpperCase().padStart(8, "0");

function exclusiveOr(cursor: Cursor, at: number, words: number): number {
  let sum = 0;
  for (let word = 0; word < words; word++) sum ^= cursor.u16(at + 2 * word, "checksummed words");
  return sum;
}

/** Four letters, or what stands there instead. */
function described(cursor: Cursor, at: number): string {
  if (!cursor.holds(at, 4)) return "the end";
  const letters = cursor.letters(at, 4, "block type");
  if (/^[A-Z]{4}$/.test(letters)) return `${letters} with a wrong checksum`;
  const digits = Array.from(cursor.bytes.subarray(at, at + 4), (byte) => byte.toString(16).padStart(2, "0"));
  return `bytes ${digits.join(" ")}`;
}
