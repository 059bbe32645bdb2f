// ferry plan: would these backups restore, how far, and what is missing? A dry run on files or exported headers, without Azure.
import { readFile, stat } from "node:fs/promises";
import { relative } from "node:path";
import { assessChain } from "../shared/chain/assessChain.ts";
import { type BackupRecord, NOTHING_RESTORED } from "../shared/chain/backupRecord.ts";
import type { ChainReport } from "../shared/chain/chainReport.ts";
import { majorOfRelease } from "../shared/chain/releases.ts";
import { fileChecks } from "../shared/migration/fileChecks.ts";
import type { Check } from "../shared/migration/migration.ts";
import { type Command, type Given, usageError } from "./command.ts";
import { EXIT, FerryError } from "./exit.ts";
import { decoded } from "./exportRows.ts";
import { filesBelow } from "./folder.ts";
import { type KnownFile, readExport } from "./headerExport.ts";
import { inspectFile } from "./inspect.ts";
import { bareName, notKnown, recordsOf } from "./knownHeaders.ts";
import { type DryRun, type DryRunProblem, isWhole, planText } from "./planText.ts";
import { print, printJson } from "./print.ts";
import { redact } from "./redact.ts";

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
    const dryRun = assess(source, given);
    if (given.flag("json")) printJson(asShape(dryRun));
    else print(planText(dryRun));
    return isWhole(dryRun) ? EXIT.done : EXIT.refused;
  },
};

interface Source {
  readonly files: readonly KnownFile[];
  /** Of files that lie in a folder, UTC. */
  readonly modifiedAt: ReadonlyMap<KnownFile, string>;
}

/** Several header exports, one per replica, and folders, as one folder of the service. */
const joined = (sources: readonly Source[]): Source => ({
  files: sources.flatMap(({ files }) => files),
  modifiedAt: new Map(sources.flatMap(({ modifiedAt }) => [...modifiedAt])),
});

const HEADERS = /\.(json|csv|tsv|txt|xml|clixml|rpt)$/i;

async function readSource(path: string): Promise<Source> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new FerryError(EXIT.notFound, `There is no file or folder "${path}".`);
    throw error;
  });
  if (!found.isDirectory() && HEADERS.test(path))
    return { files: readExport(decoded(await readFile(path))), modifiedAt: new Map() };
  const modifiedAt = new Map<KnownFile, string>();
  for (const file of await filesBelow(path)) {
    const name = relative(path, file.path) || file.name;
    modifiedAt.set({ ...(await inspectFile(file.path)), file: name }, file.modifiedAt.toISOString());
  }
  return { files: [...modifiedAt.keys()], modifiedAt };
}

function assess({ files: all, modifiedAt }: Source, given: Given): DryRun {
  const files = all.filter(({ leftOut }) => leftOut === undefined);
  const records = recordsOf(files, (file) => modifiedAt.get(file));
  const timesAreUtc = files.some((file) => file.timesAreUtc);
  const stopAt = stopTime(given, files, timesAreUtc);
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
  const copies = new Set(report.files.filter(({ reason }) => reason === "DUPLICATE").map(({ name }) => name));
  const problems = [...known, ...equalNames(names, copies), ...leftOut(all), ...notKnown(files, names)];
  return {
    report: { ...report, problems },
    checks: checksOf(report, records, targetVersionMajor),
    fileOf: (name) => nameOf.get(name) ?? name,
    stopAt,
    timesAreUtc,
  };
}

/** Those that need nothing but the files, as the service judges them; P11 and P12 are of a container, P15 and P27 of an offline start. */
const ASKED: readonly Check["id"][] = ["P14", "P16", "P17", "P18", "P19", "P21", "P26"];

function checksOf(
  report: ChainReport,
  records: readonly BackupRecord[],
  targetVersionMajor: number | undefined,
): Check[] {
  const checks = fileChecks({
    mode: report.mode,
    source: { container: "", folder: "", rootIsADatabase: true },
    vm: {},
    ...(targetVersionMajor !== undefined && { versionMajor: targetVersionMajor }),
    report,
    records,
    requireChecksum: false,
    passedOver: [],
  }).filter(({ id }) => ASKED.includes(id));
  // nobody has said yet that the migration is to be online: without log backups it can be offline
  return checks.map((check) =>
    check.id === "P26" && check.outcome === "fail" ? { ...check, outcome: "warn" } : check,
  );
}

/** Rows that are no backup set to us may be the ones that matter. */
function leftOut(files: readonly KnownFile[]): DryRunProblem[] {
  const reasons = files.flatMap((file) => file.leftOut ?? []);
  if (reasons.length === 0) return [];
  const shown = reasons.slice(0, 3).join(" ");
  const more = reasons.length > 3 ? ` And ${reasons.length - 3} more.` : "";
  return [{ code: "ROW_LEFT_OUT", severity: "alarm", message: `${shown}${more}`, files: [] }];
}

/** Of different folders here, and one blob in the folder that the service reads. `copies`: those of which another file is used. */
function equalNames(names: readonly string[], copies: ReadonlySet<string>): DryRunProblem[] {
  return [...Map.groupBy(names, (name) => bareName(name).toLowerCase()).values()]
    .filter((equal) => equal.length > 1)
    .map((equal) => {
      const areCopies = equal.filter((name) => !copies.has(name)).length <= 1;
      const message = areCopies
        ? `${equal.length} files named ${bareName(equal[0] ?? "")} hold the same backup, as a mirror does: upload one of them.`
        : `${equal.length} files are named ${bareName(equal[0] ?? "")}: the service reads one flat folder, where they would be one file; rename all but one.`;
      return { code: "EQUAL_NAMES", severity: "alarm", message, files: equal };
    });
}

/** The source's wall clock, "2025-11-24 21:45" or with seconds; or an instant, "2025-11-24T20:45:00Z", where the headers tell the offset. */
function stopTime(given: Given, files: readonly KnownFile[], timesAreUtc: boolean): string | undefined {
  const at = given.text("at");
  if (at === undefined) return undefined;
  const [, wall = "", zone = ""] = /^(.*?)(Z|[+-]\d\d:\d\d)?$/.exec(at.trim().replace(" ", "T")) ?? [];
  const text = wall.padEnd(19, ":00");
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) || Number.isNaN(Date.parse(`${text}Z`)))
    throw usageError(plan, `--at is a time of the source's clock, "2025-11-24 21:45:00", not "${at}".`);
  if (zone === "" && timesAreUtc)
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

/** The JSON shape that scripts hang on; what is not known is null. */
const asShape = ({ report, checks, fileOf }: DryRun) => ({
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
  checks,
});
