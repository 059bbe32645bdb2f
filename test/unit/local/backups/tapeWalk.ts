// Walks through a file block by block, for the writer's tests: a second implementation of the specification, which uses
// neither the header reader nor the writer.
import assert from "node:assert/strict";
import { decodeXpress } from "./decodeXpress.ts";

export interface Stream {
  readonly id: string;
  readonly mediaAttributes: number;
  readonly length: number;
  /** Offset of its data in the tape. */
  readonly at: number;
}

export interface Block {
  readonly type: string;
  readonly at: number;
  readonly end: number;
  readonly attributes: number;
  readonly logicalAddress: number;
  readonly controlBlockId: number;
  readonly streams: readonly Stream[];
}

/** Every block from the first byte to the last; fails on a checksum, a gap or a rest. */
export function walk(tape: Buffer): readonly Block[] {
  const blocks: Block[] = [];
  const blockSize = 512 * tape.readUInt16LE(0x40);
  for (let at = 0; at < tape.length; ) {
    const block = blockAt(tape, at, blockSize);
    blocks.push(block);
    at = block.end;
  }
  assert.equal(blocks.at(-1)?.end, tape.length);
  return blocks;
}

function blockAt(tape: Buffer, at: number, blockSize: number): Block {
  const type = tape.toString("latin1", at, at + 4);
  assert.equal(tape.readUInt16LE(at + 0x32), exclusiveOr(tape, at, 25), `checksum of ${type} at ${at}`);
  const common = {
    type,
    at,
    attributes: tape.readUInt32LE(at + 4),
    logicalAddress: Number(tape.readBigUInt64LE(at + 0x14)),
    controlBlockId: tape.readUInt32LE(at + 0x24),
  };
  if (type === "SFMB") return { ...common, streams: [], end: at + blockSize };
  const streams: Stream[] = [];
  let next = at + tape.readUInt16LE(at + 8);
  while (streams.at(-1)?.id !== "SPAD") {
    const id = tape.toString("latin1", next, next + 4);
    assert.equal(tape.readUInt16LE(next + 20), exclusiveOr(tape, next, 10), `checksum of stream ${id} at ${next}`);
    const length = Number(tape.readBigUInt64LE(next + 8));
    streams.push({ id, mediaAttributes: tape.readUInt16LE(next + 6), length, at: next + 22 });
    const end = next + 22 + length;
    next = id === "SPAD" ? end : end + ((4 - ((end - at) % 4)) % 4);
  }
  return { ...common, streams, end: next };
}

function exclusiveOr(tape: Buffer, at: number, words: number): number {
  let sum = 0;
  for (let word = 0; word < words; word++) sum ^= tape.readUInt16LE(at + 2 * word);
  return sum;
}

/** Offsets of the earlier filemarks in the SFMB at this place, newest first. */
export function filemarksIn(file: Buffer, at: number): readonly number[] {
  const isOldLayout = file.readUInt32LE(at + 4) < 0x80000000;
  const array = at + (isOldLayout ? 0x3c : file.readUInt32LE(at + 0x3c));
  return Array.from({ length: file.readUInt32LE(at + 0x38) }, (_, index) =>
    Number(file.readBigUInt64LE(array + 8 * index)),
  );
}

export interface ContainerRecord {
  /** Without the bit of the container's version: 0x01 is data, 0x04 padding, 0x0c the end of the data. */
  readonly kind: number;
  readonly at: number;
  /** Offset in the tape. */
  readonly logical: number;
  readonly units: number;
}

/** A container taken apart: its records, raw filemarks and locators, and the tape inside. */
export interface Unwrapped {
  readonly tape: Buffer;
  readonly records: readonly ContainerRecord[];
  readonly filemarks: readonly number[];
  readonly locators: readonly { readonly logical: number; readonly at: number }[][];
}

/** Decodes a record's payload to this many bytes. */
export type Decode = (payload: Buffer, length: number) => Uint8Array;

/** By version: the bit of every type, where the first record is, and bytes before a payload with its checksum. */
const layouts = [
  { version: 1, bit: 0x80, first: 0x10, header: 8 },
  { version: 2, bit: 0x20, first: 0x1e0, header: 28 },
];

/** Decodes every record of an MSSQLBAK file; fails where one does not follow the other, or has not its checksum. */
export function unwrap(file: Buffer, decode: Decode = decodeXpress): Unwrapped {
  assert.equal(file.toString("latin1", 0, 8), "MSSQLBAK");
  const layout = layouts.find(({ version }) => version === file.readUInt32LE(8));
  assert.ok(layout, "container version 1 or 2");
  const { bit, first, header } = layout;
  const parts: Uint8Array[] = [];
  const records: ContainerRecord[] = [];
  const filemarks: number[] = [];
  const locators: { logical: number; at: number }[][] = [];
  let [at, logical, blockSize] = [first, 0, 0];
  const add = (part: Uint8Array) => {
    if (logical === 0) blockSize = 512 * Buffer.from(part).readUInt16LE(0x40);
    parts.push(part);
    logical += part.length;
  };
  while (at < file.length) {
    const [kind, units, payload] = [file.readUInt8(at) - bit, file.readUInt8(at + 1), file.readUInt16LE(at + 2)];
    records.push({ kind, at, logical, units });
    if (kind === 0x01) {
      const stored = file.subarray(at + header, at + header + payload);
      assert.equal(file.readUInt32LE(at + header - 4), sumOf(stored), `checksum of the record at ${at}`);
      add(decode(stored, units * 512));
      at += header + payload;
      continue;
    }
    assert.ok(kind === 0x04 || kind === 0x0c, `record of kind ${kind} at ${at}`);
    let mark = at + header - 4 + payload;
    while (kind === 0x0c && file.toString("latin1", mark, mark + 4) !== "SFMB")
      mark = Math.floor(mark / blockSize) * blockSize + blockSize;
    assert.equal(mark % blockSize, 0, "padding ends where the filemark begins");
    if (kind === 0x0c) locators.push(locatorBefore(file, mark, at + header - 4));
    filemarks.push(mark);
    add(file.subarray(mark, mark + blockSize));
    at = mark + blockSize;
  }
  return { tape: Buffer.concat(parts), records, filemarks, locators };
}

function locatorBefore(file: Buffer, mark: number, expectedAt: number): { logical: number; at: number }[] {
  const at = mark - file.readUInt32LE(mark - 16 + 8);
  assert.equal(at, expectedAt, "the locator follows the record");
  assert.deepEqual(file.subarray(at, at + 16), file.subarray(mark - 16, mark), "the locator ends as it begins");
  const entries = file.subarray(at + 16, at + 16 + 16 * file.readUInt32LE(at + 4));
  assert.equal(file.readUInt32LE(at + 12), sumOf(entries), "checksum of the locator");
  return Array.from({ length: file.readUInt32LE(at + 4) }, (_, index) => ({
    logical: Number(file.readBigUInt64LE(at + 16 + 16 * index)),
    at: Number(file.readBigUInt64LE(at + 24 + 16 * index)),
  }));
}

/**
 * For each word: the sum so far is rotated left by one bit, then combined with the word by exclusive or. It uses
 * bigint, so as not to share an error with the code under test.
 */
function sumOf(bytes: Buffer): number {
  let sum = 0n;
  for (let at = 0; at < bytes.length; at += 4) {
    const word = Buffer.alloc(4);
    bytes.copy(word, 0, at, Math.min(at + 4, bytes.length));
    sum = ((sum * 2n) % 2n ** 32n) + sum / 2n ** 31n;
    sum ^= BigInt(word.readUInt32LE(0));
  }
  return Number(sum);
}
