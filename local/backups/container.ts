// How does the tape format become a compressed or encrypted file? The container MSSQLBAK, version 2 (SQL Server 2014 and later).
import { createCipheriv, createHash } from "node:crypto";
import { draftRecord } from "./draftRecord.ts";
import { bytesOf, isRun, lengthOf, type Piece, type Run, zeros } from "./pieces.ts";
import { xpressHuffman } from "./xpressHuffman.ts";

/** Blocks up to a filemark. `blockOffsets` says where in it they start. */
export interface Section {
  readonly pieces: readonly Piece[];
  readonly blockOffsets: readonly number[];
}

export interface ContainerOptions {
  readonly isCompressed: boolean;
  /** Unverified: no encrypted file was seen. */
  readonly isEncrypted: boolean;
}

/** Bytes before the first record. */
export const containerHeaderLength = 0x1e0;
/** Bytes of a record's header; padding and end-of-data have no checksum and so four fewer. */
const recordHeaderLength = 28;
const paddingHeaderLength = 24;
/** The largest record, decoded; what is not compressed has to fit into a payload, whose length has 16 bits. */
const recordLimit = ({ isCompressed }: ContainerOptions): number => (isCompressed ? 0x10000 : 0x8000);
const unit = 512;

const kinds = {
  compressed: 0x21,
  padding: 0x24,
  endOfData: 0x2c,
  encryptedAndCompressed: 0x31,
  encrypted: 0x33,
} as const;

/** The file's header. What SQL Server leaves in the rest is chance, or the key of an encrypted file. */
export function containerHeader({ isCompressed, isEncrypted }: ContainerOptions): Uint8Array {
  const header = draftRecord(containerHeaderLength);
  header.letters(0, "MSSQLBAK");
  header.u32(8, 2);
  header.u32(12, 1 | (isCompressed ? 2 : 0) | (isEncrypted ? 4 : 0));
  if (!isEncrypted) return header.finish();
  const key = encrypted(new Uint8Array(255));
  header.u32(0x2c, key.length);
  const bytes = header.finish();
  bytes.set(key, 0x30);
  return bytes;
}

/**
 * The records of one section, which starts at this offset in the file, up to where its filemark stands. Data that end a set are
 * followed by the locator: where the records that hold its later blocks are.
 */
export function recordsOf(
  section: Section,
  at: { readonly fileOffset: number; readonly blockSize: number; readonly isData: boolean },
  options: ContainerOptions,
): Piece[] {
  const records: Piece[] = [];
  const located: Locations = [];
  let [logical, fileOffset] = [0, at.fileOffset];
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
    ...(at.isData ? endOfData(fileOffset, at.blockSize, located) : padding(fileOffset, at.blockSize)),
  ];
}

/**
 * What records hold, in turn. Page and log data, which are runs that begin at a unit, have records of their own (padding never
 * begins there): so many full ones that are all alike, and one with the rest. Blocks before and behind them fill others.
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

function record(data: Uint8Array, { isCompressed, isEncrypted }: ContainerOptions): Uint8Array {
  const content = isCompressed ? xpressHuffman(data) : data;
  const payload = isEncrypted ? encrypted(content) : content;
  const kind = !isEncrypted ? kinds.compressed : isCompressed ? kinds.encryptedAndCompressed : kinds.encrypted;
  const header = draftRecord(recordHeaderLength);
  header.u8(0, kind);
  header.u8(1, data.length / unit);
  header.u16(2, payload.length);
  // The checksum at 0x18 is of an unknown kind: zero here.
  return Buffer.concat([header.finish(), payload]);
}

function padding(fileOffset: number, blockSize: number): Piece[] {
  const header = draftRecord(paddingHeaderLength);
  const rest = upTo(blockSize, fileOffset + paddingHeaderLength);
  header.u8(0, kinds.padding);
  header.u16(2, rest);
  return [header.finish(), zeros(rest)];
}

type Locations = { readonly logical: number; readonly fileOffset: number }[];

/** End of data with the locator, which fills what is left before the filemark and ends as it begins. */
function endOfData(fileOffset: number, blockSize: number, located: Locations): Piece[] {
  const header = draftRecord(paddingHeaderLength);
  header.u8(0, kinds.endOfData);
  const entriesEnd = 16 + 16 * located.length;
  const start = fileOffset + paddingHeaderLength;
  const length = entriesEnd + 16 + upTo(blockSize, start + entriesEnd + 16);
  const locator = draftRecord(length);
  for (const at of [0, length - 16]) {
    locator.u16(at, 1);
    locator.u16(at + 2, 1);
    locator.u32(at + 4, located.length);
    locator.u32(at + 8, length);
  }
  for (const [index, entry] of located.entries()) {
    locator.u64(16 + 16 * index, entry.logical);
    locator.u64(24 + 16 * index, entry.fileOffset);
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
