// Counts what reading a header of bytes in memory costs, with the source that ferry counts with.
import { type CountedSource, counted } from "../../ferry/files/countedSource.ts";
import type { ByteSource } from "../../shared/backup/byteSource.ts";

/** Over bytes in memory, or over another source. */
export const countingSource = (content: Uint8Array | ByteSource): CountedSource =>
  counted(content instanceof Uint8Array ? inMemory(content) : content);

const inMemory = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});
