// What does a backup file look like, byte by byte? A small, valid, uncompressed one, as BACKUP DATABASE and BACKUP LOG write it.
import { type BackupSpec, type FilledSpec, fillSpec } from "./backupSpec.ts";
import { configuration } from "./configuration.ts";
import {
  configurationBlock,
  dataPages,
  endOfSet,
  filemark,
  logRecords,
  type Place,
  padded,
  secondEndOfSet,
  startOfSet,
  type TapeBlock,
  tapeBlock,
  volume,
} from "./tapeBlocks.ts";

/** The unit in which blocks are addressed within a set, bytes (MTF 1.00a: format logical block). */
const logicalBlock = 1024;

/** The medium so far. */
interface Medium {
  readonly parts: Uint8Array[];
  length: number;
  readonly filemarks: number[];
  readonly setOffsets: number[];
}

/**
 * The bytes of one file: TAPE and, per backup set, SSET to the closing filemark. Further specs are appended sets (WITH NOINIT);
 * the medium follows the first. A RangeError tells of a spec that no backup could have.
 */
export function writeBackup(spec: BackupSpec, ...appended: readonly BackupSpec[]): Uint8Array {
  const first = fillSpec(spec);
  if (![512, 1024, 2048, 4096, 8192, 16384, 32768, 65536].includes(first.blockSize))
    throw new RangeError(`BLOCKSIZE is a power of two from 512 to 65536, found ${first.blockSize}.`);
  const medium: Medium = { parts: [], length: 0, filemarks: [], setOffsets: [] };
  add(medium, padded(tapeBlock(first), Math.max(first.blockSize, logicalBlock)));
  addFilemark(medium, first.blockSize);
  for (const set of [first, ...appended.map(fillSpec)]) addSet(medium, set, first.blockSize);
  return Buffer.concat(medium.parts);
}

function addSet(medium: Medium, spec: FilledSpec, blockSize: number): void {
  const setOffset = medium.length;
  medium.setOffsets.push(setOffset);
  const position = medium.setOffsets.length;
  const boundary = Math.max(blockSize, logicalBlock);
  let controlBlockId = 0;
  const addBlock = (build: (place: Place) => TapeBlock, upTo = logicalBlock) => {
    const behind = medium.length - setOffset;
    add(
      medium,
      padded(build({ logicalAddress: behind / logicalBlock, controlBlockId: controlBlockId++ }), upTo, behind),
    );
  };
  addBlock(() => startOfSet(spec, position, setOffset));
  addBlock((place) => volume(spec, place));
  addBlock((place) => configurationBlock("MSCI", configuration(spec, "provisional", spec.payloadBytes), place));
  if (spec.backupType !== 2) addBlock((place) => dataPages(spec.payloadBytes, place));
  addBlock((place) => logRecords(spec, spec.backupType === 2 ? spec.payloadBytes : 512, place));
  const backupSize = medium.length - setOffset;
  addBlock((place) => configurationBlock("MSLS", configuration(spec, "final", backupSize), place), boundary);
  addFilemark(medium, blockSize);
  const firstEnd = medium.length;
  add(medium, padded(endOfSet(spec, medium.setOffsets, boundary), boundary));
  add(medium, padded(secondEndOfSet(spec, position, firstEnd), boundary));
  addFilemark(medium, blockSize);
}

function addFilemark(medium: Medium, blockSize: number): void {
  const offset = medium.length;
  add(medium, filemark(blockSize, medium.filemarks));
  medium.filemarks.push(offset);
}

function add(medium: Medium, bytes: Uint8Array): void {
  medium.parts.push(bytes);
  medium.length += bytes.length;
}
