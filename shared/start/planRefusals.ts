// Explains why a chain does not suffice, and what became of the plan that somebody has seen: refusals for start and
// cutover alike.
import type { ChainReport } from "../chain/chainReport.ts";
import { fileNameOf } from "../chain/files/identity.ts";
import { earlierPlan } from "../chain/plan/planVersion.ts";
import { unusableText } from "../chain/plan/unusableNewer.ts";
import type { Loss, Refusal } from "../migration/refusals.ts";

/** The chain is not whole, mixed, or nobody can tell which fork is meant. */
export function chainRefusal(report: ChainReport): Refusal {
  const [gap] = report.gaps;
  if (report.databases)
    return {
      problem: "mixed-databases",
      detail: "The folder holds several databases: move the others into folders of their own.",
      databases: report.databases,
    };
  if (gap)
    return {
      problem: "chain-gap",
      detail:
        `Log backups are missing from LSN ${gap.fromLsn} to ${gap.toLsn}, after ${gap.after.file} and before ${gap.before.file}. ${gap.healedBy[0] ?? ""}`.trim(),
      gaps: report.gaps,
    };
  if (report.verdict === "restorable" && report.unusableNewer.length > 0)
    return { problem: "unusable-backups", detail: beyondThePlan(report), unusableNewer: report.unusableNewer };
  const why = report.problems.filter(({ code, severity }) => severity === "alarm" || code === "FORK_AMBIGUOUS");
  return {
    problem: "chain-incomplete",
    detail: [`The chain is ${report.verdict}.`, ...why.map(({ message }) => message), ...waits(report)].join(" "),
    waitingFor: report.waitingFor,
  };
}

/** The same for a start that was forced: force passes files that cannot be used, and nothing else. */
export function forceRefusal(report: ChainReport): Refusal {
  const refusal = chainRefusal(report);
  if (refusal.problem !== "chain-gap")
    return {
      ...refusal,
      detail: `${refusal.detail} Force passes files that cannot be used, never a chain that is not restorable.`,
    };
  const beyond = report.files.filter(({ reason }) => reason === "GAP_BEFORE").map(({ name }) => fileNameOf(name));
  const shown = beyond.slice(0, 3).join(", ");
  const more = beyond.length > 3 ? ` and ${beyond.length - 3} more` : "";
  return {
    ...refusal,
    detail: `${refusal.detail} Force never passes a gap. To end at ${planEnd(report)} instead, move what lies beyond the gap out of the folder: ${shown}${more}.`,
  };
}

/** "2025-11-24 21:45:00", or the LSN where no time is known. */
const planEnd = ({ restorableTo }: ChainReport): string =>
  restorableTo?.time ? restorableTo.time.replace("T", " ") : `LSN ${restorableTo?.lsn}`;

/** R15 in words: how far the plan goes, and which files beyond it cannot be used. */
export function beyondThePlan(report: ChainReport): string {
  const { unusableNewer } = report;
  const files = unusableNewer.length === 1 ? "one file beyond it" : `${unusableNewer.length} files beyond it`;
  return `The plan ends at ${planEnd(report)}, and ${files} cannot be used. ${unusableText(report)}`;
}

const waits = ({ waitingFor }: ChainReport): string[] =>
  waitingFor.length === 0 ? [] : [`It waits for ${waitingFor.map(({ what }) => WAITS[what]).join(", ")}.`];

const WAITS = {
  full: "a full backup",
  base: "the full backup of a differential",
  stripes: "the missing stripes of a backup",
  range: "log backups",
} as const;

/** The request names another plan than today's: what was added since, as far as the version tells. */
export function planChanged(report: ChainReport, given: string, loss?: Loss): Refusal {
  const { planVersion, verdict } = report;
  const then = earlierPlan(report, given);
  const what = !then
    ? "that is no beginning of it: a file was withdrawn, overwritten or put in between since, or there never was such a plan"
    : then.added.length === 0
      ? `the same files were ${then.verdict} and are ${verdict}`
      : `${then.added.length === 1 ? "one file was" : `${then.added.length} files were`} added since, last ${then.added.at(-1)}`;
  return {
    problem: "plan-changed",
    detail: [
      `The plan is ${planVersion} by now, not ${given}: ${what}.`,
      loss?.text,
      "Look at it again, then ask again.",
    ]
      .filter(Boolean)
      .join(" "),
    planVersion,
    ...(then && { added: then.added }),
    ...(loss && { lossIfCutOverNow: loss }),
  };
}
