// Counts what reading a header from bytes in memory costs, with the counting source of ferry.
import { type CountedSource, counted } from "../../ferry/files/countedSource.ts";
import type { ByteSource } from "../../shared/backup/byteSource.ts";

/** `content`: bytes, or another source. */
export const countingSource = (content: Uint8Array | ByteSource): CountedSource =>
  counted(content instanceof Uint8Array ? inMemory(content) : content);

const inMemory = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});
