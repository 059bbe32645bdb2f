// Damages a backup so that a reader gets far into it: lengths, offsets and counts change, and checksums are repaired.
import { containerChecksum } from "../../local/backups/container.ts";
import { xpressHuffman } from "../../local/backups/xpressHuffman.ts";
import type { ByteSource } from "../../shared/backup/byteSource.ts";
import type { CompressedRecord, FuzzBase } from "./bases.ts";
import type { Random } from "./random.ts";

const COMMON_HEADER = 52;
const STREAM_HEADER = 22;
const SCIN_FIELDS = [
  0x04, 0x08, 0x0c, 0x18, 0x20, 0x2a, 0x34, 0x4d, 0x52, 0x57, 0x60, 0x68, 0x6a, 0x6c, 0x6e, 0xac, 0xf4, 0x158, 0x160,
  0x178,
];
const SFIN_FIELDS = [0, 4, 0x10, 0x1c, 0x24, 0x30, 0x32, 0x34, 0x36, 0xba, 0xfa, 0x190, 0x1e4, 0x1e8, 0x1fc, 0x3ff];
const BLOCK_FIELDS = [
  0x04, 0x08, 0x2c, 0x2e, 0x30, 0x34, 0x38, 0x3c, 0x3e, 0x40, 0x42, 0x44, 0x48, 0x4c, 0x4e, 0x50, 0x54, 0x56, 0x5f,
  0x64,
];

/**
 * A base that is being changed. Changed pages are kept and restored afterwards; copying whole files would take most of
 * the time.
 */
interface Draft {
  bytes: Buffer;
  /** True when the bytes are a copy, which need not be restored. */
  isCopy: boolean;
  readonly kept: Map<number, Buffer>;
}

const PAGE = 512;

/** Has `use` read the damaged file, and restores the base afterwards. */
export async function withMutant<Result>(
  base: FuzzBase,
  random: Random,
  use: (source: ByteSource) => Promise<Result>,
): Promise<Result> {
  const draft: Draft = { bytes: base.bytes, isCopy: false, kept: new Map() };
  try {
    for (let times = 1 + random.below(4); times > 0; times--) mutate(draft, base, random);
    return await use(strictSource(draft.bytes));
  } finally {
    for (const [at, page] of draft.kept) base.bytes.set(page, at);
  }
}

function mutate(draft: Draft, base: FuzzBase, random: Random): void {
  if (random.oneIn(20)) resize(draft, random);
  else if (base.records.length > 0 && random.oneIn(3)) changeInsideRecord(draft, base, random);
  else if (random.oneIn(6)) spoil(draft, random.below(draft.bytes.length), random);
  else if (base.blocks.length > 0) changeBlock(draft, random.oneOf(base.blocks), random);
  else if (base.records.length > 0) spoilRecord(draft, base, random);
}

/**
 * Damages the header or the payload of a record. Mostly its checksum is repaired, since otherwise the reader gets no
 * further.
 */
function spoilRecord(draft: Draft, { records }: FuzzBase, random: Random): void {
  const record = random.oneOf(records);
  spoil(draft, record.at + random.below(300), random);
  if (!random.oneIn(4)) reseal(draft, record);
}

/** Keeps the bytes of the base before they are overwritten. */
function touch({ bytes, isCopy, kept }: Draft, at: number, length: number): void {
  if (isCopy) return;
  for (let page = Math.floor(at / PAGE) * PAGE; page < Math.min(at + length, bytes.length); page += PAGE)
    if (!kept.has(page)) kept.set(page, Buffer.from(bytes.subarray(page, page + PAGE)));
}

/** Fails when a range outside of the file is read, which would be the reader's fault. */
function strictSource(bytes: Buffer): ByteSource {
  return {
    size: bytes.length,
    read: async (offset, length) => {
      if (!(offset >= 0 && length > 0 && Number.isInteger(offset) && offset + length <= bytes.length))
        throw new RangeError(`asked for ${length} bytes at ${offset} of ${bytes.length}`);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** Cuts the file off, extends it by zeros or by a part of itself, or fills its end with zeros. */
function resize(draft: Draft, random: Random): void {
  const { bytes } = draft;
  const at = random.oneIn(2) ? random.below(bytes.length + 1) : PAGE * random.below(bytes.length / PAGE + 1);
  switch (random.below(8)) {
    case 0:
      grow(draft, Buffer.alloc(random.oneOf([1, 511, 512, 4096, 40_000])));
      return;
    case 1:
      grow(draft, bytes.subarray(at, at + random.below(8192)));
      return;
    case 2: {
      const start = Math.max(at, bytes.length - 40_000);
      touch(draft, start, bytes.length - start);
      bytes.fill(0, start);
      return;
    }
    default:
      draft.bytes = bytes.subarray(0, at);
  }
}

function grow(draft: Draft, end: Buffer): void {
  draft.bytes = Buffer.concat([draft.bytes, end]);
  draft.isCopy = true;
}

/** Overwrites a few bytes. */
function spoil(draft: Draft, at: number, random: Random): void {
  touch(draft, at, 8);
  for (let times = 1 + random.below(4); times > 0; times--) draft.bytes[at + random.below(8)] = random.below(256);
}

/**
 * Changes a descriptor block, one of its streams, or a record of the configuration in it, and repairs the checksums.
 */
function changeBlock(draft: Draft, at: number, random: Random): void {
  const { bytes } = draft;
  if (at + COMMON_HEADER > bytes.length) return;
  const stream = streamAt(bytes, at, random);
  const place = random.below(3);
  if (place === 0 || stream === undefined) {
    change(draft, at + random.oneOf(BLOCK_FIELDS), random);
    if (!random.oneIn(10)) repair(draft, at, 25);
  } else if (place === 1) {
    change(draft, stream + random.oneOf([0, 4, 8, 8, 8, 12]), random);
    if (!random.oneIn(10)) repair(draft, stream, 10);
  } else {
    const from = stream + STREAM_HEADER + (random.oneIn(2) ? random.below(4096) : 0);
    const tag = bytes.subarray(0, from + 8192).indexOf(random.oneOf(["SCIN", "SFGI", "SFIN"]), from, "latin1");
    if (tag >= 0) change(draft, tag + random.oneOf(random.oneIn(3) ? SFIN_FIELDS : SCIN_FIELDS), random);
  }
}

/** The offset of one of the streams behind a block. */
function streamAt(bytes: Buffer, at: number, random: Random): number | undefined {
  let stream = at + bytes.readUInt16LE(at + 8);
  for (let skip = random.below(3); skip > 0 && stream + STREAM_HEADER < bytes.length; skip--) {
    const length = Number(bytes.readBigUInt64LE(stream + 8));
    stream = at + Math.ceil((stream + STREAM_HEADER + length - at) / 4) * 4;
  }
  return stream + STREAM_HEADER <= bytes.length ? stream : undefined;
}

/**
 * Changes a block inside a compressed record, which is compressed again and written back if it is not longer than
 * before, with padding behind it.
 */
function changeInsideRecord(draft: Draft, { records }: FuzzBase, random: Random): void {
  const record = random.oneOf(records);
  const { at, payloadAt, payloadSize, paddingType, plain, blocks } = record;
  const changed: Draft = { bytes: Buffer.from(plain), isCopy: true, kept: new Map() };
  changeBlock(changed, random.oneOf(blocks), random);
  const payload = xpressHuffman(changed.bytes);
  if (payload.length > payloadSize || payloadAt + payloadSize > draft.bytes.length) {
    change(draft, at + random.below(3), random);
    return;
  }
  touch(draft, at, payloadAt + payloadSize - at);
  draft.bytes.set(payload, payloadAt);
  draft.bytes.writeUInt16LE(payload.length, at + 2);
  if (payload.length < payloadSize) draft.bytes[payloadAt + payload.length] = paddingType;
  if (!random.oneIn(20)) reseal(draft, { payloadAt, payloadSize: payload.length });
}

/** Writes the checksum of a record's payload again. */
function reseal(draft: Draft, { payloadAt, payloadSize }: Pick<CompressedRecord, "payloadAt" | "payloadSize">): void {
  if (payloadAt + payloadSize > draft.bytes.length) return;
  touch(draft, payloadAt - 4, 4);
  draft.bytes.writeUInt32LE(containerChecksum(draft.bytes.subarray(payloadAt, payloadAt + payloadSize)), payloadAt - 4);
}

/** Writes a value at which parsers fail into a field of one, two, four or eight bytes. */
function change(draft: Draft, at: number, random: Random): void {
  const { bytes } = draft;
  const width = random.oneOf([1, 2, 2, 4, 4, 8] as const);
  if (at < 0 || at + width > bytes.length) return;
  touch(draft, at, width);
  const old = width === 8 ? bytes.readBigUInt64LE(at) : BigInt(bytes.readUIntLE(at, width));
  const wrapped = BigInt.asUintN(8 * width, valueNear(old, BigInt(bytes.length), 8 * width, random));
  if (width === 8) bytes.writeBigUInt64LE(wrapped, at);
  else bytes.writeUIntLE(Number(wrapped), at, width);
}

function valueNear(old: bigint, size: bigint, bits: number, random: Random): bigint {
  switch (random.below(8)) {
    case 0:
      return random.oneOf([0n, 1n, 0x7fff_ffffn, 0x8000_0000n, 0x20_0000_0000_0000n, 0xffff_ffff_ffff_ffffn]);
    case 1:
      return BigInt(random.below(random.oneOf([256, 65_536, 2 ** 32])));
    case 2:
      return old + random.oneOf([1n, -1n, 4n, -4n, 512n, -512n, 1024n]);
    case 3:
      return random.oneOf([size, size - 512n, BigInt(PAGE * random.below(Number(size) / PAGE + 1))]);
    default:
      return old ^ (1n << BigInt(random.below(bits)));
  }
}

/** Writes the exclusive or of the words behind them. */
function repair(draft: Draft, at: number, words: number): void {
  const { bytes } = draft;
  if (at + 2 * words + 2 > bytes.length) return;
  let sum = 0;
  for (let word = 0; word < words; word++) sum ^= bytes.readUInt16LE(at + 2 * word);
  touch(draft, at + 2 * words, 2);
  bytes.writeUInt16LE(sum, at + 2 * words);
}
