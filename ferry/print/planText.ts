// Prints a dry run at a glance: how far it goes, the plan, what is missing, and what to do about the rest.
import type { FileVerdict, PlanMember } from "../../shared/chain/chainReport.ts";
import { type DryRun, type DryRunProblem, isInPartUnknown, isWhole } from "../../shared/dryRun/dryRun.ts";
import { bareName } from "../../shared/dryRun/recordNames.ts";
import type { Check } from "../../shared/migration/migration.ts";
import { TDE_OR_UNKNOWN } from "../../shared/preflight/certificates.ts";
import { awaited } from "./awaited.ts";
import { printable, sizeText, table } from "./print.ts";

const isShort = (problems: readonly DryRunProblem[]): boolean =>
  problems.some(({ code }) => code === "STOP_NOT_REACHED" || code === "BULK_LOGGED");

/** Longer plans show their beginning and their end. */
const SHOWN = { whole: 30, first: 5, last: 5 };
const MOST_NAMES = 3;

export function planText(dryRun: DryRun): string {
  const { report, checks, fileOf } = dryRun;
  const sections = [
    headline(dryRun),
    planTable(report.plan, fileOf),
    ...missing(report),
    ...notPlanned(report.files, fileOf),
    ...split(report),
    ...checkLines(checks),
    ...problemLines(report.problems),
    report.plan.length > 0 ? "Headers tell the chain, not whether the data is sound: RESTORE VERIFYONLY does." : "",
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function headline({ report, checks, stopAt, timesAreUtc }: DryRun): string {
  const { verdict, database, restorableTo, lastBackupName, plan, planVersion, closed } = report;
  const name = printable(database?.databaseName ?? "");
  if (verdict === "empty") return "EMPTY: there is no readable backup here.";
  const to = restorableTo
    ? `${restorableTo.time ? `${restorableTo.time.replace("T", " ")} (${timesAreUtc ? "UTC" : "source time"}), ` : ""}LSN ${restorableTo.lsn}`
    : undefined;
  const bytes = plan.reduce((sum, member) => sum + member.bytes, 0);
  const size = bytes > 0 ? `, ${sizeText(bytes)}` : "";
  const soFar = `${name || "the database"} ${to ? `so far to ${to}` : "not at all so far"}`;
  const stop = stopAt === undefined ? "" : `, and inside it to the stop at ${stopAt.replace("T", " ")} WITH STOPAT`;
  const whole = isWhole({ report, checks })
    ? `RESTORABLE: ${name} to ${to}${isInPartUnknown(report) ? ", as far as these headers tell" : ""}${stop}`
    : `NOT AS IT IS: ${name} ${shortcoming(report, checks, to)}`;
  const what = {
    restorable: `${whole}${closed ? ", and the source is closed" : ""}.`,
    waiting: `NOT YET RESTORABLE: ${soFar}.`,
    // without a clock no gap is overdue, and no restore has begun
    broken: `BROKEN: ${soFar}; the full backup is damaged, see below.`,
    mixed: `MIXED: backups of several databases; ${soFar}.`,
  }[verdict];
  if (plan.length === 0) return what;
  const isPlanned = plan.at(-1)?.files.some((file) => bareName(file) === bareName(lastBackupName ?? ""));
  const last =
    lastBackupName === undefined
      ? ""
      : `, last file ${printable(bareName(lastBackupName))}${isPlanned ? "" : " (it ends where the plan ends, and adds nothing)"}`;
  return `${what}\nPlan ${planVersion}: ${plan.length} backup${plan.length === 1 ? "" : "s"}${size}${last}.`;
}

/** What keeps a chain without a gap from being whole. */
function shortcoming(
  { problems, unusableNewer, forkAmbiguous }: DryRun["report"],
  checks: readonly Check[],
  to: string | undefined,
): string {
  if (isShort(problems)) return `to ${to}; see what keeps it from the stop below`;
  const beyond = unusableNewer.length;
  if (beyond > 0) return `restorable to ${to}, but ${beyond} file${beyond === 1 ? "" : "s"} beyond it cannot be used`;
  if (forkAmbiguous) return `to ${to} on one of several recovery forks, which are named below`;
  const [failed] = checks.filter(({ outcome }) => outcome === "fail");
  if (failed) return `to ${to}, but a check fails: ${failed.message.replace(/\.$/, "")}`;
  if (problems.some(({ code }) => code === "ROW_LEFT_OUT")) return `to ${to}; see which rows were not understood below`;
  if (problems.some(({ code }) => code === "EQUAL_NAMES"))
    return `to ${to}; see which files would be one in a flat folder below`;
  if (problems.some(({ code, severity }) => code === "NOT_UNDERSTOOD" && severity === "alarm"))
    return `to ${to}; see which columns were not understood below`;
  return `to ${to}, as far as these headers tell; see which columns to add below`;
}

function planTable(plan: readonly PlanMember[], fileOf: DryRun["fileOf"]): string {
  if (plan.length === 0) return "";
  const rowOf = ({ position, type, files, firstLsn, lastLsn, finished, isTail }: PlanMember): string[] => {
    const [first = "", ...others] = files.map(fileOf);
    return [
      `${position}`,
      isTail ? "tail log" : type,
      `${firstLsn}`,
      `${lastLsn}`,
      finished.replace("T", " "),
      others.length === 0 ? first : `${first} and ${others.length} more stripe${others.length === 1 ? "" : "s"}`,
    ];
  };
  const hidden = plan.length - SHOWN.first - SHOWN.last;
  const rows =
    plan.length <= SHOWN.whole
      ? plan.map(rowOf)
      : [
          ...plan.slice(0, SHOWN.first).map(rowOf),
          ["…", "", "", "", "", `${hidden} more`],
          ...plan.slice(-SHOWN.last).map(rowOf),
        ];
  return table(["#", "type", "first LSN", "last LSN", "finished", "file"], rows);
}

function missing({ gaps, waitingFor }: DryRun["report"]): string[] {
  const open = gaps.map(({ fromLsn, toLsn, after, before, healedBy }) => {
    const side = (neighbour: typeof after): string =>
      neighbour.file
        ? ` (${[printable(bareName(neighbour.file)), ...(neighbour.time ? [neighbour.time.replace("T", " ")] : [])].join(", ")})`
        : "";
    const range = `Gap: no backup covers LSN ${fromLsn}${side(after)} to LSN ${toLsn}${side(before)}.`;
    return [range, ...healedBy.map((sentence, index) => `  ${index === 0 ? "->" : "or:"} ${printable(sentence)}`)].join(
      "\n",
    );
  });
  return [...open, ...waitingFor.filter(({ what }) => what !== "range").map((wait) => `Missing: ${awaited(wait)}.`)];
}

/** Files that are not part of the plan, by reason: what they are, and what to do. */
function notPlanned(files: readonly FileVerdict[], fileOf: DryRun["fileOf"]): string[] {
  const others = Map.groupBy(
    files.filter(({ verdict }) => verdict !== "selected"),
    ({ reason }) => reason,
  );
  return [...others].map(([reason, alike]) => {
    const [first] = alike as [FileVerdict];
    const title = `${WORDS[first.verdict]} (${reason})`;
    const shown = alike.slice(0, MOST_NAMES);
    const more = alike.length - shown.length;
    const nameOf = ({ name }: FileVerdict): string => printable(fileOf(name));
    const why = ({ detail, remedy }: FileVerdict): string[] => [
      `  ${printable(detail)}`,
      ...(remedy !== "" && reason !== "GAP_BEFORE" ? [`  -> ${printable(remedy)}`] : []),
    ];
    if (alike.every(({ detail, remedy }) => detail === first.detail && remedy === first.remedy))
      return [`${title}: ${shown.map(nameOf).join(", ")}${more > 0 ? ` and ${more} more` : ""}`, ...why(first)].join(
        "\n",
      );
    const each = shown.flatMap((file) => [`${title}: ${nameOf(file)}`, ...why(file)]);
    return [...each, ...(more > 0 ? [`${title}: ${more} more, which --json lists`] : [])].join("\n");
  });
}

/** What the preflight would say of these files; what it cannot know here either is left to it. */
function checkLines(checks: readonly Check[]): string[] {
  const told = checks.filter(
    ({ id, outcome, observed }) =>
      id !== "P14" && (outcome === "fail" || outcome === "warn" || observed === TDE_OR_UNKNOWN),
  );
  return told.map(
    ({ id, outcome, message, remedy }) => `Preflight ${id} ${outcome}: ${printable(`${message} ${remedy}`)}`,
  );
}

const WORDS: Readonly<Record<FileVerdict["verdict"], string>> = {
  reading: "Not read",
  selected: "Planned",
  waiting: "Waiting",
  superseded: "Not needed",
  redundant: "Not needed",
  rejected: "Rejected",
  notABackup: "No backup",
};

const split = ({ databases }: DryRun["report"]): string[] =>
  databases
    ? [
        [
          "One folder per database:",
          ...databases.map(
            ({ name, files, suggestedFolder }) =>
              `  ${printable(name)}: ${files.length} file${files.length === 1 ? "" : "s"}, ${suggestedFolder === "stay" ? "may stay" : `into ${printable(suggestedFolder)}`}`,
          ),
        ].join("\n"),
      ]
    : [];

function problemLines(problems: readonly DryRunProblem[]): string[] {
  const told = problems.filter(({ code }) => code !== "NOT_KNOWN");
  const unknown = problems.filter(({ code }) => code === "NOT_KNOWN");
  return [
    ...told.map(({ severity, message }) => `${severity === "alarm" ? "ALARM" : "Warning"}: ${printable(message)}`),
    ...(unknown.length > 0
      ? [
          [
            "Not known from these headers:",
            ...unknown.map(({ message }) => `  ${printable(message)}`),
            ...toAdd(unknown),
          ].join("\n"),
        ]
      : []),
  ];
}

/** What keeps a chain that looks whole from being whole for want of knowledge, and who has it. */
function toAdd(unknown: readonly DryRunProblem[]): string[] {
  const columns = unknown
    .filter(({ severity }) => severity === "alarm")
    .map(({ message }) => message.slice(0, message.indexOf(":")));
  if (columns.length === 0) return [];
  return [`  -> Add ${columns.join(", ")}: the query of docs/plan.md has them.`];
}
