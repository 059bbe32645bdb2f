// Returns less of a source than was asked for, at most a few bytes at a time.
import type { ByteSource } from "../../shared/backup/byteSource.ts";

/** At most `most` bytes per read; nothing from `end` on, as if the file had become shorter since it was opened. */
export const stingySource = (bytes: Uint8Array, most: number, end = bytes.length): ByteSource => ({
  size: bytes.length,
  read: (offset, length) => Promise.resolve(bytes.subarray(offset, Math.min(end, offset + Math.min(length, most)))),
});
