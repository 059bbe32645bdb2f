// Implements `ferry inspect`: prints RESTORE HEADERONLY, LABELONLY and FILELISTONLY of backup files without a server.
import { BackupChangedError, type ByteSource } from "../../shared/backup/byteSource.ts";
import { type Command, usageError } from "../command.ts";
import { EXIT, FerryError } from "../exit.ts";
import { isUrl, openBlobUrl, withoutSignature } from "../files/blobUrl.ts";
import { filesBelow } from "../files/folder.ts";
import { type Inspected, inspectSource } from "../files/inspected.ts";
import { withFile } from "../files/localFile.ts";
import { headerTables } from "../print/headerTables.ts";
import { hexReport } from "../print/hexReport.ts";
import { print, printJson } from "../print/print.ts";

export const inspect: Command = {
  usage: "inspect FILE|FOLDER|URL... [--json | --report]",
  summary:
    "headers of backup files, here or in a blob container; folders are walked; --report: their layout without names, for the maintainers",
  options: { json: { type: "boolean" }, report: { type: "boolean" } },
  run: async (given) => {
    if (given.operands.length === 0) throw usageError(inspect, "Which files, folders or blobs?");
    if (given.flag("json") && given.flag("report")) throw usageError(inspect, "Either --json or --report.");
    const inspected: Inspected[] = [];
    const reports: string[] = [];
    const look = async (file: string, source: ByteSource): Promise<Inspected> => {
      const found = await inspectSource(file, source);
      if (given.flag("report")) reports.push(await hexReport(found, reports.length + 1, source));
      return found;
    };
    for (const operand of given.operands)
      if (isUrl(operand)) inspected.push(await inspectUrl(operand, look));
      else for (const file of await pathsOf(operand)) inspected.push(await inspectFile(file, look));
    if (inspected.length === 0)
      throw new FerryError(EXIT.notFound, `There is no file in ${given.operands.map((one) => `"${one}"`).join(", ")}.`);
    if (given.flag("report")) print(reports.join("\n\n"));
    else if (given.flag("json")) printJson(inspected);
    else print(headerTables(inspected));
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
export const inspectFile = (path: string, look = inspectSource): Promise<Inspected> =>
  onceMoreIfChanged(() => withFile(path, (file) => look(path, file)));

const inspectUrl = (url: string, look: typeof inspectSource): Promise<Inspected> =>
  onceMoreIfChanged(async () => look(withoutSignature(url), await openBlobUrl(url)));

/** A file that is replaced while it is read is read again, once. */
async function onceMoreIfChanged(read: () => Promise<Inspected>): Promise<Inspected> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BackupChangedError) return read();
    throw error;
  }
}
