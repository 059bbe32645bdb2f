// Finds warnings and alarms about the folder as a whole, which belong to no single file.
import type { BackupRecord } from "./backupRecord.ts";
import type { ChainProblem, ChainReport } from "./chainReport.ts";
import { reachesStop, stopsAt } from "./files/fitness.ts";
import { isBulkLogged, lacksMetaData } from "./files/headerFlags.ts";
import { compareText, fileNameOf, guidOf, isCalledAfter } from "./files/identity.ts";
import type { BackupSet } from "./files/mediaSets.ts";
import { byFirstLsn } from "./plan/logChain.ts";
import type { RestorePlan } from "./plan/plan.ts";
import type { PlanEnd } from "./plan/tail.ts";
import { unusableText } from "./plan/unusableNewer.ts";
import { type Facts, type Judgement, recordsOf } from "./verdicts.ts";
import { type Finding, type ProblemCode, verdictOf } from "./words/problems.ts";
import { anotherRun, clock, fileOf, forkOf, takenAlong } from "./words/wording.ts";

/** In a fixed order: alarms that stop everything first. `judgements`: those of isOfFolder. */
export function findProblems(
  facts: Facts,
  end: PlanEnd,
  judgements: readonly Judgement[],
  unusable: Unusable,
): readonly ChainProblem[] {
  return [
    ...mixedDatabases(facts),
    ...ambiguousFork(facts),
    ...missingFile(facts),
    ...unusableNewer(facts, unusable),
    ...tooLate(facts, judgements),
    ...unreachedFork(facts, judgements),
    ...reopened(end),
    ...otherName(facts),
    ...reanchored(facts),
    ...simpleModel(facts),
    ...ofPlan(facts),
    ...stopMissed(facts),
    ...unknownExtensions(facts),
  ];
}

type Unusable = Pick<ChainReport, "unusableNewer" | "files">;

/** Does this file's reason make a problem of the whole folder? findProblems wants its judgement. */
export const isOfFolder = ({ reason }: Finding): boolean => reason === "TOO_LATE" || reason === "OFF_FORK";

/** A file that the restore under way needs and that is not there any more: nothing but a person can bring it back. */
export function lostFile({ plan, databases, context }: Facts): string | undefined {
  const { started, anchorSetGuid, positionLsn, lastBackupLsn, currentSetGuid, ended } = context.progress;
  if (!started || ended !== undefined) return undefined;
  const sets = databases.own?.sets ?? [];
  if (positionLsn === undefined && anchorSetGuid !== undefined && !plan.anchor) {
    return `the full backup ${anchorSetGuid} that the restore starts from`;
  }
  if (lastBackupLsn !== undefined && plan.endLsn !== undefined && plan.endLsn < lastBackupLsn) {
    return `a backup that the restore needs to get from LSN ${plan.endLsn} to its end at LSN ${lastBackupLsn}`;
  }
  const current = guidOf(currentSetGuid);
  return current === undefined || sets.some(({ id }) => id === current)
    ? undefined
    : `the backup set ${current} that is being restored`;
}

function mixedDatabases({ databases: { own, others, mixed } }: Facts): readonly ChainProblem[] {
  if (!mixed) return [];
  const nameOf = (sets: readonly BackupSet[]): string => sets[0]?.header.databaseName ?? "";
  const foreign = others.map(
    ({ database, recreated }) => `${nameOf(database.sets)}${recreated ? " (created anew)" : ""}`,
  );
  const whose = own
    ? `The folder holds backups of ${nameOf(own.sets)} and`
    : "The folder holds none of the expected database, but backups";
  return [
    problem(
      "MIXED_DATABASES",
      "alarm",
      `${whose} of ${foreign.join(", ")}; nothing starts and nothing is cut over before each database has a folder of its own.`,
      others.flatMap(({ database }) => database.sets).flatMap(recordsOf),
    ),
  ];
}

function ambiguousFork({ plan: { path } }: Facts): readonly ChainProblem[] {
  if (path.ends.length < 2) return [];
  const others = `${path.ends.slice(1, 4).join(", ")}${path.ends.length > 4 ? " and others" : ""}`;
  const message = `The source was restored to an earlier time, and the folder holds several recovery forks to start from: the plan follows ${path.target}, which was backed up last, not ${others}; name the fork to use in the migration.`;
  return [problem("FORK_AMBIGUOUS", "warning", message, [])];
}

/** Logs go on on a fork that nothing leads to: the plan is whole, and yet it ends before the source does. */
function unreachedFork({ plan, context }: Facts, judgements: readonly Judgement[]): readonly ChainProblem[] {
  const { path, endLsn } = plan;
  if (path.ends.length > 1 || context.expected?.forkId !== undefined || endLsn === undefined) return [];
  const strays: { readonly record: BackupRecord; readonly set: BackupSet }[] = [];
  for (const { record, finding } of judgements) {
    const isCutOff = finding.reason === "OFF_FORK" && (path.admits(finding.set) || !path.passes(forkOf(finding.set)));
    if (isCutOff) strays.push({ record, set: finding.set });
  }
  const [first] = strays.toSorted((a, b) => byFirstLsn(a.set, b.set));
  if (!first) return [];
  const remedy = context.progress.started
    ? `upload the log backup that spans the fork; where the restore has passed that point already, ${anotherRun(context.progress.ended)}`
    : "upload the log backup that spans the fork, or take a new full backup";
  const message = `${count(strays.length, "backup")} from LSN ${first.set.firstLsn} on (${fileOf(first.set)}) ${strays.length === 1 ? "lies" : "lie"} on recovery fork ${forkOf(first.set)}, and nothing leads there from LSN ${endLsn} on fork ${path.target}: the source was restored to an earlier time, or failed over; ${remedy}.`;
  return [
    problem(
      "FORK_UNREACHED",
      "warning",
      message,
      strays.map(({ record }) => record),
    ),
  ];
}

function missingFile(facts: Facts): readonly ChainProblem[] {
  const lost = lostFile(facts);
  if (lost === undefined) return [];
  return [problem("PLANNED_FILE_MISSING", "alarm", `The folder no longer holds ${lost}; upload it again.`, [])];
}

/** Until all of them have been read it may be that nothing is wrong: a warning. */
function unusableNewer({ plan: { endLsn } }: Facts, unusable: Unusable): readonly ChainProblem[] {
  const files = unusable.unusableNewer.filter(({ reason }) => reason !== "OFF_FORK"); // FORK_UNREACHED tells those
  if (files.length === 0) return [];
  const message = `${count(files.length, "file")} cannot be used and may reach beyond the plan's end at LSN ${endLsn}: what ${files.length === 1 ? "it holds" : "they hold"} would be missing on the target. ${unusableText({ ...unusable, unusableNewer: files })}`;
  const severity = files.every(({ reason }) => verdictOf(reason) === "reading") ? "warning" : "alarm";
  return [{ code: "UNUSABLE_NEWER", severity, message, files: files.map(({ file }) => file) }];
}

function tooLate({ plan, context }: Facts, judgements: readonly Judgement[]): readonly ChainProblem[] {
  const late = judgements
    .filter(({ finding }) => finding.reason === "TOO_LATE")
    .map(({ record }) => record)
    .sort((a, b) => compareText(a.name, b.name));
  const [first] = late;
  if (!first) return [];
  const message = `${count(late.length, "file")} came after the end of the restore was fixed, ${fileNameOf(first.name)} for instance: what lies beyond LSN ${plan.endLsn} will be missing on the target. ${takenAlong(context.progress.ended)}`;
  return [problem("TOO_LATE", "alarm", message, late)];
}

function reopened({ reopened }: PlanEnd): readonly ChainProblem[] {
  const [first] = reopened?.logs ?? [];
  if (!reopened || !first) return [];
  const message = `${fileOf(reopened.tail)} had closed the source at LSN ${reopened.tail.lastLsn}, but ${fileOf(first)} begins at LSN ${first.firstLsn}: the source was opened again and is not closed now.`;
  return [problem("SOURCE_REOPENED", "alarm", message, reopened.logs.flatMap(recordsOf))];
}

/**
 * R20: the commonest mistake of all is the right file in the wrong folder. Not asked again once the source's name was
 * given.
 */
function otherName({ databases: { own, mixed }, context }: Facts): readonly ChainProblem[] {
  const { folder, targetDatabaseName, expected } = context;
  const names = own ? [...own.names] : [];
  const suggests = (name: string): boolean => names.some((one) => isCalledAfter(name, one));
  const isNamed = expected?.databaseName !== undefined || expected?.familyGuid !== undefined;
  if (!own || mixed || isNamed || folder === "" || context.progress.started) return [];
  if (suggests(fileNameOf(folder)) || (targetDatabaseName !== undefined && suggests(targetDatabaseName))) return [];
  const target = targetDatabaseName === undefined ? "" : ` and the target database ${targetDatabaseName}`;
  const message = `The folder is called ${fileNameOf(folder)}${target}, but all its backups are of ${own.sets[0]?.header.databaseName}: if that is meant, name the source database in the migration; if not, move the files to the folder they belong to.`;
  return [problem("OTHER_NAME", "warning", message, [])];
}

function reanchored({ plan: { abandoned, anchor } }: Facts): readonly ChainProblem[] {
  if (!abandoned || !anchor) return [];
  const message = `Log backups are missing behind LSN ${abandoned.end}, so the plan starts from ${fileOf(anchor)} (finished ${clock(anchor.backupFinishDate)}) instead of ${fileOf(abandoned.full)}; nothing has to be done.`;
  return [problem("REANCHORED", "warning", message, anchor.files)];
}

function simpleModel({ plan: { anchor, differential }, context }: Facts): readonly ChainProblem[] {
  const base = differential ?? anchor;
  if (context.mode !== "online" || base?.recoveryModel !== "SIMPLE") return [];
  const message = `${fileOf(base)} was taken in the SIMPLE recovery model: there are no log backups to stay in step with; migrate in offline mode, or switch to FULL and take a new full backup.`;
  return [problem("SIMPLE_MODEL", "warning", message, base.files)];
}

/** Warnings about members of the plan. */
function ofPlan({ plan: { members } }: Facts): readonly ChainProblem[] {
  const warn = (code: ProblemCode, sets: readonly BackupSet[], message: string): readonly ChainProblem[] =>
    sets.length === 0
      ? []
      : [
          problem(
            code,
            "warning",
            message,
            sets.flatMap(({ files }) => files),
          ),
        ];
  const unchecked = members.filter(({ header, isDamaged }) => !header.hasBackupChecksums || isDamaged);
  const bare = members.filter(({ header }) => lacksMetaData(header));
  return [
    ...warn(
      "NO_CHECKSUM",
      unchecked,
      `${count(unchecked.length, "backup")} of the plan without checksums: damage would show at the restore only; back up WITH CHECKSUM.`,
    ),
    ...warn(
      "INCOMPLETE_METADATA",
      bare,
      `${count(bare.length, "backup")} of the plan with incomplete metadata, as tail-log backups of a damaged database have it: check the database after the cutover.`,
    ),
  ];
}

/** R13: why the plan ends before the time to stop at, if it does. */
function stopMissed({ plan, databases, context }: Facts): readonly ChainProblem[] {
  const { endLsn, path } = plan;
  if (context.stopAt === undefined || endLsn === undefined) return [];
  const refused = databases.own?.sets.find(
    (set) =>
      set.kind === "log" &&
      isBulkLogged(set.header) &&
      stopsAt(set, context.stopAt) === "inside" &&
      set.firstLsn <= endLsn &&
      set.lastLsn > endLsn &&
      path.admits(set),
  );
  if (!refused) return stopNotReached(plan, context.stopAt);
  const { backupFinishDate, header } = refused;
  const message = `${fileOf(refused)} holds bulk-logged changes, and SQL Server cannot stop inside it: stop at ${clock(backupFinishDate)} or before ${clock(header.backupStartDate)}.`;
  return [problem("BULK_LOGGED", "warning", message, refused.files)];
}

function stopNotReached({ members }: RestorePlan, stopAt: string): readonly ChainProblem[] {
  const last = members.at(-1);
  if (!last || reachesStop(last, stopAt)) return [];
  const when =
    last.backupFinishDate === "" ? ", and nobody knows whether that is" : ` at ${clock(last.backupFinishDate)},`;
  const message = `The plan ends with ${fileOf(last)}${when} before the stop at ${clock(stopAt)}: a log backup that finished then or later is not among the usable files.`;
  return [problem("STOP_NOT_REACHED", "warning", message, last.files)];
}

const USUAL_EXTENSIONS: ReadonlySet<string> = new Set([".bak", ".dif", ".diff", ".trn", ".log", ".full"]);

/** ".bak" of "Sales_1.BAK"; undefined where it is none that backups usually have. */
export function usualExtensionOf(name: string): string | undefined {
  const dot = name.lastIndexOf(".");
  const extension = dot < 0 ? "" : name.slice(dot).toLowerCase();
  return USUAL_EXTENSIONS.has(extension) ? extension : undefined;
}

function unknownExtensions({ intake }: Facts): readonly ChainProblem[] {
  const odd = intake.readable.flatMap(({ files: [file], noFile }) =>
    noFile === undefined && usualExtensionOf(file.name) === undefined ? [file] : [],
  );
  const [first] = odd;
  if (!first) return [];
  const message = `${count(odd.length, "backup")} with an unusual extension, ${fileNameOf(first.name)} for instance: taken by the header, but usual are .bak, .dif, .diff, .trn, .log and .full.`;
  return [problem("UNKNOWN_EXTENSION", "warning", message, odd)];
}

const problem = (
  code: ProblemCode,
  severity: ChainProblem["severity"],
  message: string,
  records: readonly BackupRecord[],
): ChainProblem => ({ code, severity, message, files: records.map(({ name }) => name).sort(compareText) });

const count = (number: number, thing: string): string => `${number} ${thing}${number === 1 ? "" : "s"}`;
