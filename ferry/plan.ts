// ferry plan: would these backups restore, how far, and what is missing? A dry run on files or exported headers, without Azure.
import { readFile, stat } from "node:fs/promises";
import { relative } from "node:path";
import { assessChain } from "../shared/chain/assessChain.ts";
import { type BackupRecord, NOTHING_RESTORED } from "../shared/chain/backupRecord.ts";
import { majorOfRelease } from "../shared/chain/releases.ts";
import { type Command, type Given, onlyOperand, usageError } from "./command.ts";
import { EXIT, FerryError } from "./exit.ts";
import { filesBelow } from "./folder.ts";
import { decoded, type KnownFile, readExport } from "./headerExport.ts";
import { inspectFile } from "./inspect.ts";
import { bareName, notKnown, recordsOf } from "./knownHeaders.ts";
import { type DryRun, type DryRunProblem, isWhole, planText } from "./planText.ts";
import { print, printJson } from "./print.ts";
import { redact } from "./redact.ts";

export const plan: Command = {
  usage: "plan FOLDER|HEADERS.json [--json] [--at TIME] [--target-version 2019] [--redact]",
  summary:
    "would these backups restore, how far, and what is missing: a dry run on files or exported headers, without Azure",
  options: {
    json: { type: "boolean" },
    at: { type: "string" },
    "target-version": { type: "string" },
    redact: { type: "boolean" },
  },
  run: async (given) => {
    const source = await readSource(onlyOperand(plan, given));
    if (given.flag("redact")) {
      printJson(redact(source.files));
      return EXIT.done;
    }
    const dryRun = assess(source, given);
    if (given.flag("json")) printJson(asShape(dryRun));
    else print(planText(dryRun));
    return isWhole(dryRun.report) ? EXIT.done : EXIT.refused;
  },
};

/** Files in the order of their records. */
interface Source {
  readonly files: readonly KnownFile[];
  readonly records: readonly BackupRecord[];
}

async function readSource(path: string): Promise<Source> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new FerryError(EXIT.notFound, `There is no file or folder "${path}".`);
    throw error;
  });
  if (!found.isDirectory() && /\.json$/i.test(path)) {
    const files = readExport(decoded(await readFile(path)));
    return { files, records: recordsOf(files) };
  }
  const modifiedAt = new Map<string, string>();
  const files: KnownFile[] = [];
  for (const file of await filesBelow(path)) {
    const name = relative(path, file.path) || file.name;
    modifiedAt.set(name, file.modifiedAt.toISOString());
    files.push({ ...(await inspectFile(file.path)), file: name });
  }
  return { files, records: recordsOf(files, ({ file }) => modifiedAt.get(file)) };
}

function assess({ files, records }: Source, given: Given): DryRun {
  const stopAt = stopTime(given);
  const targetVersionMajor = targetVersion(given);
  const report = assessChain(records, {
    now: new Date(0).toISOString(), // nobody waits in a dry run, so no gap is overdue: the same files give the same verdict
    mode: "online",
    folder: "",
    rootIsADatabase: true,
    progress: NOTHING_RESTORED,
    settings: { gapDeadlineMinutes: 60, allowDamaged: false },
    ...(stopAt !== undefined && { stopAt }),
    ...(targetVersionMajor !== undefined && { targetVersionMajor }),
  });
  const names = records.map(({ name }) => name);
  const nameOf = new Map(names.map((name, index) => [name, files[index]?.file || name]));
  const isNamed = files.some(({ file }) => file !== "");
  const known = report.problems.filter(({ code }) => isNamed || code !== "UNKNOWN_EXTENSION");
  const problems = [...known, ...equalNames(names), ...notKnown(files, names)];
  return { report: { ...report, problems }, fileOf: (name) => nameOf.get(name) ?? name, stopAt };
}

/** Of different folders here, and one blob in the folder that the service reads. */
function equalNames(names: readonly string[]): DryRunProblem[] {
  return [...Map.groupBy(names, (name) => bareName(name).toLowerCase()).values()]
    .filter((equal) => equal.length > 1)
    .map((equal) => ({
      code: "EQUAL_NAMES",
      severity: "alarm",
      message: `${equal.length} files are named ${bareName(equal[0] ?? "")}: the service reads one flat folder, where they would be one file; rename all but one.`,
      files: equal,
    }));
}

/** Wall clock of the source: "2025-11-24 21:45" or with seconds. */
function stopTime(given: Given): string | undefined {
  const at = given.text("at");
  if (at === undefined) return undefined;
  const text = at.replace(" ", "T").padEnd(19, ":00");
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}Z`));
  if (!isTime) throw usageError(plan, `--at is a time of the source's clock, "2025-11-24 21:45:00", not "${at}".`);
  return text;
}

/** "2019", or SQL Server's own number, "15". */
function targetVersion(given: Given): number | undefined {
  const text = given.text("target-version");
  if (text === undefined) return undefined;
  const major = majorOfRelease(text) ?? (/^\d{1,2}$/.test(text) ? Number(text) : undefined);
  if (major === undefined) throw usageError(plan, `--target-version is a release such as 2019 or 2022, not "${text}".`);
  return major;
}

/** The JSON shape that scripts hang on; what is not known is null. */
const asShape = ({ report, fileOf }: DryRun) => ({
  verdict: report.verdict,
  restorableTo: report.restorableTo ?? null,
  lastBackupName: report.lastBackupName === undefined ? null : bareName(report.lastBackupName),
  planVersion: report.planVersion,
  plan: report.plan.map(({ position, type, setGuid, firstLsn, lastLsn, files }) => ({
    position,
    type,
    setGuid,
    firstLsn,
    lastLsn,
    files: files.map(fileOf),
  })),
  files: report.files.map(({ name, verdict, reason, detail, remedy }) => ({
    file: fileOf(name),
    verdict,
    reason,
    detail,
    remedy,
  })),
  gaps: report.gaps.map((gap) => ({
    ...gap,
    after: { ...gap.after, file: fileOf(gap.after.file) },
    before: { ...gap.before, file: fileOf(gap.before.file) },
  })),
  unusableNewer: report.unusableNewer.map((unusable) => ({ ...unusable, file: fileOf(unusable.file) })),
  problems: report.problems.map((problem) => ({ ...problem, files: problem.files.map(fileOf) })),
});
