// Keeps the bytes of a file that were fetched already, and fetches those that are missing.
import { BackupChangedError, type ByteSource } from "./byteSource.ts";
import { joined } from "./joined.ts";

/** The ranges of one file that have been read. */
export interface FileRanges {
  readonly size: number;
  /**
   * Exactly [offset, offset + length), cut off at the end of the file; costs a read only when some of it is not at
   * hand.
   */
  at(offset: number, length: number): Promise<Uint8Array>;
  /** What is at hand in one piece from `offset` on; empty when nothing is. */
  from(offset: number): Uint8Array;
  /** How many bytes right before `end` are at hand in one piece. */
  heldBefore(end: number): number;
}

interface Range {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const NOTHING = new Uint8Array(0);
const endOf = ({ offset, bytes }: Range): number => offset + bytes.length;

export function fileRanges(source: ByteSource): FileRanges {
  const held: Range[] = [];
  const around = (offset: number): Range | undefined =>
    held.filter((one) => one.offset <= offset && offset < endOf(one)).sort((a, b) => endOf(b) - endOf(a))[0];
  const keep = (range: Range): Uint8Array => {
    held.push(range);
    return range.bytes;
  };
  return {
    size: source.size,
    async at(offset, length) {
      const end = Math.min(offset + length, source.size);
      if (end <= offset) return NOTHING;
      const first = around(offset);
      if (first && endOf(first) >= end) return first.bytes.subarray(offset - first.offset, end - first.offset);
      const from = first ? endOf(first) : offset;
      const last = around(end - 1);
      const to = last ? Math.max(from, last.offset) : end;
      const parts = [
        first ? first.bytes.subarray(offset - first.offset) : NOTHING,
        from < to ? await readFully(source, from, to - from) : NOTHING,
        last ? last.bytes.subarray(to - last.offset, end - last.offset) : NOTHING,
      ];
      return keep({ offset, bytes: joined(parts) });
    },
    from(offset) {
      const known = around(offset);
      return known ? known.bytes.subarray(offset - known.offset) : NOTHING;
    },
    heldBefore: (end) => {
      const last = end > 0 ? around(end - 1) : undefined;
      const first = held.filter((one) => last && one.offset < end && endOf(one) >= end).map(({ offset }) => offset);
      return first.length > 0 ? end - Math.min(...first) : 0;
    },
  };
}

/** A source may hand out less than was asked for. */
async function readFully(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const first = await source.read(offset, length);
  if (first.length >= length) return first.subarray(0, length);
  const bytes = new Uint8Array(length);
  for (let done = 0, part = first; ; part = await source.read(offset + done, length - done)) {
    if (part.length === 0) throw new BackupChangedError("The file ends before the size it had when it was opened.");
    bytes.set(part.subarray(0, length - done), done);
    done += part.length;
    if (done >= length) return bytes;
  }
}
