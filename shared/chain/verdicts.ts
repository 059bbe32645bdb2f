// Judges each file: exactly one reason per file, in the order of precedence (section "verdict per file").
import type { BackupRecord, ChainContext } from "./backupRecord.ts";
import type { Gap } from "./chainReport.ts";
import type { FolderDatabases } from "./files/database.ts";
import { isBeyondStop, isLate, unchainable, unusable } from "./files/fitness.ts";
import type { Intake } from "./files/intake.ts";
import type { BackupSet } from "./files/mediaSets.ts";
import { baseFinder, fitsBase } from "./plan/base.ts";
import { isNotEmpty } from "./plan/logChain.ts";
import type { RestorePlan } from "./plan/plan.ts";
import type { Finding } from "./words/problems.ts";

export interface Facts {
  readonly intake: Intake;
  readonly databases: FolderDatabases;
  readonly plan: RestorePlan;
  readonly gaps: readonly Gap[];
  readonly context: ChainContext;
}

/** Why a file is what it is. */
export interface Judgement {
  readonly record: BackupRecord;
  readonly finding: Finding;
  /** The backup set of the folder's database that the file is a member of. */
  readonly set: BackupSet | undefined;
}

/** One judgement for every record of the intake, in no order. */
export function* judgeFiles(facts: Facts): Generator<Judgement, void> {
  for (const [record, finding] of facts.intake.refused) yield { record, finding, set: undefined };
  const { own, others } = facts.databases;
  const ownName = own?.sets[0]?.header.databaseName;
  for (const { database, recreated } of others) {
    const reason = recreated ? "RECREATED_DATABASE" : "OTHER_DATABASE";
    for (const set of database.sets) {
      const finding: Finding = { reason, set, own: ownName };
      for (const record of recordsOf(set)) yield { record, finding, set: undefined };
    }
  }
  const judge = setJudge(facts);
  for (const set of own?.sets ?? []) {
    const finding = judge(set);
    for (const record of set.files) yield { record, finding, set };
    for (const { record, of } of set.copies) yield { record, finding: { reason: "DUPLICATE", of: of.name }, set };
  }
}

/** All files of a set, copies included. */
export const recordsOf = (set: BackupSet): readonly BackupRecord[] => [
  ...set.files,
  ...set.copies.map(({ record }) => record),
];

function setJudge({ databases, plan, gaps, context }: Facts): (set: BackupSet) => Finding {
  const places = new Map<BackupSet, number>();
  for (const set of plan.members) places.set(set, places.size + 1);
  const baseOf = baseFinder(databases.own?.sets ?? []);
  return (set) => {
    const position = places.get(set);
    if (position !== undefined) return planned(set, position, plan.members.length);
    return (
      (set.state === "incomplete" ? stripesMissing(set, plan) : unusable(set, context)) ??
      offPath(set, plan) ??
      unchainable(set) ??
      (isOnOtherBase(set, plan) ? undefined : outOfTime(set, plan, context)) ??
      (set.kind === "full"
        ? judgeFull(set, plan)
        : set.kind === "differential"
          ? judgeDifferential(set, plan, baseOf, context)
          : judgeLog(set, plan, gaps, context))
    );
  };
}

/** Such a differential is of no use to the restore, whenever it came. */
const isOnOtherBase = (set: BackupSet, { anchor }: RestorePlan): boolean =>
  set.kind === "differential" && anchor !== undefined && !fitsBase(set, anchor);

function planned(set: BackupSet, position: number, of: number): Finding {
  const reason = set.closesSource
    ? "PLAN_TAIL"
    : ({ full: "PLAN_FULL", differential: "PLAN_DIFF", log: "PLAN_LOG" } as const)[set.kind];
  return { reason, set, position, of };
}

/** An incomplete set that the plan reaches beyond without it is of no interest any more. */
const stripesMissing = (set: BackupSet, { endLsn }: RestorePlan): Finding => ({
  reason: "STRIPES_MISSING",
  set,
  ...(endLsn !== undefined && set.lastLsn <= endLsn && { passedLsn: endLsn }),
});

const offPath = (set: BackupSet, { path }: RestorePlan): Finding | undefined =>
  path.target === undefined || path.admits(set) ? undefined : { reason: "OFF_FORK", set, target: path.target };

function outOfTime(set: BackupSet, { endLsn }: RestorePlan, context: ChainContext): Finding | undefined {
  if (endLsn !== undefined && set.lastLsn > endLsn && isLate(set, context))
    return { reason: "TOO_LATE", set, endLsn, ended: context.progress.ended };
  const { stopAt } = context;
  return stopAt !== undefined && isNotEmpty(set) && isBeyondStop(set, stopAt)
    ? { reason: "AFTER_STOP", set, stopAt }
    : undefined;
}

function judgeFull(set: BackupSet, { anchor, anchorIsFixed, endLsn }: RestorePlan): Finding {
  const isLater = anchor ? set.lastLsn > anchor.lastLsn : set.lastLsn > (endLsn ?? -1n);
  if (anchorIsFixed && (isLater || !anchor)) return { reason: "FULL_AFTER_START", set, anchor };
  if (!anchor || endLsn === undefined) return { reason: "NO_FULL", set };
  return { reason: "OLDER_FULL", set, chosen: anchor, endLsn };
}

function judgeDifferential(
  set: BackupSet,
  plan: RestorePlan,
  baseOf: (differential: BackupSet) => BackupSet | undefined,
  context: ChainContext,
): Finding {
  const { anchor, differential, anchorIsFixed } = plan;
  if (anchor && fitsBase(set, anchor)) {
    if (differential && set.lastLsn <= differential.lastLsn) {
      return { reason: "OLDER_DIFF", set, chosen: differential };
    }
    const endLsn = context.progress.positionLsn;
    if (endLsn !== undefined && set.lastLsn <= endLsn) return { reason: "ALREADY_RESTORED", set, endLsn };
    return anchorIsFixed
      ? { reason: "DIFF_AFTER_START", set }
      : { reason: "COVERED", set, endLsn: plan.endLsn ?? set.lastLsn };
  }
  const base = baseOf(set);
  const isBaseSound = base !== undefined && unusable(base, context) === undefined;
  if (!anchor) return { reason: "BASE_MISSING", set, base };
  if (base?.state === "incomplete") return { reason: "BASE_MISSING", set, base };
  if (anchorIsFixed && set.lastLsn > anchor.lastLsn)
    return { reason: "BASE_AFTER_START", set, anchor, ended: context.progress.ended };
  if (isBaseSound) return { reason: "OLDER_BASE", set, chosen: anchor };
  return { reason: "BASE_NOT_FOUND", set, anchor };
}

function judgeLog(
  set: BackupSet,
  { baseLsn, endLsn, path }: RestorePlan,
  gaps: readonly Gap[],
  context: ChainContext,
): Finding {
  if (!isNotEmpty(set)) return { reason: "EMPTY_LOG", set };
  if (endLsn === undefined) return { reason: "NO_FULL", set };
  const position = context.progress.positionLsn;
  if (baseLsn !== undefined && set.lastLsn < baseLsn) return { reason: "BEFORE_BASE", set, baseLsn };
  if (position !== undefined && set.lastLsn <= position) return { reason: "ALREADY_RESTORED", set, endLsn: position };
  if (set.lastLsn <= endLsn) return { reason: "COVERED", set, endLsn };
  const [gap] = gaps;
  if (gap && set.firstLsn > endLsn) return { reason: "GAP_BEFORE", gap };
  if (context.stopAt !== undefined) return { reason: "AFTER_STOP", set, stopAt: context.stopAt };
  return { reason: "OFF_FORK", set, target: path.target ?? "" };
}
