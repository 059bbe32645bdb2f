// Finds where log backups are missing, since when, why, and what closes the gap (rule R11).
import type { ChainContext } from "../backupRecord.ts";
import type { Gap, GapCause } from "../chainReport.ts";
import type { BackupSet } from "../files/mediaSets.ts";
import { coveringLog, type RefusedLog } from "../files/refusedLogs.ts";
import { between, minutesAfter } from "../files/sourceTime.ts";
import { type GapEvidence, gapHealers } from "../words/gapSentences.ts";
import { describe } from "../words/sentences.ts";
import { fitsBase } from "./base.ts";
import { type LogChain, type LogRun, logChain } from "./logChain.ts";
import type { RestorePlan } from "./plan.ts";

/**
 * In order of LSN; each with the neighbours that show it. `sets`: all of the database; `sound`, `incomplete`: parts
 * of them.
 */
export function findGaps(
  plan: RestorePlan,
  sets: readonly BackupSet[],
  sound: readonly BackupSet[],
  incomplete: readonly BackupSet[],
  refused: readonly RefusedLog[],
  context: ChainContext,
): readonly Gap[] {
  const [first, ...behind] = plan.runs;
  if (!first || behind.length === 0) return [];
  const striped = logChain(incomplete.filter((set) => set.kind === "log" && plan.path.admits(set)));
  const strays = logChain(sound.filter((set) => set.kind === "log" && !plan.path.admits(set)));
  const usual = usualInterval(plan.runs);
  const base = baseOfNextDifferential(plan, sets);
  const last = plan.members.at(-1);
  let before = last?.lastLsn === first.end.lsn ? last : undefined;
  let from = first.end.lsn;
  const gaps: Gap[] = [];
  for (const run of behind) {
    const next = run.begins as BackupSet;
    const covering = (logs: LogChain): BackupSet | undefined => logs.next({ lsn: from, fork: undefined });
    const evidence: GapEvidence = {
      before,
      next,
      halfThere: covering(striped),
      refused: told(coveringLog(refused, from)),
      stray: covering(strays),
      base,
      bridge: bridgeOver(plan, sound, next),
      started: plan.anchorIsFixed,
      ended: context.progress.ended,
      stopIsGiven: context.stopAt !== undefined,
    };
    const likelyCause = causeOf(evidence, usual);
    const range = { fromLsn: from, toLsn: next.firstLsn, likelyCause };
    gaps.push({
      ...range,
      after: neighbour(before),
      before: neighbour(next),
      healedBy: gapHealers(range, evidence),
      ...deadlineOf(next, context),
    });
    before = run.logs.at(-1) ?? next;
    from = run.end.lsn;
  }
  return gaps;
}

const told = (log: RefusedLog | undefined): GapEvidence["refused"] =>
  log && { name: log.record.name, reason: log.finding.reason, ...describe(log.finding) };

/**
 * What a differential taken now would be based on, if that is where the plan starts: SQL Server takes the latest full
 * that is not copy-only.
 */
function baseOfNextDifferential({ anchor }: RestorePlan, sets: readonly BackupSet[]): BackupSet | undefined {
  if (!anchor || anchor.isCopyOnly) return undefined;
  const isPast = sets.some((set) => set.kind === "full" && !set.isCopyOnly && set.lastLsn > anchor.lastLsn);
  return isPast ? undefined : anchor;
}

/** R12: a differential on the restored full that reaches over the gap, and that only the service can apply. */
const bridgeOver = ({ anchor, anchorIsFixed }: RestorePlan, sound: readonly BackupSet[], next: BackupSet) =>
  anchorIsFixed && anchor
    ? sound.find((set) => set.kind === "differential" && set.lastLsn >= next.firstLsn && fitsBase(set, anchor))
    : undefined;

/** Of a set whose file is gone nothing can be told. */
const neighbour = (set: BackupSet | undefined): Gap["after"] => ({
  setGuid: set?.id ?? "",
  file: set?.files[0]?.name ?? "",
  time: set?.backupFinishDate ?? "",
});

/** Events come in any order, so a gap waits for its deadline before it needs a person. */
function deadlineOf(behind: BackupSet, context: ChainContext): Pick<Gap, "deadline" | "overdue"> {
  const [arrived = context.now] = behind.files.map((file) => file.arrivedAt).toSorted((a, b) => (a < b ? 1 : -1));
  const deadline = minutesAfter(arrived, context.settings.gapDeadlineMinutes);
  return { deadline, overdue: Date.parse(context.now) > Date.parse(deadline) };
}

function causeOf({ before, next, halfThere, refused, stray }: GapEvidence, usual: number | undefined): GapCause {
  if (halfThere) return "STRIPE_MISSING";
  if (refused) return refused.reason === "NO_FILE" ? "NO_FILE" : "REFUSED_FILE";
  if (stray) return "OTHER_FORK";
  if (next.header.beginsLogChain) return "RECOVERY_MODEL_SWITCH";
  const apart = before && interval(before, next);
  const isUsual = usual !== undefined && apart !== undefined && apart <= 1.5 * usual;
  return isUsual ? "OTHER_LOG_BACKUP" : "FILE_MISSING";
}

/** Milliseconds between neighbouring logs that join: the median. */
function usualInterval(runs: readonly LogRun[]): number | undefined {
  const intervals = runs
    .flatMap(({ logs }) => logs.slice(1).map((log, index) => interval(logs[index] as BackupSet, log)))
    .filter((milliseconds) => milliseconds !== undefined)
    .sort((a, b) => a - b);
  return intervals[intervals.length >>> 1];
}

const interval = (a: BackupSet, b: BackupSet): number | undefined => between(a.header, b.header);
