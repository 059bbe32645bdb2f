// Implements `ferry plan`: tells without Azure whether files or exported headers would restore, how far, and what is
// missing.
import { readFile, stat } from "node:fs/promises";
import { relative } from "node:path";
import { type Asked, askedOf, timesOf } from "../../shared/dryRun/asked.ts";
import { dryRunOf, dryRunShape, isWhole } from "../../shared/dryRun/dryRun.ts";
import { currentGenerations } from "../../shared/dryRun/fileGenerations.ts";
import type { KnownFile } from "../../shared/dryRun/headerRows.ts";
import { type Command, type Given, usageError } from "../command.ts";
import { EXIT, FerryError } from "../exit.ts";
import { decoded } from "../exports/exportRows.ts";
import { exportedFiles } from "../exports/headerExport.ts";
import { redact } from "../exports/redact.ts";
import { filesBelow } from "../files/folder.ts";
import { planText } from "../print/planText.ts";
import { print, printJson } from "../print/print.ts";
import { inspectFile } from "./inspect.ts";

export const plan: Command = {
  usage: "plan FOLDER|HEADERS.json [MORE...] [--json] [--at TIME] [--target-version 2019] [--redact]",
  summary:
    "would these backups restore, how far, and what is missing: a dry run on files or exported headers, without Azure",
  options: {
    json: { type: "boolean" },
    at: { type: "string" },
    "target-version": { type: "string" },
    redact: { type: "boolean" },
  },
  run: async (given) => {
    if (given.operands.length === 0) throw usageError(plan, "Which folder, or which exported headers?");
    const source = joined(await Promise.all(given.operands.map(readSource)));
    if (given.flag("redact")) {
      printJson(redact(source.files.filter(({ leftOut }) => leftOut === undefined)));
      return EXIT.done;
    }
    const dryRun = dryRunOf(source.files, asked(source.files, given), (file) => source.modifiedAt.get(file));
    if (given.flag("json")) printJson(dryRunShape(dryRun));
    else print(planText(dryRun));
    return isWhole(dryRun) ? EXIT.done : EXIT.refused;
  },
};

interface Source {
  /** Of files that lie in a folder. */
  readonly files: readonly KnownFile[];
  /** Of an export, row by row. */
  readonly rows: readonly KnownFile[];
  /** Of files that lie in a folder, UTC. */
  readonly modifiedAt: ReadonlyMap<KnownFile, string>;
}

/** Several header exports, one per replica or one after the other, and folders, as one folder of the service. */
const joined = (sources: readonly Source[]): Omit<Source, "rows"> => ({
  files: [...sources.flatMap(({ files }) => files), ...currentGenerations(sources.flatMap(({ rows }) => rows))],
  modifiedAt: new Map(sources.flatMap(({ modifiedAt }) => [...modifiedAt])),
});

const HEADERS = /\.(json|csv|tsv|txt|xml|clixml|rpt)$/i;

async function readSource(path: string): Promise<Source> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new FerryError(EXIT.notFound, `There is no file or folder "${path}".`);
    throw error;
  });
  if (!found.isDirectory() && HEADERS.test(path))
    return { files: [], rows: exportedFiles(decoded(await readFile(path))), modifiedAt: new Map() };
  const modifiedAt = new Map<KnownFile, string>();
  for (const file of await filesBelow(path)) {
    const name = relative(path, file.path) || file.name;
    modifiedAt.set({ ...(await inspectFile(file.path)), file: name }, file.modifiedAt.toISOString());
  }
  return { files: [...modifiedAt.keys()], rows: [], modifiedAt };
}

const OPTIONS = { at: "--at", targetVersion: "--target-version" };

function asked(all: readonly KnownFile[], given: Given): Asked {
  const words = { at: given.text("at"), targetVersion: given.text("target-version") };
  const taken = askedOf(words, timesOf(all));
  if ("why" in taken) throw usageError(plan, `${OPTIONS[taken.word]}: ${taken.why}.`);
  return taken;
}
