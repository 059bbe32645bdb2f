// Puts the tape format into the container MSSQLBAK, compressed or encrypted: version 1 up to SQL Server 2012, then 2.
import { createCipheriv, createHash } from "node:crypto";
import { deflateRawSync, zstdCompressSync } from "node:zlib";
import type { CompressionAlgorithm } from "../../shared/backup/backupHeader.ts";
import { draftRecord } from "./draftRecord.ts";
import { bytesOf, isRun, lengthOf, type Piece, type Run, zeros } from "./pieces.ts";
import { xpressHuffman } from "./xpressHuffman.ts";

/** Blocks up to a filemark. `blockOffsets` says where in it they start. */
export interface Section {
  readonly pieces: readonly Piece[];
  readonly blockOffsets: readonly number[];
}

export interface ContainerOptions {
  readonly softwareVersion: { readonly major: number };
  readonly isCompressed: boolean;
  /** Other than MS_XPRESS: unverified. */
  readonly compressionAlgorithm: CompressionAlgorithm;
  /** Unverified: no encrypted file was seen. */
  readonly isEncrypted: boolean;
  /** 40 hexadecimal digits. Unverified. */
  readonly encryptorThumbprint: string;
  /** TDE in the way of SQL Server 2016 and later, which encrypts the records. Unverified. */
  readonly isTdeContainer: boolean;
  readonly tdeThumbprint: string | null;
}

/**
 * What the versions do not have in common: the bytes before the first record and before a payload, and a bit of each
 * type.
 */
const layouts = {
  1: { headerLength: 0x10, recordHeaderLength: 8, kindBit: 0x80, isCompressedFlag: 0 },
  2: { headerLength: 0x1e0, recordHeaderLength: 28, kindBit: 0x20, isCompressedFlag: 2 },
} as const;
const versionOf = ({ softwareVersion }: ContainerOptions): 1 | 2 => (softwareVersion.major < 12 ? 1 : 2);
const layoutOf = (options: ContainerOptions) => layouts[versionOf(options)];

/** Padding and end-of-data have no checksum, and so four bytes less than a record. */
const checksumLength = 4;
/** The largest record, decoded; what does not become shorter has to fit into a payload, whose length has 16 bits. */
const recordLimit = ({ isCompressed }: ContainerOptions): number => (isCompressed ? 0x10000 : 0x8000);
const unit = 512;

/** Beside the version's own bit. */
const kinds = {
  compressed: 0x01,
  padding: 0x04,
  endOfData: 0x0c,
  encryptedAndCompressed: 0x11,
  encrypted: 0x13,
  encryptedByTde: 0x51,
} as const;
const tdeFlags = 0x28;
const hides = ({ isEncrypted, isTdeContainer }: ContainerOptions): boolean => isEncrypted || isTdeContainer;

/**
 * The file's header. What SQL Server leaves in the rest is chance, or the keys of an encrypted file with their
 * certificates' thumbprints.
 */
export function containerHeader(options: ContainerOptions): Uint8Array {
  const { isCompressed, isEncrypted, isTdeContainer } = options;
  const { headerLength, isCompressedFlag } = layoutOf(options);
  const header = draftRecord(headerLength);
  header.letters(0, "MSSQLBAK");
  header.u32(8, versionOf(options));
  header.u32(12, 1 | (isCompressed ? isCompressedFlag : 0) | (isEncrypted ? 4 : 0) | (isTdeContainer ? tdeFlags : 0));
  const bytes = header.finish();
  if (isEncrypted) bytes.set(keyDescriptor(options.encryptorThumbprint), 0x14);
  return bytes;
}

/** Length and thumbprint of a certificate, length and bytes of a key that it encrypts: 2,048 bits of RSA. */
export function keyDescriptor(thumbprint: string): Uint8Array {
  const key = encrypted(new Uint8Array(255));
  const descriptor = draftRecord(28);
  descriptor.u32(0, 20);
  descriptor.u32(24, key.length);
  const bytes = descriptor.finish();
  bytes.set(Buffer.from(thumbprint, "hex"), 4);
  return Buffer.concat([bytes, key]);
}

/** What stands before the first record of a container that TDE encrypts: as if it were one, its payload the key. */
function tdeRecord(options: ContainerOptions): Piece[] {
  if (!options.isTdeContainer) return [];
  const descriptor = keyDescriptor(options.tdeThumbprint ?? "");
  return [recordOf({ kind: kinds.encryptedByTde, length: 0, payload: descriptor }, options)];
}

/**
 * The records of one section, which starts at this offset in the file, up to where its filemark stands. Data that end
 * a set are followed by the locator: where the records that hold its later blocks are.
 */
export function recordsOf(
  section: Section,
  at: { readonly fileOffset: number; readonly blockSize: number; readonly isData: boolean },
  options: ContainerOptions,
): Piece[] {
  const records: Piece[] = at.fileOffset === layoutOf(options).headerLength ? tdeRecord(options) : [];
  const located: Locations = [];
  let [logical, fileOffset] = [0, at.fileOffset + lengthOf(records)];
  for (const chunk of chunksOf(section.pieces, recordLimit(options))) {
    const holdsBlock = section.blockOffsets.some((offset) => offset >= logical && offset < logical + chunk.length);
    if (logical > 0 && holdsBlock) located.push({ logical, fileOffset });
    const record = recordRun(chunk, options);
    records.push(record);
    logical += chunk.length;
    fileOffset += record.length;
  }
  return [
    ...records,
    ...(at.isData ? endOfData(fileOffset, at.blockSize, located, options) : padding(fileOffset, at.blockSize, options)),
  ];
}

/**
 * What records hold, in turn. Page and log data, which are runs that begin at a unit, have records of their own
 * (padding never begins there): so many full ones that are all alike, and one with the rest. Blocks before and behind
 * them fill others.
 */
function chunksOf(pieces: readonly Piece[], limit: number): Piece[] {
  const chunks: Piece[] = [];
  let waiting: Piece[] = [];
  const flush = () => {
    const bytes = bytesOf(waiting);
    waiting = [];
    for (let at = 0; at < bytes.length; at += limit) chunks.push(bytes.subarray(at, at + limit));
  };
  for (const piece of pieces) {
    const isData = isRun(piece) && piece.length >= unit && lengthOf(waiting) % unit === 0;
    if (!isData) {
      waiting.push(piece);
      continue;
    }
    flush();
    const part = (length: number): Run => ({ pattern: piece.pattern, length });
    const whole = piece.length - (piece.length % limit);
    const units = piece.length - (piece.length % unit);
    if (whole > 0) chunks.push(part(whole));
    if (units > whole) chunks.push(bytesOf([part(units - whole)]));
    waiting.push(part(piece.length - units));
  }
  flush();
  return chunks;
}

/** A chunk as a record; a run as the same record so many times. */
function recordRun(chunk: Piece, options: ContainerOptions): Piece {
  if (!isRun(chunk)) return record(chunk, options);
  const limit = recordLimit(options);
  const pattern = record(bytesOf([{ pattern: chunk.pattern, length: limit }]), options);
  return { pattern, length: (chunk.length / limit) * pattern.length } satisfies Run;
}

const compress = { MS_XPRESS: xpressHuffman, QAT_DEFLATE: deflateRawSync, ZSTD: zstdCompressSync } as const;

function record(data: Uint8Array, options: ContainerOptions): Uint8Array {
  const { isCompressed, isTdeContainer, compressionAlgorithm } = options;
  const content = isCompressed ? compress[compressionAlgorithm](data) : data;
  if (!hides(options)) return recordOf({ kind: kinds.compressed, length: data.length, payload: content }, options);
  const kind = isTdeContainer ? kinds.encryptedByTde : isCompressed ? kinds.encryptedAndCompressed : kinds.encrypted;
  return recordOf({ kind, length: data.length, payload: encrypted(content), plainLength: content.length }, options);
}

interface RecordParts {
  readonly kind: number;
  /** Of what it holds, decoded. */
  readonly length: number;
  readonly payload: Uint8Array;
  /** Of the payload before it was encrypted. */
  readonly plainLength?: number;
}

function recordOf({ kind, length, payload, plainLength }: RecordParts, options: ContainerOptions): Uint8Array {
  const { recordHeaderLength, kindBit } = layoutOf(options);
  const header = draftRecord(recordHeaderLength);
  header.u8(0, kindBit | kind);
  header.u8(1, length / unit);
  header.u16(2, plainLength ?? payload.length);
  if (plainLength !== undefined) header.u32(0x14, payload.length);
  header.u32(recordHeaderLength - checksumLength, containerChecksum(payload));
  return Buffer.concat([header.finish(), payload]);
}

/** Of records and locators: over words of 32 bits, rotated by one bit before each exclusive or. */
export function containerChecksum(bytes: Uint8Array): number {
  const words = Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  let sum = 0;
  for (let at = 0; at < words.length; at += 4) sum = (((sum << 1) | (sum >>> 31)) ^ words.readUInt32LE(at)) >>> 0;
  return sum;
}

function padding(fileOffset: number, blockSize: number, options: ContainerOptions): Piece[] {
  const { recordHeaderLength, kindBit } = layoutOf(options);
  const paddingHeaderLength = recordHeaderLength - checksumLength;
  const header = draftRecord(paddingHeaderLength);
  const rest = upTo(blockSize, fileOffset + paddingHeaderLength);
  header.u8(0, kindBit | kinds.padding);
  header.u16(2, rest);
  return [header.finish(), zeros(rest)];
}

type Locations = { readonly logical: number; readonly fileOffset: number }[];

/** End of data with the locator, which fills what is left before the filemark and ends as it begins. */
function endOfData(fileOffset: number, blockSize: number, located: Locations, options: ContainerOptions): Piece[] {
  const { recordHeaderLength, kindBit } = layoutOf(options);
  const paddingHeaderLength = recordHeaderLength - checksumLength;
  const header = draftRecord(paddingHeaderLength);
  header.u8(0, kindBit | kinds.endOfData);
  const entriesEnd = 16 + 16 * located.length;
  const start = fileOffset + paddingHeaderLength;
  const length = entriesEnd + 16 + upTo(blockSize, start + entriesEnd + 16);
  const locator = draftRecord(length);
  for (const [index, entry] of located.entries()) {
    locator.u64(16 + 16 * index, entry.logical);
    locator.u64(24 + 16 * index, entry.fileOffset);
  }
  const entriesChecksum = containerChecksum(locator.finish().subarray(16, entriesEnd));
  for (const at of [0, length - 16]) {
    locator.u16(at, 1);
    locator.u16(at + 2, 1);
    locator.u32(at + 4, located.length);
    locator.u32(at + 8, length);
    locator.u32(at + 12, entriesChecksum);
  }
  return [header.finish(), locator.finish()];
}

const upTo = (boundary: number, offset: number): number => Math.ceil(offset / boundary) * boundary - offset;

/** Unreadable, and the same for the same data. */
function encrypted(data: Uint8Array): Uint8Array {
  const key = createHash("sha256").update("sqlferry").digest();
  const cipher = createCipheriv("aes-256-cbc", key, key.subarray(0, 16));
  return Buffer.concat([cipher.update(data), cipher.final()]);
}
