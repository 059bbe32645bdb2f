// What does reading a header cost? A source over bytes in memory, or over a file that is mostly a hole, that counts.
import type { ByteSource } from "../../shared/backup/byteSource.ts";

export interface CountingSource extends ByteSource {
  readonly reads: number;
  readonly bytesRead: number;
}

export function countingSource(bytes: Uint8Array): CountingSource {
  return counted(bytes.length, (offset, length) => bytes.subarray(offset, offset + length));
}

/** The same backup with a hole of zeros in its middle, so that it is `size` bytes long: what stands at `at` and behind it moves to the end. */
export function sparseSource(bytes: Uint8Array, at: number, size: number): CountingSource {
  const moved = size - bytes.length;
  return counted(size, (offset, length) => {
    const range = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
    range.set(bytes.subarray(offset, Math.min(at, offset + range.length)));
    const from = Math.max(offset, at + moved);
    if (from < offset + range.length)
      range.set(bytes.subarray(from - moved, offset + range.length - moved), from - offset);
    return range;
  });
}

function counted(size: number, range: (offset: number, length: number) => Uint8Array): CountingSource {
  let reads = 0;
  let bytesRead = 0;
  return {
    size,
    get reads() {
      return reads;
    },
    get bytesRead() {
      return bytesRead;
    },
    read(offset, length) {
      const bytes = range(offset, length);
      reads += 1;
      bytesRead += bytes.length;
      return Promise.resolve(bytes);
    },
  };
}
