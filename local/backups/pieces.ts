// Describes a file of a terabyte in a few kilobytes, as pieces: bytes, and runs of a pattern that repeats.
import type { ByteSource } from "../../shared/backup/byteSource.ts";

/** The pattern over and over, cut off after `length` bytes. */
export interface Run {
  readonly pattern: Uint8Array;
  readonly length: number;
}

export type Piece = Uint8Array | Run;

export const zeros = (length: number): Run => ({ pattern: new Uint8Array(1), length });

export const isRun = (piece: Piece): piece is Run => "pattern" in piece;

/** Bytes of all pieces together. */
export const lengthOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { length }) => sum + length, 0);

/** The pieces as one array: only for what fits into memory. */
export function bytesOf(pieces: readonly Piece[]): Uint8Array {
  return Buffer.concat(pieces.map((piece) => sliceOf(piece, 0, piece.length)));
}

/** Serves ranges without ever building the file. */
export function sourceOf(pieces: readonly Piece[]): ByteSource {
  let size = 0;
  const placed = pieces.map((piece) => {
    const start = size;
    size += piece.length;
    return { piece, start, end: size };
  });
  return {
    size,
    read: async (offset, length) => {
      const until = Math.min(size, offset + length);
      const touched = placed.filter(({ start, end }) => start < until && end > offset);
      return Buffer.concat(
        touched.map(({ piece, start, end }) =>
          sliceOf(piece, Math.max(offset, start) - start, Math.min(until, end) - start),
        ),
      );
    },
  };
}

function sliceOf(piece: Piece, start: number, end: number): Uint8Array {
  if (!isRun(piece)) return piece.subarray(start, end);
  const { pattern } = piece;
  const skip = start % pattern.length;
  return Buffer.alloc(skip + end - start, pattern).subarray(skip);
}
