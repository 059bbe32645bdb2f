// Decides whether the source is closed, and which file ends the restore (rules R8 and R14).
import { compareLsn } from "../../backup/lsn.ts";
import type { ChainContext } from "../backupRecord.ts";
import { isBeyondStop, isLate, unchainable } from "../files/fitness.ts";
import { compareText } from "../files/identity.ts";
import type { BackupSet } from "../files/mediaSets.ts";
import { instantOf } from "../files/sourceTime.ts";
import { byFirstLsn, isNotEmpty } from "./logChain.ts";
import type { RestorePlan } from "./plan.ts";

export interface PlanEnd {
  /** What DMS wants to be told as the last one: the newest log that ends where the plan ends, empty ones included. */
  readonly last: BackupSet | undefined;
  /** The tail-log backup that closed the source: nothing lies behind it. */
  readonly closedBy: BackupSet | undefined;
  /** The tail-log backup behind which the source went on, and the logs that show it. */
  readonly reopened: { readonly tail: BackupSet; readonly logs: readonly BackupSet[] } | undefined;
}

/** `sound`: complete sets of the database; `all`: every one of its sets. */
export function endOfPlan(
  plan: RestorePlan,
  sound: readonly BackupSet[],
  all: readonly BackupSet[],
  context: ChainContext,
): PlanEnd {
  const atEnd = sound.filter(
    (set) =>
      set.kind === "log" &&
      set.lastLsn === plan.endLsn &&
      plan.path.admits(set) &&
      unchainable(set) === undefined &&
      !isLate(set, context) &&
      !isBeyondStop(set, context.stopAt),
  );
  const last = plan.members.at(-1);
  const tail =
    atEnd.find(({ closesSource }) => closesSource) ?? plan.members.findLast(({ closesSource }) => closesSource);
  const behind = tail ? all.filter((set) => set.kind === "log" && isNotEmpty(set) && set.firstLsn >= tail.lastLsn) : [];
  return {
    last: last && (newestOfEqual(atEnd) ?? last),
    closedBy: tail?.lastLsn === plan.endLsn && behind.length === 0 ? tail : undefined,
    reopened: tail && behind.length > 0 ? { tail, logs: behind.toSorted(byFirstLsn) } : undefined,
  };
}

/**
 * Of sets that end at one LSN the one that finished last: by instants where every header tells its offset; else the
 * one that begins last, since an empty log follows the log at whose end it stands.
 */
export function newestOfEqual(sets: readonly BackupSet[]): BackupSet | undefined {
  const isKnown = sets.every(({ header }) => instantOf(header) !== undefined);
  const order = (a: BackupSet, b: BackupSet): number =>
    (isKnown ? (instantOf(b.header) ?? 0) - (instantOf(a.header) ?? 0) : 0) ||
    compareLsn(b.firstLsn, a.firstLsn) ||
    compareText(b.backupFinishDate, a.backupFinishDate) ||
    compareText(a.id, b.id);
  return sets.toSorted(order)[0];
}
