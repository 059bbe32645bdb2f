// Lists the files that the fuzzer damages: every generated sample and broken file, and the real backups when they are
// there.
import { type BrokenBackupName, brokenBackup, brokenBackups } from "../../local/backups/brokenBackup.ts";
import { type SampleBackupName, sampleBackup, sampleBackups } from "../../local/backups/sampleBackups.ts";
import { containerOf } from "../../shared/backup/container/container.ts";
import { decodedLength, isDataRecord, lengthOfRecord, PADDING } from "../../shared/backup/container/containerRecord.ts";
import { decompressXpress } from "../../shared/backup/container/xpressHuffman.ts";
import { cursorOver } from "../../shared/backup/cursor.ts";
import { realBackup, realBackupFiles } from "../support/realBackups.ts";

/** A file, with the places in it that a reader relies on. */
export interface FuzzBase {
  readonly name: string;
  readonly bytes: Buffer;
  /** Offsets of the descriptor blocks. */
  readonly blocks: readonly number[];
  /** Compressed records that hold descriptor blocks. */
  readonly records: readonly CompressedRecord[];
}

export interface CompressedRecord {
  readonly at: number;
  /** Offset of the payload; its checksum is in the four bytes before it. */
  readonly payloadAt: number;
  readonly payloadSize: number;
  /** The type of a padding record in this container. */
  readonly paddingType: number;
  readonly plain: Buffer;
  readonly blocks: readonly number[];
}

/** The prefix of the names of real backups, which are not on every machine. */
export const REAL = "../shared/";

const BLOCK = /^(TAPE|SFMB|SSET|VOLB|MSCI|MSLS|ESET)$/;

/**
 * All bases by name: generated samples always, real backups only where they are. With `container` ("plain", "1", "2"),
 * those of that container only.
 */
export function fuzzBases(container?: string): readonly FuzzBase[] {
  const generated = (Object.keys(sampleBackups) as SampleBackupName[]).map((name) => baseOf(name, sampleBackup(name)));
  const broken = (Object.keys(brokenBackups) as BrokenBackupName[]).map((name) => baseOf(name, brokenBackup(name)));
  const real = realBackupFiles.map((file) => baseOf(`${REAL}${file}`, realBackup(file)));
  return [...generated, ...broken, ...real].filter(
    ({ bytes }) => container === undefined || container === versionOf(bytes),
  );
}

const versionOf = (bytes: Buffer): string => {
  if (bytes.length < 16 || bytes.toString("latin1", 0, 8) !== "MSSQLBAK") return "plain";
  return String(bytes.readUInt32LE(8));
};

function baseOf(name: string, content: Uint8Array): FuzzBase {
  const bytes = Buffer.from(content);
  const isKnown = ["1", "2"].includes(versionOf(bytes)) && bytes[0x0d] === 0;
  return { name, bytes, blocks: blocksIn(bytes), records: isKnown ? recordsIn(bytes) : [] };
}

const blocksIn = (bytes: Buffer): number[] => {
  const found = [];
  for (let at = 0; at + 52 <= bytes.length; at += 512)
    if (BLOCK.test(bytes.toString("latin1", at, at + 4))) found.push(at);
  return found;
};

function recordsIn(bytes: Buffer): CompressedRecord[] {
  const records: CompressedRecord[] = [];
  const cursor = cursorOver(bytes, { offset: 0, code: "NOT_A_BACKUP" });
  const container = containerOf(cursor);
  const starts = [container.firstRecord, ...blocksIn(bytes).map((at) => at + (bytes.readUInt16LE(at + 8) || 0x10000))];
  for (let at of starts)
    for (let next: number; isDataRecord(container, cursor, at); at = next) {
      next = at + lengthOfRecord(container, cursor, at);
      const payloadAt = at + container.recordHeader;
      const plain = decompressXpress(bytes.subarray(payloadAt, next), decodedLength(cursor, at));
      const blocks = plain instanceof Uint8Array ? blocksIn(Buffer.from(plain)) : [];
      if (plain instanceof Uint8Array && blocks.length > 0)
        records.push({
          at,
          payloadAt,
          payloadSize: next - payloadAt,
          paddingType: container.recordKind | PADDING,
          plain: Buffer.from(plain),
          blocks,
        });
    }
  return records;
}
