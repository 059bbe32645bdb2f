// Reads a backup file's header: decides which ranges to fetch, in which order, and has them parsed (backup-format,
// sections 1 and 5).
import { BackupFormatError, type ProvedSpan } from "./backupFormatError.ts";
import type { BackupHeader, BackupSetHeader, MediaLabel, Tde } from "./backupHeader.ts";
import type { ByteSource } from "./byteSource.ts";
import { finalCompressedBlock, recordAt, type SetPlace } from "./container/compressedStream.ts";
import { type Container, containerOf } from "./container/container.ts";
import { describeEncrypted, encryptedMediaOf, isEncrypted } from "./container/encryptedMedia.ts";
import { type Cursor, cursorOver } from "./cursor.ts";
import { type FileRanges, fileRanges } from "./fileRanges.ts";
import { describeForeign } from "./foreignFormat.ts";
import { backupSetOf } from "./tape/backupSet.ts";
import { closedFileOf, filemarksOf, firstFilemarkIn, TAIL } from "./tape/filemarks.ts";
import { configurationOf, provedSpanOf } from "./tape/sqlServerStream.ts";
import {
  blockAt,
  configurationStreamOf,
  endOfBlock,
  lastBlockBefore,
  machineNameOf,
  mediaLabelOf,
  startOfSetOf,
  type TapeBlock,
} from "./tape/tapeFormat.ts";
import { isEncryptedPage, PAGE, PAGE_HEADER, secondPageIn, tdeOf } from "./tape/tde.ts";

const KIB = 1024;
const HEAD = 16 * KIB;
/** What is read of every file, and first: a source that has it at hand saves a read. */
export const FIRST_BYTES = HEAD;
/** Up to this block size the last 32 KiB hold the final configuration of an ordinary database. */
const LARGEST_BLOCK_IN_TAIL = 4096;
/** SSET and VOLB with the longest names, and the header of the configuration behind them. */
const START_OF_SET = 4 * KIB;
/** SQL Server allows 32,767 files in a database; each takes less than 2 KiB. */
const LONGEST_CONFIGURATION = 32_767 * 2 * KIB;
/** Descriptor block, stream headers and padding around the configuration. */
const AROUND_CONFIGURATION = 2 * KIB;
/** The last records of a compressed set, and the locator. */
const END_OF_SET = 20 * KIB;
/** Larger blocks: what is left of 64 KiB after the head, the closing filemark and a start of set. */
const TARGETED_END = 43 * KIB;
/**
 * The end of one set and the start of the next are fetched together when they lie this close, and as many sets more as
 * lie in it.
 */
const ONE_READ = 128 * KIB;

const CUT_OFF = { code: "TRUNCATED" } as const;

/** Is shown the final configuration of each set that was read: for what is not understood of it. */
export type Look = (configuration: Cursor) => void;

/** A file whose label is known; how its blocks are reached depends on the container. */
interface Medium {
  readonly ranges: FileRanges;
  readonly label: MediaLabel;
  /** The plain bytes from the SSET at `offset` on, at least up to the header of the configuration. */
  startOfSet(offset: number): Promise<Cursor>;
  /** The block with the final configuration, undefined when it is not there. */
  finalBlock(set: SetPlace): Promise<TapeBlock | undefined>;
}

/**
 * All that the file says about itself. Block sizes up to 4096: two reads, 48 KiB; larger: four, 64 KiB. One more for a
 * long list of files, for each further backup set that does not lie in what was read for the one before, for a last
 * block of 65,536 bytes that is not laid out as expected, and where it is not clear whether there is TDE. Throws
 * BackupFormatError because of what the file holds, and what the source throws.
 */
export async function readBackupHeader(source: ByteSource, look: Look = () => {}): Promise<BackupHeader> {
  const ranges = fileRanges(source);
  const medium = await openMedium(ranges);
  try {
    return await readSets(medium, look);
  } catch (error) {
    if (!(error instanceof BackupFormatError)) throw error;
    const { code, offset, expected, found } = error;
    throw new BackupFormatError(
      code,
      { offset, expected, found, provedSpan: await spanByHead(medium) },
      error.encrypted,
    );
  }
}

async function readSets(medium: Medium, look: Look): Promise<BackupHeader> {
  const { ranges } = medium;
  const { blockSize } = medium.label;
  if (blockSize <= LARGEST_BLOCK_IN_TAIL) await ranges.at(Math.max(0, ranges.size - TAIL), TAIL);
  const filemarks = await filemarksOf(ranges, blockSize);
  const backupSets: BackupSetHeader[] = [];
  for (let set = 0; set < filemarks.length; set += 2) {
    const [before = 0, behind = 0, ...later] = filemarks.slice(set);
    const nextStarts = later.filter((_, index) => index % 2 === 0).map((filemark) => filemark + blockSize);
    backupSets.push(await readSet(medium, before + blockSize, behind, nextStarts, look));
  }
  return { size: ranges.size, media: medium.label, backupSets };
}

/**
 * What the head of a backup that cannot be read proves of its first set: one more read at most, and none for usual
 * block sizes. How many sets there are is told by the closing filemark alone; without it, others may have followed.
 */
async function spanByHead(medium: Medium): Promise<ProvedSpan | undefined> {
  const { ranges, label, startOfSet } = medium;
  try {
    const filemark = firstFilemarkIn(ranges.from(0)) ?? label.blockSize;
    const cursor = await startOfSet(filemark + label.blockSize);
    const volumeAt = nextBlock(cursor, 0, endOfBlock(blockAt(cursor, 0, "SSET")));
    const provisionalAt = nextBlock(cursor, volumeAt, endOfBlock(blockAt(cursor, volumeAt, "VOLB")));
    const provisional = blockAt(cursor, provisionalAt, "MSCI");
    const { dataAt } = configurationStreamOf(provisional);
    const span = provedSpanOf(provisional.cursor.part(dataAt, provisional.cursor.length - dataAt, "configuration"));
    return span && (await holdsOneSet(medium)) ? { ...span, isOnlySet: true } : span;
  } catch (error) {
    if (error instanceof BackupFormatError) return undefined; // the head is broken as well: it proves nothing
    throw error;
  }
}

async function holdsOneSet({ ranges, label }: Medium): Promise<boolean> {
  try {
    return (await filemarksOf(ranges, label.blockSize)).length === 2;
  } catch (error) {
    if (error instanceof BackupFormatError) return false; // no filemark closes it
    throw error;
  }
}

async function openMedium(ranges: FileRanges): Promise<Medium> {
  if (ranges.size === 0)
    throw new BackupFormatError("ZERO_BYTES", { offset: 0, expected: "a backup", found: "an empty file" });
  const bytes = await ranges.at(0, ranges.size <= HEAD + TAIL ? ranges.size : HEAD);
  const place = { code: ranges.size < HEAD ? "TRUNCATED" : "NOT_A_BACKUP" } as const; // so short a file was cut off
  const head = cursorOver(bytes, { ...place, offset: 0 });
  if (beginsWith(bytes, "TAPE")) return plainMedium(ranges, mediaLabelOf(blockAt(head, 0, "TAPE"), false));
  if (!beginsWith(bytes, "MSSQLBAK")) throw foreign(ranges.size, bytes);
  const container = containerOf(head);
  if (isEncrypted(container)) throw await encryptedMedium(ranges, head, container);
  if (bytes.length <= container.firstRecord)
    throw head.error(bytes.length, "compressed records", "the end of the file");
  const { cursor, algorithm } = await recordAt(ranges, container, container.firstRecord, CUT_OFF);
  const label = mediaLabelOf(blockAt(cursor, 0, "TAPE"), true);
  return compressedMedium(ranges, container, { ...label, compressionAlgorithm: algorithm });
}

async function encryptedMedium(ranges: FileRanges, head: Cursor, container: Container): Promise<BackupFormatError> {
  const media = encryptedMediaOf(head, container, await closedFileOf(ranges));
  const found = describeEncrypted(media, ranges.size);
  const at = { offset: 0x0c, expected: "a backup whose header can be read", found };
  return new BackupFormatError("ENCRYPTED_MEDIA", at, media);
}

/** A file that is shorter than the word begins with as much of it as it has. */
const beginsWith = (bytes: Uint8Array, word: string): boolean =>
  bytes.subarray(0, word.length).every((byte, at) => byte === word.charCodeAt(at));

function foreign(size: number, head: Uint8Array): BackupFormatError {
  const isEmptyPageBlob = size % 512 === 0 && head.every((byte) => byte === 0);
  return new BackupFormatError(isEmptyPageBlob ? "STILL_WRITING" : "NOT_A_BACKUP", {
    offset: 0,
    expected: "TAPE or MSSQLBAK",
    found: describeForeign(head),
  });
}

const plainMedium = (ranges: FileRanges, label: MediaLabel): Medium => ({
  ranges,
  label,
  async startOfSet(offset) {
    await ranges.at(offset, START_OF_SET);
    return cursorOver(ranges.from(offset), { ...CUT_OFF, offset });
  },
  async finalBlock({ start, filemark, configurationLength }) {
    const inRange = async (from: number, length: number): Promise<TapeBlock | undefined> => {
      const cursor = cursorOver(await ranges.at(from, length), { ...CUT_OFF, offset: from });
      return lastBlockBefore(cursor, filemark - from, "MSLS");
    };
    const least = configurationLength + AROUND_CONFIGURATION;
    const from = Math.max(start, filemark - label.blockSize - least);
    const held = ranges.heldBefore(filemark);
    const nearest =
      held > 0 ? await inRange(filemark - held, held) : await inRange(...targetedRange(from, filemark, least));
    const lastBlock = Math.max(from, filemark - label.blockSize);
    return nearest ?? (await inRange(lastBlock, filemark - lastBlock)) ?? inRange(from, filemark - from);
  },
});

/**
 * Of what may hold the final configuration, the part where it most likely is. Page and log data end at a block
 * boundary, and some small blocks follow; so in a block of 65,536 bytes it is near the start, with much padding behind
 * it.
 */
function targetedRange(from: number, filemark: number, least: number): [from: number, length: number] {
  const length = filemark - from;
  if (length <= TARGETED_END || least > TARGETED_END / 2) return [from, length];
  return length - least > TARGETED_END ? [from + least, TARGETED_END] : [filemark - TARGETED_END, TARGETED_END];
}

const compressedMedium = (ranges: FileRanges, container: Container, label: MediaLabel): Medium => ({
  ranges,
  label,
  async startOfSet(offset) {
    await ranges.at(offset, START_OF_SET);
    return (await recordAt(ranges, container, offset, CUT_OFF)).cursor;
  },
  async finalBlock(set) {
    if (label.blockSize > LARGEST_BLOCK_IN_TAIL) {
      const from = Math.max(set.start, set.filemark - TARGETED_END);
      await ranges.at(from, set.filemark - from);
    }
    return finalCompressedBlock(ranges, container, set, CUT_OFF);
  },
});

/** The set from the SSET at `offset` to its filemark; `nextStarts` are where later sets start. */
async function readSet(
  medium: Medium,
  offset: number,
  filemark: number,
  nextStarts: readonly number[],
  look: Look,
): Promise<BackupSetHeader> {
  const cursor = await medium.startOfSet(offset);
  const start = blockAt(cursor, 0, "SSET");
  const volumeAt = nextBlock(cursor, 0, endOfBlock(start));
  const volume = blockAt(cursor, volumeAt, "VOLB");
  const provisionalAt = nextBlock(cursor, volumeAt, endOfBlock(volume));
  const provisional = blockAt(cursor, provisionalAt, "MSCI");
  const { dataLength } = configurationStreamOf(provisional);
  if (dataLength > LONGEST_CONFIGURATION)
    throw cursor.error(provisionalAt, `a configuration of at most ${LONGEST_CONFIGURATION} bytes`, `${dataLength}`);
  if (nextStarts.length > 0) await fetchTogether(medium, filemark, dataLength, nextStarts);
  const final = await medium.finalBlock({ start: offset, filemark, configurationLength: dataLength });
  if (!final)
    throw new BackupFormatError("TRUNCATED", {
      offset: filemark,
      expected: "the final configuration (MSLS) right before the filemark",
      found: "none",
    });
  const stream = configurationStreamOf(final);
  const records = final.cursor.part(stream.dataAt, stream.dataLength, "configuration");
  const configuration = configurationOf(records);
  look(records);
  const byFiles = tdeOf(configuration.files);
  const dataAt = provisionalAt + (endOfBlock(provisional) ?? 0);
  const tde = (await isEncryptedByPage(medium, byFiles, offset, cursor, dataAt))
    ? ({ state: "encrypted" } as const)
    : byFiles;
  return backupSetOf(medium.label, startOfSetOf(start), machineNameOf(volume), configuration, tde);
}

/**
 * The second sign of TDE, after the thumbprints in the file list: looked at where it is at hand, fetched where those
 * are not understood.
 */
async function isEncryptedByPage(
  { ranges, label }: Medium,
  byFiles: Tde | undefined,
  start: number,
  cursor: Cursor,
  dataAt: number,
): Promise<boolean> {
  if (label.isCompressed || byFiles?.state === "encrypted") return false;
  if (byFiles?.state !== "unknown" && !cursor.holds(dataAt, PAGE)) return false;
  const page = secondPageIn(cursor, dataAt);
  if (page === undefined) return false;
  const offset = start + page;
  if (byFiles?.state !== "unknown" && ranges.from(offset).length < PAGE_HEADER) return false;
  return isEncryptedPage(cursorOver(await ranges.at(offset, PAGE_HEADER), { ...CUT_OFF, offset }));
}

function nextBlock(cursor: Cursor, at: number, length: number | undefined): number {
  if (length === undefined) throw cursor.error(at, "padding up to the next block", "none");
  return at + length;
}

/** The end of this set and the start of the next, with as many whole sets behind it as one read may hold. */
async function fetchTogether(
  { ranges, label }: Medium,
  filemark: number,
  configurationLength: number,
  nextStarts: readonly number[],
): Promise<void> {
  const end = Math.max(END_OF_SET, label.blockSize + configurationLength + AROUND_CONFIGURATION);
  const from = Math.max(0, filemark - end);
  const to = nextStarts.map((start) => start + START_OF_SET).findLast((last) => last - from <= ONE_READ);
  if (to !== undefined) await ranges.at(from, to - from);
}
