// What does reading a header cost? A source that counts what it is asked for.
import type { ByteSource } from "../../shared/backup/byteSource.ts";

export interface CountingSource extends ByteSource {
  readonly reads: number;
  readonly bytesRead: number;
}

/** Over bytes in memory, or over another source. */
export function countingSource(content: Uint8Array | ByteSource): CountingSource {
  const source = content instanceof Uint8Array ? inMemory(content) : content;
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

const inMemory = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});
