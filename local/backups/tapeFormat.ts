// Lays out a tape block: descriptor with its common header, data streams, padding (Microsoft Tape Format 1.00a,
// sections 5 and 6).
import { type DraftRecord, draftRecord } from "./draftRecord.ts";
import { lengthOf, type Piece, zeros } from "./pieces.ts";

/** The unit in which blocks are addressed within a set, bytes (format logical block). */
export const logicalBlock = 1024;

/** Data that follow a descriptor block. */
export interface Stream {
  readonly id: "RAID" | "MQCI" | "MQDA" | "MQTL" | "CSUM" | "OTCP" | "TSMP" | "APAD" | "SPAD";
  readonly mediaAttributes?: number;
  readonly data: readonly Piece[];
  /** Page and log data: after a prefix of two bytes they begin at a data boundary, which APAD before them sees to. */
  readonly isAligned?: boolean;
}

/** A descriptor block with its streams, not yet padded to where the next one starts. */
export interface TapeBlock {
  readonly descriptor: Uint8Array;
  readonly streams: readonly Stream[];
}

/** Where a block stands: 1024-byte logical blocks behind its set's SSET, and the how many-th block of the set it is. */
export interface Place {
  readonly logicalAddress: number;
  readonly controlBlockId: number;
}

/** Where blocks outside a set stand. */
export const nowhere: Place = { logicalAddress: 0, controlBlockId: 0 };

const streamHeaderLength = 22;
/** Of page and log data: the bytes before the first page. */
const dataPrefixLength = 2;
const utf16 = 2;
const windows = 14;

/** A descriptor with its common header and its streams behind it. */
export function tapeBlockOf(
  type: string,
  record: DraftRecord,
  place: Place,
  streams: readonly Stream[] = [],
): TapeBlock {
  const hasText = ["TAPE", "SSET", "VOLB", "MSCI", "MSLS"].includes(type);
  const streamsOffset = align4(record.finish().length);
  return { descriptor: sealed(type, record, place, streamsOffset, hasText ? utf16 : 0), streams };
}

/** SFMB: exactly one physical block, with the offsets of all earlier filemarks, newest first. */
export function filemark(
  blockSize: number,
  earlier: readonly number[],
  { attributes, isOldLayout }: { readonly attributes: number; readonly isOldLayout: boolean },
): Uint8Array {
  // SQL Server 2005: no offset of the array, which begins in that offset's place.
  const arrayAt = isOldLayout ? 0x3c : 0x48;
  const record = draftRecord(blockSize);
  record.u32(0x04, attributes);
  record.u32(0x34, Math.floor((blockSize - arrayAt) / 8));
  record.u32(0x38, earlier.length);
  if (!isOldLayout) record.u32(0x3c, arrayAt);
  for (const [index, offset] of earlier.toReversed().entries()) record.u64(arrayAt + 8 * index, offset);
  return sealed("SFMB", record, nowhere, blockSize % 0x10000, 0);
}

/** The common header (MTF_DB_HDR) with its checksum: the exclusive or of the words before it. */
function sealed(
  type: string,
  record: DraftRecord,
  place: Place,
  streamsOffset: number,
  stringType: number,
): Uint8Array {
  record.letters(0x00, type);
  record.u16(0x08, streamsOffset);
  record.u8(0x0a, windows);
  record.u8(0x0b, 1);
  record.u64(0x14, place.logicalAddress);
  record.u32(0x24, place.controlBlockId);
  record.u8(0x30, stringType);
  record.u16(0x32, exclusiveOr(record.finish().subarray(0, 0x32)));
  return record.finish();
}

/** Where a block begins, counted from its set's start, and what its end and its data are aligned to. */
export interface Alignment {
  readonly start: number;
  readonly blockBoundary: number;
  readonly dataBoundary: number;
}

/** Block and streams as bytes. The last stream, SPAD, fills up to where the next block starts. */
export function laidOut(
  { descriptor, streams }: TapeBlock,
  { start, blockBoundary, dataBoundary }: Alignment,
): Piece[] {
  const pieces: Piece[] = [];
  let at = start;
  const add = (piece: Piece) => {
    pieces.push(piece);
    at += piece.length;
  };
  const addStream = (stream: Stream) => {
    add(streamHeader(stream));
    stream.data.forEach(add);
    if (at % 4 !== 0 && stream.id !== "SPAD") add(zeros(4 - (at % 4)));
  };
  const upTo = (boundary: number, behind: number) => Math.ceil((at + behind) / boundary) * boundary - behind - at;
  add(descriptor);
  if (at % 4 !== 0) add(zeros(4 - (at % 4)));
  for (const stream of streams) {
    if (stream.isAligned) {
      const behind = streamHeaderLength + dataPrefixLength;
      addStream({ id: "APAD", mediaAttributes: 0x80, data: [zeros(upTo(dataBoundary, streamHeaderLength + behind))] });
    }
    addStream(stream);
  }
  addStream({ id: "SPAD", data: [zeros(upTo(blockBoundary, streamHeaderLength))] });
  return pieces;
}

function streamHeader({ id, mediaAttributes = 0, data }: Stream): Uint8Array {
  const header = draftRecord(streamHeaderLength);
  header.letters(0, id);
  header.u16(6, mediaAttributes);
  header.u64(8, lengthOf(data));
  header.u16(20, exclusiveOr(header.finish().subarray(0, 20)));
  return header.finish();
}

function exclusiveOr(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum ^= view.getUint16(at, true);
  return sum;
}

const align4 = (length: number): number => Math.ceil(length / 4) * 4;
