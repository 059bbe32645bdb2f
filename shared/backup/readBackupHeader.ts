// What is in a backup file? Decides which ranges to fetch, in which order, and has them parsed (backup-format, sections 1 and 5).

import { BackupFormatError } from "./backupFormatError.ts";
import type { BackupHeader, BackupSetHeader, MediaLabel } from "./backupHeader.ts";
import { backupSetOf } from "./backupSet.ts";
import type { ByteSource } from "./byteSource.ts";
import { CONTAINER_HEADER, checkContainer, recordAt, recordsBefore } from "./compressedStream.ts";
import { type Cursor, cursorOver } from "./cursor.ts";
import { type FileRanges, fileRanges } from "./fileRanges.ts";
import { configurationOf } from "./sqlServerStream.ts";
import {
  blockAt,
  endOfBlock,
  type Filemark,
  filemarkAt,
  isBlock,
  machineNameOf,
  mediaLabelOf,
  startOfSetOf,
  streamsOf,
} from "./tapeFormat.ts";

const KIB = 1024;
const HEAD = 16 * KIB;
const TAIL = 32 * KIB;
/** Up to this block size the last 32 KiB hold the final configuration of an ordinary database. */
const LARGEST_BLOCK_IN_TAIL = 4096;
/** SSET and VOLB with the longest names, and the header of the configuration behind them. */
const START_OF_SET = 4 * KIB;
/** SQL Server allows 32,767 files in a database; each takes less than 2 KiB. */
const LONGEST_CONFIGURATION = 32_767 * 2 * KIB;
/** Descriptor block, stream headers and padding around the configuration. */
const AROUND_CONFIGURATION = 2 * KIB;
/** What four targeted reads may cost in all, less the other three. */
const TARGETED_TAIL = 43 * KIB;

const IN_HEAD = { code: "NOT_A_BACKUP" } as const;
const BEHIND_HEAD = { code: "TRUNCATED" } as const;

/** A file on its way: how its blocks are reached depends on the container. */
interface Medium {
  readonly ranges: FileRanges;
  readonly label: MediaLabel;
  /** The plain bytes from the SSET at `offset` on, to the MSCI at least. */
  startOfSet(offset: number): Promise<Cursor>;
  /** Plain bytes that end at the filemark, with the MSLS among them. */
  endOfSet(filemark: number, configurationLength: number): Promise<Cursor>;
}

/**
 * All that the file says about itself. Block sizes up to 4096: two reads of 16 and 32 KiB; larger: four, 64 KiB in all; one more
 * for a long list of files or for each further backup set. Throws BackupFormatError, or BackupChangedError from the source.
 */
export async function readBackupHeader(source: ByteSource): Promise<BackupHeader> {
  const ranges = fileRanges(source);
  const medium = await openMedium(ranges);
  const { blockSize } = medium.label;
  if (blockSize <= LARGEST_BLOCK_IN_TAIL) await ranges.at(Math.max(0, ranges.size - TAIL), TAIL);
  const filemarks = await filemarksOf(ranges, blockSize);
  const backupSets: BackupSetHeader[] = [];
  for (let first = 0; first + 1 < filemarks.length; first += 2) {
    const [before = 0, after = 0] = filemarks.slice(first, first + 2);
    backupSets.push(await readSet(medium, before + blockSize, after));
  }
  return { size: ranges.size, media: medium.label, backupSets };
}

async function openMedium(ranges: FileRanges): Promise<Medium> {
  if (ranges.size === 0)
    throw new BackupFormatError("ZERO_BYTES", { offset: 0, expected: "a backup", found: "an empty file" });
  const head = cursorOver(await ranges.at(0, HEAD), { ...IN_HEAD, offset: 0 });
  const isContainer = head.holds(0, 8) && head.letters(0, 8, "container") === "MSSQLBAK";
  if (!isContainer) {
    const tape = blockAt(head, 0, "TAPE");
    return plainMedium(ranges, mediaLabelOf(tape, false));
  }
  if (checkContainer(head).isEncrypted)
    throw new BackupFormatError("ENCRYPTED_MEDIA", {
      offset: 12,
      expected: "a backup without encryption",
      found: "WITH ENCRYPTION",
    });
  const tape = blockAt(await recordAt(ranges, CONTAINER_HEADER, IN_HEAD), 0, "TAPE");
  return compressedMedium(ranges, mediaLabelOf(tape, true));
}

const plainMedium = (ranges: FileRanges, label: MediaLabel): Medium => ({
  ranges,
  label,
  async startOfSet(offset) {
    await ranges.at(offset, START_OF_SET);
    return cursorOver(ranges.from(offset), { ...BEHIND_HEAD, offset });
  },
  async endOfSet(filemark, configurationLength) {
    const needed = Math.min(filemark, label.blockSize + configurationLength + AROUND_CONFIGURATION);
    for (const length of [ranges.heldBefore(filemark), Math.min(needed, TARGETED_TAIL), needed]) {
      const offset = filemark - length;
      const before = cursorOver(await ranges.at(offset, length), { ...BEHIND_HEAD, offset });
      if (length >= needed || finalConfigurationAt(before) !== undefined) return before;
    }
    throw new Error("unreachable");
  },
});

const compressedMedium = (ranges: FileRanges, label: MediaLabel): Medium => ({
  ranges,
  label,
  startOfSet: (offset) => recordAt(ranges, offset, BEHIND_HEAD),
  endOfSet: (filemark) => recordsBefore(ranges, filemark, BEHIND_HEAD),
});

/** Section 5: all filemarks but the closing one, oldest first: before and after the data of each set. */
async function filemarksOf(ranges: FileRanges, blockSize: number): Promise<readonly number[]> {
  const offset = Math.max(0, ranges.size - blockSize);
  const length = Math.min(blockSize, LARGEST_BLOCK_IN_TAIL);
  const cursor = cursorOver(await ranges.at(offset, length), { ...BEHIND_HEAD, offset });
  const { earlier }: Filemark = filemarkAt(cursor, 0, offset);
  if (earlier.length < 2 || earlier.length % 2 !== 0)
    throw cursor.error(0x38, "an even number of filemarks before the closing one", `${earlier.length}`);
  return earlier.toReversed();
}

async function readSet(medium: Medium, offset: number, filemark: number): Promise<BackupSetHeader> {
  const cursor = await medium.startOfSet(offset);
  const startBlock = blockAt(cursor, 0, "SSET");
  const volumeAt = nextBlock(cursor, 0, endOfBlock(startBlock));
  const volume = blockAt(cursor, volumeAt, "VOLB");
  const configurationLength = lengthOfConfiguration(cursor, nextBlock(cursor, volumeAt, endOfBlock(volume)));
  const end = await medium.endOfSet(filemark, configurationLength);
  const finalAt = finalConfigurationAt(end);
  if (finalAt === undefined) throw end.error(end.length, "the final configuration MSLS before the filemark", "none");
  return backupSetOf(
    startOfSetOf(startBlock),
    machineNameOf(volume),
    configurationOf(configurationStream(end, finalAt)),
  );
}

function nextBlock(cursor: Cursor, at: number, length: number | undefined): number {
  if (length === undefined) throw cursor.error(at, "padding up to the next block", "none");
  return at + length;
}

/** MSCI: the provisional configuration tells how long the final one will be. */
function lengthOfConfiguration(cursor: Cursor, at: number): number {
  const block = blockAt(cursor, at, "MSCI");
  const stream = streamsOf(block).find(({ id }) => id === "MQCI");
  if (!stream) throw cursor.error(at + block.streamsAt, "an MQCI stream", "none");
  if (stream.dataLength > LONGEST_CONFIGURATION)
    throw cursor.error(
      at + block.streamsAt,
      `a configuration of at most ${LONGEST_CONFIGURATION} bytes`,
      `${stream.dataLength}`,
    );
  return stream.dataLength;
}

/** MSLS is the last block before the filemark: searched backwards, its streams end exactly there. */
function finalConfigurationAt(end: Cursor): number | undefined {
  for (let at = end.length - 512; at >= 0; at -= 512)
    if (isBlock(end, at, "MSLS") && endOfBlock(blockAt(end, at, "MSLS")) === end.length - at) return at;
  return undefined;
}

function configurationStream(end: Cursor, at: number): Cursor {
  const block = blockAt(end, at, "MSLS");
  const stream = streamsOf(block).find(({ id }) => id === "MQCI");
  if (!stream) throw end.error(at + block.streamsAt, "an MQCI stream", "none");
  return block.cursor.part(stream.dataAt, stream.dataLength, "configuration");
}
