// How does a compressed backup become a plain tape again? The MSSQLBAK container of SQL Server 2014 and later (backup-format, section 6).
import { type Cursor, cursorOver, type Origin } from "./cursor.ts";
import type { FileRanges } from "./fileRanges.ts";
import { joined } from "./joined.ts";
import { lastBlockBefore, type TapeBlock } from "./tapeFormat.ts";
import { decompressXpress, isCompleteTable } from "./xpressHuffman.ts";

/** Where the first record begins. */
export const CONTAINER_HEADER = 0x1e0;

const FLAG_ENCRYPTED = 4;
/** Container of SQL Server 2014 and later; that of 2008 to 2012 has other records. */
const VERSION = 2;

/** Type bytes: a compressed record, and what stands before a filemark. */
const COMPRESSED = 0x21;
const PADDING = [0x24, 0x2c];
const RECORD_HEADER = 28;
/** The decompressed size is counted in these. */
const UNIT = 512;
const LOCATOR_MARK = 0x00010001;
const LOCATOR_ENTRY = 16;
/** What is fetched before a locator: the last records of an ordinary database take some 4 KiB. */
const LAST_RECORDS = 8 * 1024;
const MOST_SEARCHED = 1024 * 1024;
/** A final configuration may be longer than the provisional one, and shares its records of 64 KiB with what is before it. */
const SLACK = 256 * 1024;

/** Origin of bytes behind the head. */
type Place = Omit<Origin, "offset" | "isDecompressed">;

/** The container's header: an unknown version is UNSUPPORTED_COMPRESSION. */
export function isEncryptedContainer(head: Cursor): boolean {
  const version = head.u32(0x08, "container version");
  if (version !== VERSION)
    throw head.error(
      0x08,
      `container version ${VERSION}, SQL Server 2014 or later`,
      `version ${version}`,
      "UNSUPPORTED_COMPRESSION",
    );
  return (head.u32(0x0c, "container flags") & FLAG_ENCRYPTED) !== 0;
}

/** The decompressed bytes of the record at `offset`. */
export async function recordAt(ranges: FileRanges, offset: number, place: Place): Promise<Cursor> {
  const header = cursorOver(await ranges.at(offset, RECORD_HEADER), { ...place, offset });
  const length = RECORD_HEADER + payloadSizeOf(header, 0);
  return decompressed(cursorOver(await ranges.at(offset, length), { ...place, offset }), 0, offset, place);
}

/** Where a backup set lies, and how long its configuration was at first. */
export interface SetPlace {
  readonly start: number;
  readonly filemark: number;
  readonly configurationLength: number;
}

/**
 * The final configuration's block, from the set's last records: those from the one on that the locator before the filemark
 * names, or that a search finds. Undefined when it is not there.
 */
export async function finalCompressedBlock(
  ranges: FileRanges,
  set: SetPlace,
  place: Place,
): Promise<TapeBlock | undefined> {
  const most = set.configurationLength + SLACK;
  const { end, record } = await locatorOf(ranges, set, place);
  if (record !== undefined && end - record <= most) {
    const located = cursorOver(await ranges.at(record, end - record), { ...place, offset: record });
    const block = finalBlockIn(decompressedFrom(located, 0, record, most, place));
    if (block) return block;
  }
  const start = Math.max(set.start, end - LAST_RECORDS - Math.min(set.configurationLength, MOST_SEARCHED));
  const window = cursorOver(await ranges.at(start, end - start), { ...place, offset: start });
  const found = start === set.start ? 0 : searched(window);
  return found === undefined ? undefined : finalBlockIn(decompressedFrom(window, found, start, most, place));
}

const finalBlockIn = (plain: Cursor): TapeBlock | undefined => lastBlockBefore(plain, plain.length, "MSLS");

/** Of the records that follow each other from `at` on up to the padding: the last ones, `most` bytes at most. */
function decompressedFrom(records: Cursor, at: number, offset: number, most: number, place: Place): Cursor {
  const chain: number[] = [];
  for (let next = at; isCompressed(records, next); next = nextRecord(records, next)) chain.push(next);
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const next of chain.reverse()) {
    length += UNIT * records.u8(next + 1, "decompressed size");
    if (length > most) break;
    parts.push(decompressed(records, next, offset + next, place).bytes);
  }
  return cursorOver(joined(parts.reverse()), { ...place, offset: offset + at, isDecompressed: true });
}

/**
 * The locator ends at the filemark, is filled up to it, and repeats its first 16 bytes at its end; its last entry names the last
 * record that begins with a block. `end` is where it begins: records end before it.
 */
async function locatorOf(
  ranges: FileRanges,
  { start, filemark }: SetPlace,
  place: Place,
): Promise<{ readonly end: number; readonly record?: number }> {
  const sector = cursorOver(await ranges.at(filemark - UNIT, UNIT), { ...place, offset: filemark - UNIT });
  const trailer = sector.part(UNIT - LOCATOR_ENTRY, LOCATOR_ENTRY, "end of the locator");
  const count = trailer.u32(4, "entries of the locator");
  const length = trailer.u32(8, "length of the locator");
  const isLocator = trailer.u32(0, "locator") === LOCATOR_MARK && length >= LOCATOR_ENTRY * (count + 2);
  if (!isLocator || length > filemark - start) return { end: filemark };
  const end = filemark - length;
  if (count === 0) return { end };
  const from = Math.max(start, end - LAST_RECORDS);
  const fetched = cursorOver(await ranges.at(from, end + LOCATOR_ENTRY * (count + 1) - from), {
    ...place,
    offset: from,
  });
  const record = fetched.u64(end - from + LOCATOR_ENTRY * count + 8, "file offset of the last record");
  return record >= start && record < end ? { end, record } : { end };
}

/** Section 10: the first record that begins with a complete table, and from which others follow up to the padding. */
function searched(before: Cursor): number | undefined {
  for (let at = 0; before.holds(at, RECORD_HEADER); at++) {
    if (!isCompressed(before, at) || !isCompleteTable(before.bytes.subarray(at + RECORD_HEADER))) continue;
    let end = at;
    while (isCompressed(before, end)) end = nextRecord(before, end);
    if (before.holds(end, 1) && PADDING.includes(before.u8(end, "record type"))) return at;
  }
  return undefined;
}

const isCompressed = (records: Cursor, at: number): boolean =>
  records.holds(at, RECORD_HEADER) && records.bytes[at] === COMPRESSED && records.bytes[at + 1] !== 0;

const nextRecord = (records: Cursor, at: number): number => at + RECORD_HEADER + payloadSizeOf(records, at);

const payloadSizeOf = (records: Cursor, at: number): number => records.u16(at + 2, "payload size");

function decompressed(records: Cursor, at: number, offset: number, place: Place): Cursor {
  const type = records.u8(at, "record type");
  if (type !== COMPRESSED)
    throw records.error(at, "a compressed record, type 0x21", `type 0x${type.toString(16).padStart(2, "0")}`);
  const payload = records.part(at + RECORD_HEADER, payloadSizeOf(records, at), "compressed record");
  const result = decompressXpress(payload.bytes, UNIT * records.u8(at + 1, "decompressed size"));
  if (result instanceof Uint8Array) return cursorOver(result, { ...place, offset, isDecompressed: true });
  const code = result.isOtherAlgorithm ? "UNSUPPORTED_COMPRESSION" : place.code;
  throw records.error(at, "data compressed with MS_XPRESS", result.fault, code);
}
