// Which files does the fuzzer damage? Every generated sample and broken file, and the real backups when they are there.
import { type BrokenBackupName, brokenBackup, brokenBackups } from "../../local/backups/brokenBackup.ts";
import { type SampleBackupName, sampleBackup, sampleBackups } from "../../local/backups/sampleBackups.ts";
import { decompressXpress } from "../../shared/backup/xpressHuffman.ts";
import { expectedHeaders, realBackup } from "../support/realBackups.ts";

/** A file with the places in it that a reader believes. */
export interface FuzzBase {
  readonly name: string;
  readonly bytes: Buffer;
  /** Where descriptor blocks begin. */
  readonly blocks: readonly number[];
  /** Where compressed records begin that hold descriptor blocks. */
  readonly records: readonly CompressedRecord[];
}

export interface CompressedRecord {
  readonly at: number;
  readonly payloadSize: number;
  readonly plain: Buffer;
  readonly blocks: readonly number[];
}

/** Begins the names of real backups, which are not everywhere. */
export const REAL = "../shared/";

const BLOCK = /^(TAPE|SFMB|SSET|VOLB|MSCI|MSLS|ESET)$/;
const CONTAINER_HEADER = 0x1e0;

/** By name: generated samples always, real backups only where they are. */
export function fuzzBases(): readonly FuzzBase[] {
  const generated = (Object.keys(sampleBackups) as SampleBackupName[]).map((name) => baseOf(name, sampleBackup(name)));
  const broken = (Object.keys(brokenBackups) as BrokenBackupName[]).map((name) => baseOf(name, brokenBackup(name)));
  const real = expectedHeaders.map(({ file }) => baseOf(`${REAL}${file}`, realBackup(file)));
  return [...generated, ...broken, ...real];
}

function baseOf(name: string, content: Uint8Array): FuzzBase {
  const bytes = Buffer.from(content);
  return {
    name,
    bytes,
    blocks: blocksIn(bytes),
    records: bytes.toString("latin1", 0, 8) === "MSSQLBAK" ? recordsIn(bytes) : [],
  };
}

const blocksIn = (bytes: Buffer): number[] => {
  const found = [];
  for (let at = 0; at + 52 <= bytes.length; at += 512)
    if (BLOCK.test(bytes.toString("latin1", at, at + 4))) found.push(at);
  return found;
};

function recordsIn(bytes: Buffer): CompressedRecord[] {
  const records: CompressedRecord[] = [];
  const starts = [CONTAINER_HEADER, ...blocksIn(bytes).map((at) => at + (bytes.readUInt16LE(at + 8) || 0x10000))];
  for (let at of starts)
    while (at + 28 < bytes.length && bytes[at] === 0x21) {
      const payloadSize = bytes.readUInt16LE(at + 2);
      const plain = decompressXpress(bytes.subarray(at + 28, at + 28 + payloadSize), 512 * (bytes[at + 1] ?? 0));
      const blocks = plain instanceof Uint8Array ? blocksIn(Buffer.from(plain)) : [];
      if (plain instanceof Uint8Array && blocks.length > 0)
        records.push({ at, payloadSize, plain: Buffer.from(plain), blocks });
      at += 28 + payloadSize;
    }
  return records;
}
