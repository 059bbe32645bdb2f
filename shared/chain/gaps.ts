// Where do log backups miss, since when, why, and what heals it? (Rule R11.)
import type { ChainContext } from "./backupRecord.ts";
import type { Gap, GapCause } from "./chainReport.ts";
import { gapHealers } from "./gapSentences.ts";
import { type LogRun, logChain } from "./logChain.ts";
import type { BackupSet } from "./mediaSets.ts";
import type { RestorePlan } from "./plan.ts";
import { minutesAfter, wallClock } from "./sourceTime.ts";

/** In order of LSN; each with the neighbours that show it. `incomplete`: the database's sets that lack stripes. */
export function findGaps(plan: RestorePlan, incomplete: readonly BackupSet[], context: ChainContext): readonly Gap[] {
  const [first, ...behind] = plan.runs;
  if (!first || behind.length === 0) return [];
  const striped = logChain(incomplete.filter((set) => set.kind === "log" && plan.path.admits(set)));
  const usual = usualInterval(plan.runs);
  const last = plan.members.at(-1);
  let before = last?.lastLsn === first.end.lsn ? last : undefined;
  let from = first.end.lsn;
  const gaps: Gap[] = [];
  for (const run of behind) {
    const next = run.begins as BackupSet;
    const halfThere = striped.next({ lsn: from, fork: undefined });
    const likelyCause = causeOf(before, next, halfThere, usual);
    const range = { fromLsn: from, toLsn: next.firstLsn, likelyCause };
    gaps.push({
      ...range,
      after: neighbour(before),
      before: neighbour(next),
      healedBy: gapHealers(range, { before, next, halfThere, anchor: plan.anchor, started: plan.anchorIsFixed }),
      ...deadlineOf(next, context),
    });
    before = run.logs.at(-1) ?? next;
    from = run.end.lsn;
  }
  return gaps;
}

/** Of a set whose file is gone nothing can be told. */
const neighbour = (set: BackupSet | undefined): Gap["after"] => ({
  setGuid: set?.id ?? "",
  file: set?.files[0]?.name ?? "",
  time: set?.header.backupFinishDate ?? "",
});

/** Events come in any order, so a gap waits for its deadline before it needs a person. */
function deadlineOf(behind: BackupSet, context: ChainContext): Pick<Gap, "deadline" | "overdue"> {
  const [arrived = context.now] = behind.files.map((file) => file.arrivedAt).toSorted((a, b) => (a < b ? 1 : -1));
  const deadline = minutesAfter(arrived, context.settings.gapDeadlineMinutes);
  return { deadline, overdue: Date.parse(context.now) > Date.parse(deadline) };
}

function causeOf(
  before: BackupSet | undefined,
  next: BackupSet,
  halfThere: BackupSet | undefined,
  usual: number | undefined,
): GapCause {
  if (halfThere) return "STRIPE_MISSING";
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

function interval(a: BackupSet, b: BackupSet): number | undefined {
  const [from, to] = [wallClock(a.header.backupFinishDate), wallClock(b.header.backupFinishDate)];
  return from === undefined || to === undefined ? undefined : to - from;
}
