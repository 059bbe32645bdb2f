// Reads the last filemark: whether the file is complete, and how many backup sets it holds (backup-format, sections 2
// and 5).
import { BackupFormatError } from "../backupFormatError.ts";
import { type Cursor, cursorOver } from "../cursor.ts";
import type { FileRanges } from "../fileRanges.ts";
import { BLOCK_SIZES, type Filemark, filemarkAt, isBlock, lengthOfFilemark } from "./tapeFormat.ts";

/** What is read of the end before anything is known about it. */
export const TAIL = 32 * 1024;

const SECTOR = 512;
const IN_TAIL = { code: "TRUNCATED" } as const;

/**
 * The offsets of the filemarks around the data of each backup set: before and after the first, before and after the
 * second … A file without a closing filemark is TRUNCATED, or STILL_WRITING when it ends in nothing but zeros.
 */
export async function filemarksOf(ranges: FileRanges, blockSize: number): Promise<readonly number[]> {
  const offset = (await closingAt(ranges, blockSize)) ?? (await paddedClosing(ranges, blockSize));
  const mark = await filemark(ranges, offset, blockSize);
  const before = setsBefore(mark);
  if (before !== undefined) return before;
  throw new BackupFormatError("TRUNCATED", {
    offset,
    expected: "two filemarks for each backup set before the closing one",
    found: `${mark.earlier.length}`,
  });
}

/** Where the head of the file has its first filemark; undefined when there is none in it. */
export function firstFilemarkIn(head: Uint8Array): number | undefined {
  const cursor = cursorOver(head, { ...IN_TAIL, offset: 0 });
  for (let at = SECTOR; at < head.length; at += SECTOR) if (isBlock(cursor, at, "SFMB")) return at;
  return undefined;
}

/** What the filemarks of a complete file tell without anything else. */
export interface ClosedFile {
  readonly blockSize: number;
  readonly backupSetCount: number;
}

/** Section 7: of an encrypted file only the filemarks are readable. Undefined when none closes it. */
export async function closedFileOf(ranges: FileRanges): Promise<ClosedFile | undefined> {
  await ranges.at(Math.max(0, ranges.size - TAIL), TAIL);
  for (const blockSize of BLOCK_SIZES) {
    const offset = await closingAt(ranges, blockSize);
    if (offset === undefined) continue;
    const sets = setsBefore(await filemark(ranges, offset, blockSize));
    if (sets) return { blockSize, backupSetCount: sets.length / 2 };
  }
  return undefined;
}

/**
 * Oldest first. An odd number, or none, means that the last set has no end. Full (unverified): older ones were dropped,
 * the newest count.
 */
function setsBefore({ earlier, isFull }: Filemark): readonly number[] | undefined {
  const paired = isFull && earlier.length % 2 === 1 ? earlier.slice(0, -1) : earlier;
  return paired.length >= 2 && paired.length % 2 === 0 ? paired.toReversed() : undefined;
}

/** The file ends with a filemark of one physical block. */
async function closingAt(ranges: FileRanges, blockSize: number): Promise<number | undefined> {
  const offset = ranges.size - blockSize;
  if (offset < 0 || ranges.size % blockSize !== 0) return undefined;
  return isBlock(await cursorAt(ranges, offset, SECTOR), 0, "SFMB") ? offset : undefined;
}

/** Section 5: page blobs may carry zeros behind the closing filemark. */
async function paddedClosing(ranges: FileRanges, blockSize: number): Promise<number> {
  const start = Math.max(0, ranges.size - TAIL);
  const tail = await cursorAt(ranges, start, TAIL);
  const used = tail.bytes.findLastIndex((byte) => byte !== 0) + 1;
  const end = start + used;
  const mayBePadded = ranges.size % SECTOR === 0;
  if (used === 0 && mayBePadded)
    throw new BackupFormatError("STILL_WRITING", { offset: start, expected: "a filemark at the end", found: "zeros" });
  for (let at = Math.floor((used - 1) / SECTOR) * SECTOR; mayBePadded && at >= 0; at -= SECTOR)
    if (isBlock(tail, at, "SFMB") && at + lengthOfFilemark(tail, at) >= used && start + at + blockSize <= ranges.size)
      return start + at;
  throw new BackupFormatError("TRUNCATED", {
    offset: end,
    expected: `a filemark (SFMB) in the last ${blockSize} bytes`,
    found: end === ranges.size ? "other data up to the end" : `other data, then ${ranges.size - end} zeros`,
  });
}

async function filemark(ranges: FileRanges, offset: number, blockSize: number): Promise<Filemark> {
  const length = lengthOfFilemark(await cursorAt(ranges, offset, SECTOR), 0);
  return filemarkAt(await cursorAt(ranges, offset, Math.min(length, blockSize)), 0, offset);
}

const cursorAt = async (ranges: FileRanges, offset: number, length: number): Promise<Cursor> =>
  cursorOver(await ranges.at(offset, length), { ...IN_TAIL, offset });
