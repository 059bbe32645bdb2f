// Turns the records of a compressed backup that matter into a plain tape again (backup-format, section 6, and
// additions, section 1).

import { type Cursor, cursorOver, type Origin } from "../cursor.ts";
import type { FileRanges } from "../fileRanges.ts";
import { joined } from "../joined.ts";
import { lastBlockBefore, type TapeBlock } from "../tape/tapeFormat.ts";
import type { Container } from "./container.ts";
import {
  codeOfContent,
  type Decoded,
  decodedLength,
  decodedRecord,
  hasItsChecksum,
  isDataRecord,
  isPaddingRecord,
  lengthOfRecord,
  UNIT,
} from "./containerRecord.ts";
import { rotatedSum } from "./rotatedSum.ts";

const LOCATOR_MARK = 0x00010001;
const LOCATOR_ENTRY = 16;
/** What is fetched before a locator: the last records of an ordinary database take some 4 KiB. */
const LAST_RECORDS = 8 * 1024;
const MOST_SEARCHED = 1024 * 1024;
/**
 * A final configuration may be longer than the provisional one, and shares its records of 64 KiB with what is before
 * it.
 */
const SLACK = 256 * 1024;

/** Origin of bytes behind the head. */
type Place = Omit<Origin, "offset" | "isDecompressed">;

/** The decoded record at `offset`; `place` is for what is missing of it. */
export async function recordAt(
  ranges: FileRanges,
  container: Container,
  offset: number,
  place: Place,
): Promise<Pick<Decoded, "algorithm"> & { readonly cursor: Cursor }> {
  const header = cursorOver(await ranges.at(offset, container.recordHeader), { ...place, offset });
  const length = lengthOfRecord(container, header, 0);
  const record = cursorOver(await ranges.at(offset, length), { ...place, offset });
  const { bytes, algorithm } = decodedRecord(container, record, 0);
  return { cursor: cursorOver(bytes, { code: codeOfContent(algorithm), offset, isDecompressed: true }), algorithm };
}

/** Where a backup set lies, and how long its configuration was at first. */
export interface SetPlace {
  readonly start: number;
  readonly filemark: number;
  readonly configurationLength: number;
}

/**
 * The final configuration's block, from the set's last records: those from the one on that the locator before the
 * filemark names, or that a search finds. Undefined when it is not there.
 */
export async function finalCompressedBlock(
  ranges: FileRanges,
  container: Container,
  set: SetPlace,
  place: Place,
): Promise<TapeBlock | undefined> {
  const most = set.configurationLength + SLACK;
  const { end, record } = await locatorOf(ranges, set, place);
  if (record !== undefined && end - record <= most) {
    const located = cursorOver(await ranges.at(record, end - record), { code: "CHECKSUM_MISMATCH", offset: record });
    const block = finalBlockIn(container, located, 0, { offset: record, most });
    if (block) return block;
  }
  const start = Math.max(set.start, end - LAST_RECORDS - Math.min(set.configurationLength, MOST_SEARCHED));
  const window = cursorOver(await ranges.at(start, end - start), { ...place, offset: start });
  const found = start === set.start ? 0 : searched(container, window);
  return found === undefined ? undefined : finalBlockIn(container, window, found, { offset: start + found, most });
}

/**
 * In the last of the records that follow each other from `at`, `offset` in the file, up to the padding: `most` decoded
 * bytes at most.
 */
function finalBlockIn(
  container: Container,
  records: Cursor,
  at: number,
  { offset, most }: { readonly offset: number; readonly most: number },
): TapeBlock | undefined {
  const chain: number[] = [];
  let end = at;
  for (; isDataRecord(container, records, end); end += lengthOfRecord(container, records, end)) chain.push(end);
  // Neither data nor padding is damage: decoding it says so.
  if (records.holds(end, 1) && !isPaddingRecord(container, records, end)) chain.push(end);
  const parts: Decoded[] = [];
  let length = 0;
  for (const next of chain.reverse()) {
    length += decodedLength(records, next);
    if (length > most) break;
    parts.push(decodedRecord(container, records, next));
  }
  const guessed = parts.find(({ algorithm }) => algorithm !== "MS_XPRESS")?.algorithm;
  const code = codeOfContent(guessed ?? "MS_XPRESS");
  const plain = cursorOver(joined(parts.reverse().map(({ bytes }) => bytes)), { code, offset, isDecompressed: true });
  const block = lastBlockBefore(plain, plain.length, "MSLS");
  if (block === undefined && guessed)
    throw plain.error(0, "the final configuration (MSLS)", `none, taken for ${guessed}`);
  return block;
}

/**
 * The locator ends at the filemark, is filled up to it, and repeats its first 16 bytes at its end. Each entry names the
 * record that follows a section of page or log data; blocks begin in it, in that of the last entry the final ones.
 * `end` is where the locator begins: records end before it.
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
  const entries = fetched.part(end - from + LOCATOR_ENTRY, LOCATOR_ENTRY * count, "entries of the locator");
  if (rotatedSum(entries.bytes) !== trailer.u32(12, "checksum of the locator"))
    throw entries.error(0, "a locator with its checksum", "another", "CHECKSUM_MISMATCH");
  const record = entries.u64(LOCATOR_ENTRY * (count - 1) + 8, "file offset of the last record");
  return record >= start && record < end ? { end, record } : { end };
}

/** Section 10: the first record from which others follow up to the padding, each with its checksum. */
function searched(container: Container, before: Cursor): number | undefined {
  const leadsToPadding = new Uint8Array(before.length);
  let first: number | undefined;
  for (let at = before.length - 1; at >= 0; at--) {
    if (!isDataRecord(container, before, at)) continue;
    const next = at + lengthOfRecord(container, before, at);
    if (leadsToPadding[next] !== 1 && !isPaddingRecord(container, before, next)) continue;
    if (!hasItsChecksum(container, before, at)) continue;
    leadsToPadding[at] = 1;
    first = at;
  }
  return first;
}
