// Inspects one file: its header and what reading it cost, or why there is none.
import { BackupFormatError, type ProvedSpan } from "../../shared/backup/backupFormatError.ts";
import type { BackupHeader, EncryptedMedia } from "../../shared/backup/backupHeader.ts";
import type { ByteSource } from "../../shared/backup/byteSource.ts";
import { readBackupHeader } from "../../shared/backup/readBackupHeader.ts";
import { counted } from "./countedSource.ts";

/** The JSON shape scripts hang on: one entry per file. */
export type Inspected =
  | ({ readonly file: string; readonly reads: number; readonly bytesRead: number } & BackupHeader)
  | {
      readonly file: string;
      readonly size: number;
      readonly error: {
        readonly code: string;
        readonly offset: number;
        readonly expected: string;
        readonly found: string;
        readonly message: string;
        /** Of an encrypted file. */
        readonly encrypted?: EncryptedMedia;
        readonly provedSpan?: ProvedSpan;
      };
    };

/** A file that is not a readable backup is an answer, too. */
export async function inspectSource(file: string, source: ByteSource): Promise<Inspected> {
  const counting = counted(source);
  try {
    const header = await readBackupHeader(counting);
    return { file, reads: counting.reads, bytesRead: counting.bytesRead, ...header };
  } catch (error) {
    if (!(error instanceof BackupFormatError)) throw error;
    const { code, offset, expected, found, sentence, message, encrypted, provedSpan } = error;
    return {
      file,
      size: source.size,
      error: {
        code,
        offset,
        expected,
        found,
        message: `${sentence} ${message}`,
        ...(encrypted && { encrypted }),
        ...(provedSpan && { provedSpan }),
      },
    };
  }
}
