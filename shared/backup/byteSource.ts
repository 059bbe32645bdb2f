// Defines where the bytes of a backup come from: a source of ranges, pinned to one version.

/**
 * Random access to one version of one backup file: every read sees the same bytes, or fails with BackupChangedError.
 */
export interface ByteSource {
  /** Bytes of the whole file. */
  readonly size: number;
  /** Exactly the bytes [offset, offset + length), cut off at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** The file was replaced while it was being read: read it again from the start. */
export class BackupChangedError extends Error {
  override readonly name = "BackupChangedError";
}
