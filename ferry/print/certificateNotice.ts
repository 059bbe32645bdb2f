// Tells which certificates the target needs for these files (preflight P19), before anything is uploaded.
import { BackupChangedError } from "../../shared/backup/byteSource.ts";
import { recordsOf } from "../../shared/dryRun/knownHeaders.ts";
import { certificates } from "../../shared/preflight/certificates.ts";
import { named } from "../../shared/preflight/fileChecks.ts";
import { inspectFile } from "../commands/inspect.ts";
import type { LocalFile } from "../files/folder.ts";
import { printable } from "./print.ts";

/**
 * Reads the header of each file. Undefined where none shows a sign of TDE or encryption, and for files that are no
 * backups.
 */
export async function certificateNotice(files: readonly LocalFile[]): Promise<string | undefined> {
  const inspected = [];
  for (const { path, name } of files) {
    const seen = await inspectFile(path).catch((error: unknown) => {
      if (error instanceof BackupChangedError) return undefined; // somebody still writes to it
      throw error;
    });
    if (seen !== undefined) inspected.push({ ...seen, file: name });
  }
  const records = recordsOf(inspected);
  const sets = records.flatMap(({ content }) => (content.kind === "header" ? content.backupSets : []));
  const { outcome, observed, message, remedy = "" } = certificates(sets, records, named);
  if (outcome === "pass" || observed === "no plan") return undefined;
  return printable(`Before the first restore (preflight P19): ${message} ${remedy}`.trim());
}
