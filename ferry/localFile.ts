// How are ranges of a file on this computer read, and what did that cost?
import { type FileHandle, open } from "node:fs/promises";
import { BackupChangedError, type ByteSource } from "../shared/backup/byteSource.ts";

export interface CountedFile extends ByteSource {
  readonly reads: number;
  readonly bytesRead: number;
}

/** Lends the file to `use` and closes it afterwards. */
export async function withFile<Result>(path: string, use: (file: CountedFile) => Promise<Result>): Promise<Result> {
  const handle = await open(path);
  try {
    return await use(await counted(handle));
  } finally {
    await handle.close();
  }
}

async function counted(handle: FileHandle): Promise<CountedFile> {
  const { size } = await handle.stat();
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
    async read(offset, length) {
      const wanted = Math.max(0, Math.min(length, size - offset));
      const bytes = new Uint8Array(wanted);
      reads += 1;
      for (let done = 0; done < wanted; ) {
        const { bytesRead: got } = await handle.read(bytes, done, wanted - done, offset + done);
        if (got === 0) throw new BackupChangedError(); // shorter than when it was opened
        done += got;
      }
      bytesRead += wanted;
      return bytes;
    },
  };
}
