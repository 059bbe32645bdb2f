// Counts the reads and bytes that reading a header costs.
import type { ByteSource } from "../../shared/backup/byteSource.ts";

export interface CountedSource extends ByteSource {
  readonly reads: number;
  readonly bytesRead: number;
}

/** Counts the reads that succeed. */
export function counted(source: ByteSource): CountedSource {
  let reads = 0;
  let bytesRead = 0;
  return {
    size: source.size,
    get reads() {
      return reads;
    },
    get bytesRead() {
      return bytesRead;
    },
    async read(offset, length) {
      const bytes = await source.read(offset, length);
      reads += 1;
      bytesRead += bytes.length;
      return bytes;
    },
  };
}
