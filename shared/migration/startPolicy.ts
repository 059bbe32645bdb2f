// May the restore start? Online as soon as there is a full backup; offline once somebody or something says that all files are there.
import type { ChainReport } from "../chain/chainReport.ts";
import type { Migration, StartWish } from "./migration.ts";

export interface StartFacts {
  readonly migration: Migration;
  readonly report: ChainReport;
  /** The open wish of this run. */
  readonly wish: StartWish | undefined;
  readonly now: Date;
  /** 0: off. */
  readonly quietMinutes: number;
  /** UTC; "" when there is no file. */
  readonly newestArrival: string;
}

export type StartDecision =
  | { readonly start: true }
  | { readonly start: false; readonly because: string; readonly nextLookSeconds: number };

const SIX_HOURS = 6 * 60 * 60;

export function mayStart(facts: StartFacts): StartDecision {
  const { migration, report } = facts;
  if (!migration.target) return wait("The migration has no target yet.");
  return migration.mode === "online" ? mayStartOnline(facts) : mayStartOffline(facts);

  function wait(because: string): StartDecision {
    return { start: false, because, nextLookSeconds: untilDeadline(report, facts.now) };
  }
}

function mayStartOnline({ migration, report, wish, now }: StartFacts): StartDecision {
  if (!report.canStartOnline) return waiting("There is no full backup to begin with.", report, now);
  if (migration.start === "manual" && !wish) return waiting("The migration waits for the word to start.", report, now);
  return { start: true };
}

function mayStartOffline({ migration, report, wish, now, quietMinutes, newestArrival }: StartFacts): StartDecision {
  if (!report.canStartOffline) return waiting(`The chain is ${report.verdict}.`, report, now);
  if (wish && (!wish.chainWasComplete || wish.planVersion === report.planVersion)) return { start: true };
  if (wish)
    return waiting(
      `The word to start was said of plan ${wish.planVersion}; the plan is ${report.planVersion} by now.`,
      report,
      now,
    );
  if (migration.start === "manual") return waiting("The migration waits for the word to start.", report, now);
  if (report.closed) return { start: true };
  const quietEnds = Date.parse(newestArrival) + quietMinutes * 60_000;
  if (quietMinutes > 0 && now.getTime() >= quietEnds) return { start: true };
  const because = "The chain is restorable, but nothing says that all files are there: no tail log, no word to start.";
  if (quietMinutes === 0) return waiting(because, report, now);
  return { start: false, because, nextLookSeconds: Math.max(1, Math.ceil((quietEnds - now.getTime()) / 1_000)) };
}

const waiting = (because: string, report: ChainReport, now: Date): StartDecision => ({
  start: false,
  because,
  nextLookSeconds: untilDeadline(report, now),
});

/** A gap that is waiting becomes broken at its deadline, without anything being written. */
function untilDeadline({ gaps }: ChainReport, now: Date): number {
  const open = gaps
    .filter((gap) => !gap.overdue)
    .map((gap) => Math.ceil((Date.parse(gap.deadline) - now.getTime()) / 1_000));
  return Math.max(1, Math.min(SIX_HOURS, ...open));
}
