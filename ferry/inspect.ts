// ferry inspect: what do backup files say about themselves? RESTORE HEADERONLY, LABELONLY and FILELISTONLY without a server.
import { BackupFormatError } from "../shared/backup/backupFormatError.ts";
import type { BackupHeader, BackupType } from "../shared/backup/backupHeader.ts";
import { readBackupHeader } from "../shared/backup/readBackupHeader.ts";
import { type Command, usageError } from "./command.ts";
import { EXIT, FerryError } from "./exit.ts";
import { filesBelow } from "./folder.ts";
import { withFile } from "./localFile.ts";
import { print, printJson, sizeText, table } from "./print.ts";

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
      };
    };

export const inspect: Command = {
  usage: "inspect PATH... [--json]",
  summary: "headers of backup files on this computer; folders are walked",
  options: { json: { type: "boolean" } },
  run: async (given) => {
    if (given.operands.length === 0) throw usageError(inspect, "Which files or folders?");
    const inspected: Inspected[] = [];
    for (const path of given.operands) for (const file of await pathsOf(path)) inspected.push(await inspectFile(file));
    if (given.flag("json")) printJson(inspected);
    else
      print(
        table(["file", "size", "type", "database", "first LSN", "last LSN", "finished"], inspected.flatMap(rowsOf)),
      );
    return inspected.some((one) => "error" in one) ? EXIT.failed : EXIT.done;
  },
};

async function pathsOf(path: string): Promise<string[]> {
  try {
    return (await filesBelow(path)).map((file) => file.path).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new FerryError(EXIT.notFound, `There is no file or folder "${path}".`);
    throw error;
  }
}

/** A file that is not a readable backup is an answer, too. */
export const inspectFile = (path: string): Promise<Inspected> =>
  withFile(path, async (file) => {
    try {
      const header = await readBackupHeader(file);
      return { file: path, reads: file.reads, bytesRead: file.bytesRead, ...header };
    } catch (error) {
      if (!(error instanceof BackupFormatError)) throw error;
      const { code, offset, expected, found, message } = error;
      return { file: path, size: file.size, error: { code, offset, expected, found, message } };
    }
  });

const TYPE_WORDS: Readonly<Record<BackupType, string>> = {
  1: "full",
  2: "log",
  4: "file",
  5: "differential",
  6: "differential file",
  7: "partial",
  8: "differential partial",
};

const rowsOf = (one: Inspected): string[][] =>
  "error" in one
    ? [[one.file, sizeText(one.size), one.error.code, one.error.message]]
    : one.backupSets.map((set) => [
        one.file,
        sizeText(one.size),
        `${TYPE_WORDS[set.backupType]}${set.isCopyOnly ? ", copy-only" : ""}`,
        set.databaseName,
        set.firstLsn.toString(),
        set.lastLsn.toString(),
        set.backupFinishDate.replace("T", " "),
      ]);
