// How does a dry run read at a glance? How far it goes, the plan, what is missing, and what to do about the rest.
import type { ChainProblem, ChainReport, FileVerdict, PlanMember } from "../shared/chain/chainReport.ts";
import { awaited } from "./awaited.ts";
import { bareName } from "./knownHeaders.ts";
import { printable, sizeText, table } from "./print.ts";

/** The chain's problems, and those that only files outside of Azure have. */
export interface DryRunProblem extends Omit<ChainProblem, "code"> {
  readonly code: ChainProblem["code"] | "NOT_KNOWN" | "EQUAL_NAMES";
}

export interface DryRun {
  readonly report: Omit<ChainReport, "problems"> & { readonly problems: readonly DryRunProblem[] };
  /** The file that a name in the report stands for. */
  readonly fileOf: (name: string) => string;
}

/** Longer plans show their beginning and their end. */
const SHOWN = { whole: 30, first: 5, last: 5 };
const MOST_NAMES = 3;

export function planText({ report, fileOf }: DryRun): string {
  const sections = [
    headline(report),
    planTable(report.plan, fileOf),
    ...missing(report),
    ...notPlanned(report.files, fileOf),
    ...split(report),
    ...problemLines(report.problems),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function headline({
  verdict,
  database,
  restorableTo,
  lastBackupName,
  plan,
  planVersion,
  closed,
}: DryRun["report"]): string {
  const name = printable(database?.databaseName ?? "");
  if (verdict === "empty") return "EMPTY: there is no readable backup here.";
  const to = restorableTo
    ? `${restorableTo.time ? `${restorableTo.time.replace("T", " ")} (source time), ` : ""}LSN ${restorableTo.lsn}`
    : "nothing";
  const bytes = plan.reduce((sum, member) => sum + member.bytes, 0);
  const size = bytes > 0 ? `, ${sizeText(bytes)}` : "";
  const what = {
    restorable: `RESTORABLE: ${name} to ${to}${closed ? ", and the source is closed" : ""}.`,
    waiting: `NOT YET RESTORABLE: ${name || "no database"}, so far to ${to}.`,
    broken: `BROKEN: ${name || "no database"}, without help only to ${to}.`,
    mixed: `MIXED: backups of several databases; of ${name || "the expected one"} to ${to}.`,
  }[verdict];
  if (plan.length === 0) return what;
  const isPlanned = plan.at(-1)?.files.some((file) => bareName(file) === bareName(lastBackupName ?? ""));
  const last =
    lastBackupName === undefined
      ? ""
      : `, last file ${printable(bareName(lastBackupName))}${isPlanned ? "" : " (it ends where the plan ends, and adds nothing)"}`;
  return `${what}\nPlan ${planVersion}: ${plan.length} backup${plan.length === 1 ? "" : "s"}${size}${last}.`;
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
      neighbour.file ? ` (${printable(bareName(neighbour.file))}, ${neighbour.time.replace("T", " ")})` : "";
    const range = `Gap: no backup covers LSN ${fromLsn}${side(after)} to LSN ${toLsn}${side(before)}.`;
    return [range, ...healedBy.map((sentence, index) => `  ${index === 0 ? "->" : "or"} ${printable(sentence)}`)].join(
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
    const names = alike.slice(0, MOST_NAMES).map(({ name }) => printable(fileOf(name)));
    const more = alike.length > MOST_NAMES ? ` and ${alike.length - MOST_NAMES} more` : "";
    const lines = [`${WORDS[first.verdict]} (${reason}): ${names.join(", ")}${more}`, `  ${printable(first.detail)}`];
    if (first.remedy !== "" && reason !== "GAP_BEFORE") lines.push(`  -> ${printable(first.remedy)}`);
    return lines.join("\n");
  });
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
      ? [["Not known from these headers:", ...unknown.map(({ message }) => `  ${message}`)].join("\n")]
      : []),
  ];
}
