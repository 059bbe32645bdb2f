// Reads ranges of a file on this computer.
import { type FileHandle, open } from "node:fs/promises";
import { BackupChangedError, type ByteSource } from "../../shared/backup/byteSource.ts";

/** Lends the file to `use` and closes it afterwards. */
export async function withFile<Result>(path: string, use: (file: ByteSource) => Promise<Result>): Promise<Result> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    return await use({ size, read: (offset, length) => readRange(handle, offset, Math.min(length, size - offset)) });
  } finally {
    await handle.close();
  }
}

async function readRange(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, length));
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + done);
    if (bytesRead === 0) throw new BackupChangedError("The file is shorter than when it was opened.");
    done += bytesRead;
  }
  return bytes;
}
