// Defines the reasons why a file cannot be read as a SQL Server backup.
import type { EncryptedMedia } from "./backupHeader.ts";
import type { Lsn } from "./lsn.ts";

/** Stable codes; they are the reason codes of the file's verdict as well. */
export const BACKUP_FORMAT_CODES = [
  "ZERO_BYTES",
  "TRUNCATED", // the head is a backup's, the end is missing or damaged: a broken or unfinished upload
  "CHECKSUM_MISMATCH", // a record of a compressed backup is not what it was when it was written: the copy is damaged
  "NOT_A_BACKUP", // not in SQL Server's format; `found` names the guess: zip, gzip, bacpac, Redgate, ...
  "ENCRYPTED_MEDIA", // WITH ENCRYPTION, or TDE compressed by 2016 or later: nothing of the header can be read
  "UNSUPPORTED_COMPRESSION", // not XPRESS: for instance QAT_DEFLATE (2022) or ZSTD (2025)
  "STILL_WRITING", // a page blob that was created and is not yet filled
] as const;
export type BackupFormatCode = (typeof BACKUP_FORMAT_CODES)[number];

/** What each code means to a DBA. */
const SENTENCES: Readonly<Record<BackupFormatCode, string>> = {
  ZERO_BYTES: "The file is empty.",
  TRUNCATED: "The end of the backup is missing or damaged: its copy was broken off, or is not finished.",
  CHECKSUM_MISMATCH: "The backup does not match its own checksums: the file was damaged, most likely on its way.",
  NOT_A_BACKUP: "This is no backup in SQL Server's format.",
  ENCRYPTED_MEDIA: "The backup is encrypted: without its certificate, nothing of its header can be read.",
  UNSUPPORTED_COMPRESSION: "The backup is compressed in a way that cannot be read.",
  STILL_WRITING: "The file has its full size already, but is not filled yet.",
};

/** What is certain about the LSNs of a file that cannot be used: it holds these, of one backup set. */
export interface ProvedSpan {
  readonly firstLsn: Lsn;
  /** Exclusive: the record after the last one. */
  readonly lastLsn: Lsn;
  /** The recovery fork that the LSNs are of; absent when it is not told. */
  readonly forkId?: string;
  /**
   * The file holds no backup set outside of the span. Absent: nobody knows how many follow, so the span does not tell
   * where the file ends.
   */
  readonly isOnlySet?: true;
}

/** The one error that reading a header throws because of what the file holds. */
export class BackupFormatError extends Error {
  override readonly name = "BackupFormatError";
  readonly code: BackupFormatCode;
  /** Where in the file, in bytes; inside a compressed record, where that begins. */
  readonly offset: number;
  readonly expected: string;
  readonly found: string;
  /** Of ENCRYPTED_MEDIA: what can be told without the key. */
  readonly encrypted: EncryptedMedia | undefined;
  /** Absent where what can be read proves nothing. */
  readonly provedSpan?: ProvedSpan;

  constructor(
    code: BackupFormatCode,
    at: { offset: number; expected: string; found: string; provedSpan?: ProvedSpan | undefined },
    encrypted?: EncryptedMedia,
  ) {
    super(`${code} at byte ${at.offset}: expected ${at.expected}, found ${at.found}.`);
    this.code = code;
    this.offset = at.offset;
    this.expected = at.expected;
    this.found = at.found;
    this.encrypted = encrypted;
    if (at.provedSpan) this.provedSpan = at.provedSpan;
  }

  /** The code in words for a DBA. */
  get sentence(): string {
    return SENTENCES[this.code];
  }
}
