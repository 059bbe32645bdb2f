// Judges files or headers by the service's own rules: what would become of them in a migration.
import { assessChain } from "../chain/assessChain.ts";
import { type BackupRecord, NOTHING_RESTORED } from "../chain/backupRecord.ts";
import type { ChainProblem, ChainReport } from "../chain/chainReport.ts";
import { PROBLEM_CODES } from "../chain/words/problems.ts";
import type { Check } from "../migration/migration.ts";
import { DRY_RUN_CHECKS, fileChecks } from "../preflight/fileChecks.ts";
import { type Asked, timesOf } from "./asked.ts";
import type { KnownFile } from "./headerRows.ts";
import { recordsOf } from "./knownHeaders.ts";
import { notKnown, notUnderstood } from "./notKnown.ts";
import { bareName } from "./recordNames.ts";

/** Codes of the chain's problems, and of those that only files outside of Azure have. */
export const DRY_RUN_CODES = [...PROBLEM_CODES, "NOT_KNOWN", "NOT_UNDERSTOOD", "EQUAL_NAMES", "ROW_LEFT_OUT"] as const;

export interface DryRunProblem extends Omit<ChainProblem, "code"> {
  readonly code: (typeof DRY_RUN_CODES)[number];
}

export interface DryRun {
  readonly report: Omit<ChainReport, "problems"> & { readonly problems: readonly DryRunProblem[] };
  /** The preflight as far as it needs nothing but the files. */
  readonly checks: readonly Check[];
  /** The file that a name in the report stands for. */
  readonly fileOf: (name: string) => string;
  /** The time to stop at, wall clock of the source, or an instant with its zone. */
  readonly stopAt: string | undefined;
  /** For want of the source's offset. */
  readonly timesAreUtc: boolean;
}

/**
 * Could it be dropped and restored like this, as far as was asked? Only where nothing is missing, refused, or unknown
 * that decides.
 */
export const isWhole = ({
  report: { verdict, problems, unusableNewer, forkAmbiguous },
  checks,
}: Pick<DryRun, "report" | "checks">): boolean =>
  verdict === "restorable" &&
  unusableNewer.length === 0 &&
  !forkAmbiguous &&
  !problems.some(isInTheWay) &&
  !checks.some(({ outcome }) => outcome === "fail");

/**
 * Columns that decide are absent or not understood, rows were left out, or the plan ends before the stop that was
 * asked for.
 */
const isInTheWay = ({ code, severity }: DryRunProblem): boolean =>
  code === "NOT_UNDERSTOOD" || code === "NOT_KNOWN" ? severity === "alarm" : IN_THE_WAY.has(code);

const IN_THE_WAY = new Set<DryRunProblem["code"]>(["EQUAL_NAMES", "ROW_LEFT_OUT", "STOP_NOT_REACHED", "BULK_LOGGED"]);

/**
 * Columns are absent without which a chain that looks whole may not be: those that keep it from being whole, and
 * FamilyCount, which
 * RESTORE HEADERONLY does not have.
 */
export const isInPartUnknown = ({ problems }: DryRun["report"]): boolean =>
  problems.some(
    ({ code, severity, message }) =>
      code === "NOT_KNOWN" && (severity === "alarm" || message.startsWith("FamilyCount:")),
  );

/** `modifiedAt`: of files that lie in a folder, UTC. Total: what cannot be used is told in the report. */
export function dryRunOf(
  all: readonly KnownFile[],
  asked: Asked = {},
  modifiedAt: (file: KnownFile) => string | undefined = () => undefined,
): DryRun {
  const files = all.filter(({ leftOut }) => leftOut === undefined);
  const records = recordsOf(files, modifiedAt);
  const report = reportOf(records, "", asked);
  const names = records.map(({ name }) => name);
  const nameOf = new Map(names.map((name, index) => [name, files[index]?.file || name]));
  const there = names.filter((_, index) => files[index]?.noFile === undefined);
  const isNamed = files.some(({ file }) => file !== "");
  const known = report.problems.filter(({ code }) => isNamed || code !== "UNKNOWN_EXTENSION");
  const copies = new Set(report.files.filter(({ reason }) => reason === "DUPLICATE").map(({ name }) => name));
  const problems = [
    ...[...known, ...equalNames(there, copies), ...leftOut(all)],
    ...[...notUnderstood(files, names, asked), ...notKnown(files, names, asked)],
  ];
  return {
    report: { ...report, problems },
    checks: checksOf(report, records, asked),
    fileOf: (name) => nameOf.get(name) ?? name,
    stopAt: asked.stopAt,
    timesAreUtc: timesOf(files).areUtc,
  };
}

/**
 * Of files whose headers the service has read. `folder`: which of the container's, "" for its root; files are named
 * from there on.
 */
export function dryRunOfRecords(records: readonly BackupRecord[], folder: string, asked: Asked = {}): DryRun {
  const report = reportOf(records, folder, asked);
  return {
    report,
    checks: checksOf(report, records, asked),
    fileOf: (name) => (folder === "" ? name : name.slice(folder.length + 1)),
    stopAt: asked.stopAt,
    timesAreUtc: false,
  };
}

const reportOf = (
  records: readonly BackupRecord[],
  folder: string,
  { stopAt, targetVersionMajor }: Asked,
): ChainReport =>
  assessChain(records, {
    // nobody waits in a dry run, so no gap is overdue: the same files give the same verdict
    now: new Date(0).toISOString(),
    mode: "online",
    folder,
    rootIsADatabase: folder === "",
    progress: NOTHING_RESTORED,
    settings: { gapDeadlineMinutes: 60, allowDamaged: false },
    ...(stopAt !== undefined && { stopAt }),
    ...(targetVersionMajor !== undefined && { targetVersionMajor }),
  });

function checksOf(report: ChainReport, records: readonly BackupRecord[], { targetVersionMajor }: Asked): Check[] {
  const checks = fileChecks({
    mode: report.mode,
    source: { container: "", folder: "", rootIsADatabase: true },
    vm: {},
    ...(targetVersionMajor !== undefined && { versionMajor: targetVersionMajor }),
    report,
    records,
    requireChecksum: false,
    passedOver: [],
  }).filter(({ id }) => DRY_RUN_CHECKS.includes(id));
  return checks.map((check) => ({ ...check, outcome: outcomeHere(check, targetVersionMajor) }));
}

function outcomeHere({ id, outcome }: Check, targetVersionMajor: number | undefined): Check["outcome"] {
  // nobody has said yet that the migration is to be online: without log backups it can be offline
  if (id === "P26" && outcome === "fail") return "warn";
  // whether the target takes these backups was asked, and cannot be answered
  return id === "P17" && outcome === "unknown" && targetVersionMajor !== undefined ? "fail" : outcome;
}

/** Rows that are no backup set to us may be the ones that matter. */
function leftOut(files: readonly KnownFile[]): DryRunProblem[] {
  const reasons = files.flatMap((file) => file.leftOut ?? []);
  if (reasons.length === 0) return [];
  const shown = reasons.slice(0, 3).join(" ");
  const more = reasons.length > 3 ? ` And ${reasons.length - 3} more.` : "";
  return [{ code: "ROW_LEFT_OUT", severity: "alarm", message: `${shown}${more}`, files: [] }];
}

/**
 * Of different folders here, and one blob in the folder that the service reads. `copies`: those of which another file
 * is used.
 */
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

/** The JSON shape that scripts hang on; what is not known is null. */
export const dryRunShape = ({ report, checks, fileOf }: DryRun) => ({
  verdict: report.verdict,
  whole: isWhole({ report, checks }),
  forkAmbiguous: report.forkAmbiguous,
  isInPartUnknown: isInPartUnknown(report),
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
