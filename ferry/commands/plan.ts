// Implements `ferry plan`: tells without Azure whether files or exported headers would restore, how far, and what is
// missing.
import { readFile, stat } from "node:fs/promises";
import { relative } from "node:path";
import { majorOfRelease } from "../../shared/chain/files/releases.ts";
import { type Command, type Given, usageError } from "../command.ts";
import { EXIT, FerryError } from "../exit.ts";
import { type Asked, dryRunOf, dryRunShape, isWhole, timesAreUtc } from "../exports/dryRun.ts";
import { decoded } from "../exports/exportRows.ts";
import { currentGenerations } from "../exports/fileGenerations.ts";
import { exportedFiles, type KnownFile } from "../exports/headerExport.ts";
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

function asked(all: readonly KnownFile[], given: Given): Asked {
  const files = all.filter(({ leftOut }) => leftOut === undefined);
  const stopAt = stopTime(given, files, timesAreUtc(files));
  const targetVersionMajor = targetVersion(given);
  return { ...(stopAt !== undefined && { stopAt }), ...(targetVersionMajor !== undefined && { targetVersionMajor }) };
}

/** The source's wall clock, "2025-11-24 21:45" or with seconds; or an instant, "2025-11-24T20:45:00Z", where the headers tell the offset. */
function stopTime(given: Given, files: readonly KnownFile[], areUtc: boolean): string | undefined {
  const at = given.text("at");
  if (at === undefined) return undefined;
  const [, wall = "", zone = ""] = /^(.*?)(Z|[+-]\d\d:\d\d)?$/.exec(at.trim().replace(" ", "T")) ?? [];
  const text = wall.padEnd(19, ":00");
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) || Number.isNaN(Date.parse(`${text}Z`)))
    throw usageError(plan, `--at is a time of the source's clock, "2025-11-24 21:45:00", not "${at}".`);
  if (zone === "" && areUtc)
    throw usageError(plan, `These headers tell their times in UTC only: say --at in UTC as well, "${text}Z".`);
  const isKnown = files.every(({ backupSets = [] }) => backupSets.every((set) => set.utcOffsetMinutes !== undefined));
  if (zone !== "" && !isKnown)
    throw usageError(plan, "These headers do not tell the source's offset from UTC: say --at by the source's clock.");
  return `${text}${zone}`;
}

/** "2019", or SQL Server's own number, "15". */
function targetVersion(given: Given): number | undefined {
  const text = given.text("target-version");
  if (text === undefined) return undefined;
  const major = majorOfRelease(text) ?? (/^\d{1,2}$/.test(text) ? Number(text) : undefined);
  if (major === undefined) throw usageError(plan, `--target-version is a release such as 2019 or 2022, not "${text}".`);
  return major;
}
