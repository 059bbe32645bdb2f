// Why can a file not be read as a native SQL Server backup?
import type { Lsn } from "./lsn.ts";

/** Stable codes; they are the reason codes of the file's verdict as well. */
export type BackupFormatCode =
  | "ZERO_BYTES"
  | "TRUNCATED" // the head is a backup's, the end is missing or damaged: a broken or unfinished upload
  | "NOT_A_BACKUP" // not in SQL Server's native format; `found` names the guess: zip, gzip, bacpac, Redgate, ...
  | "ENCRYPTED_MEDIA" // WITH ENCRYPTION: nothing of the header can be read
  | "UNSUPPORTED_COMPRESSION" // not XPRESS: for instance QAT_DEFLATE (2022) or ZSTD (2025)
  | "STILL_WRITING"; // a page blob that was created and is not yet filled

/** What each code means to a DBA. */
const SENTENCES: Readonly<Record<BackupFormatCode, string>> = {
  ZERO_BYTES: "The file is empty.",
  TRUNCATED: "The end of the backup is missing or damaged: its copy was broken off, or is not finished.",
  NOT_A_BACKUP: "This is no backup in SQL Server's native format.",
  ENCRYPTED_MEDIA: "The backup was taken WITH ENCRYPTION: without its certificate, nothing of its header can be read.",
  UNSUPPORTED_COMPRESSION: "The backup is compressed by an algorithm other than MS_XPRESS of SQL Server 2014 or later.",
  STILL_WRITING: "The file has its full size already, but is not filled yet.",
};

/** What is certain about the LSNs of a file that cannot be used. */
export interface ProvedSpan {
  readonly firstLsn: Lsn;
  /** Exclusive: the record after the last one. */
  readonly lastLsn: Lsn;
  /** The recovery fork that the LSNs are of; absent when it is not told. */
  readonly forkId?: string;
}

/** The one error that reading a header throws because of what the file holds. */
export class BackupFormatError extends Error {
  override readonly name = "BackupFormatError";
  readonly code: BackupFormatCode;
  /** Where in the file, in bytes; inside a compressed record, where that begins. */
  readonly offset: number;
  readonly expected: string;
  readonly found: string;
  /** Absent where what can be read proves nothing. */
  readonly provedSpan?: ProvedSpan;

  constructor(
    code: BackupFormatCode,
    at: { offset: number; expected: string; found: string; provedSpan?: ProvedSpan | undefined },
  ) {
    super(`${code} at byte ${at.offset}: expected ${at.expected}, found ${at.found}.`);
    this.code = code;
    this.offset = at.offset;
    this.expected = at.expected;
    this.found = at.found;
    if (at.provedSpan) this.provedSpan = at.provedSpan;
  }

  /** The code in words for a DBA. */
  get sentence(): string {
    return SENTENCES[this.code];
  }
}
