// Plans what is restored in which order: the plan before the restore, and what is left of it afterwards (R4 to R8, R12,
// R13).
import type { Lsn } from "../../backup/lsn.ts";
import type { ChainContext, RestoreProgress } from "../backupRecord.ts";
import { isBeyondStop, isLate, stopsAt, unchainable } from "../files/fitness.ts";
import { isBulkLogged } from "../files/headerFlags.ts";
import { guidOf } from "../files/identity.ts";
import type { BackupSet } from "../files/mediaSets.ts";
import { type AbandonedBase, abandonedBase, type Base, chooseBase, differentialFinder, stateAfter } from "./base.ts";
import { chooseForkPath, type ForkPath, type ForkStart } from "./forks.ts";
import { type ChainState, type LogRun, logChain, type StopRule } from "./logChain.ts";

export interface RestorePlan {
  readonly path: ForkPath;
  /** In order; what is restored already comes first, as far as its files are still there. */
  readonly members: readonly BackupSet[];
  readonly anchor: BackupSet | undefined;
  readonly differential: BackupSet | undefined;
  /** The anchor can no longer change: its restore has begun. */
  readonly anchorIsFixed: boolean;
  /** End of the differential, else of the anchor: where logs begin. */
  readonly baseLsn: Lsn | undefined;
  /** End of the plan; undefined while there is nothing to begin with. */
  readonly endLsn: Lsn | undefined;
  /** The plan's pending logs, then the runs behind each gap. */
  readonly runs: readonly LogRun[];
  /** The full backup that the plan would have started from, had its logs not ended in a gap. */
  readonly abandoned: AbandonedBase | undefined;
}

/** `sound`: complete sets of the database; `incomplete`: its sets that lack stripes. */
export function planRestore(
  sound: readonly BackupSet[],
  incomplete: readonly BackupSet[],
  context: ChainContext,
): RestorePlan {
  const { progress, stopAt } = context;
  const position = progress.positionLsn;
  const begun = restoreBegun(sound, progress);
  const isInTime = (set: BackupSet): boolean =>
    !isLate(set, context) && (set.kind === "log" || !isBeyondStop(set, stopAt));
  const timely = sound.filter((set) => isInTime(set) && unchainable(set) === undefined);
  const candidates = begun.anchorIsFixed ? [begun.anchor].filter((set) => set !== undefined) : ofKind(timely, "full");
  const starts = position === undefined ? candidates.map(startAfter) : [{ fork: begun.fork, lsn: position }];
  const path = chooseForkPath(sound, incomplete, starts, guidOf(context.expected?.forkId));

  const onPath = timely.filter(path.admits);
  const logs = ofKind(onPath, "log");
  const evidence = incomplete.filter((set) => set.kind === "log" && isInTime(set) && path.admits(set));
  const pending = position === undefined ? logs : logs.filter((log) => log.lastLsn > position);
  const chain = logChain(pending, evidence, stopRule(stopAt));
  const fulls = candidates.filter(path.admits);
  const differentialOf = differentialFinder(ofKind(onPath, "differential"));
  const base = begun.anchorIsFixed
    ? fixedBase(begun, position, differentialOf)
    : chooseBase(fulls, differentialOf, chain);

  const baseState = base && stateAfter(base);
  const restored = position === undefined ? [] : restoredLogs(logs, baseState, position, restoredIds(progress));
  const state = later(baseState, position === undefined ? undefined : { lsn: position, fork: begun.fork });
  const runs = state ? chain.runsFrom(state) : [];
  const [first] = runs;
  return {
    path,
    members: [base?.anchor, base?.differential, ...restored, ...(first?.logs ?? [])].filter((set) => set !== undefined),
    anchor: base?.anchor,
    differential: base?.differential,
    anchorIsFixed: begun.anchorIsFixed,
    baseLsn: baseState?.lsn,
    endLsn: first?.end.lsn,
    runs,
    abandoned:
      base && !begun.anchorIsFixed ? abandonedBase(base.anchor, fulls, logs, differentialOf, chain) : undefined,
  };
}

/** GUIDs of everything that is known to be restored. */
export const restoredIds = (progress: RestoreProgress): ReadonlySet<string> =>
  new Set(progress.restoredSetGuids.map((guid) => guidOf(guid) ?? guid));

interface RestoreBegun {
  readonly anchorIsFixed: boolean;
  readonly anchor: BackupSet | undefined;
  readonly differential: BackupSet | undefined;
  /** Of the restored position. */
  readonly fork: string | undefined;
}

function restoreBegun(sound: readonly BackupSet[], progress: RestoreProgress): RestoreBegun {
  const ids = restoredIds(progress);
  const known = (kind: BackupSet["kind"], guid: string | undefined): BackupSet | undefined =>
    sound.find((set) => set.kind === kind && (guid === undefined ? ids.has(set.id) : set.id === guidOf(guid)));
  const { positionLsn: position, anchorSetGuid, diffSetGuid } = progress;
  const anchorIsFixed = progress.started && (position !== undefined || anchorSetGuid !== undefined);
  if (!anchorIsFixed) return { anchorIsFixed, anchor: undefined, differential: undefined, fork: undefined };
  const anchor = known("full", anchorSetGuid);
  const last = sound.filter((set) => set.lastLsn === position);
  const lastRestored = last.find((set) => ids.has(set.id)) ?? last[0] ?? anchor;
  return {
    anchorIsFixed,
    anchor,
    differential: known("differential", diffSetGuid),
    fork: guidOf(progress.forkId) ?? lastRestored?.fork,
  };
}

/** A differential is chosen until logs have been restored; from then on the one that was restored stands. */
function fixedBase(
  { anchor, differential }: RestoreBegun,
  position: Lsn | undefined,
  differentialOf: (full: BackupSet) => BackupSet | undefined,
): Base | undefined {
  if (!anchor) return undefined;
  const isOpen = position === undefined || position <= anchor.lastLsn;
  return { anchor, differential: differential ?? (isOpen ? differentialOf(anchor) : undefined) };
}

/** What DMS restored between base and position: it reports names only, so the logs that join are taken for it. */
function restoredLogs(
  logs: readonly BackupSet[],
  base: ChainState | undefined,
  position: Lsn,
  ids: ReadonlySet<string>,
): readonly BackupSet[] {
  const behind = logs.filter((log) => log.lastLsn <= position && (base ? log.lastLsn > base.lsn : ids.has(log.id)));
  const runs = logChain(behind).runsFrom(base ?? { lsn: -1n, fork: undefined });
  return runs.flatMap((run) => run.logs);
}

function later(a: ChainState | undefined, b: ChainState | undefined): ChainState | undefined {
  if (!a || !b) return a ?? b;
  return a.lsn > b.lsn ? a : b;
}

/** R13: logs up to the first that finishes at or after the time; inside bulk-logged changes SQL Server cannot stop. */
function stopRule(stopAt: string | undefined): StopRule {
  return (log) => {
    const stop = stopsAt(log, stopAt);
    if (stop === "before" || stop === "unknown") return "apply";
    return stop === "inside" && isBulkLogged(log.header) ? "refuse" : "last";
  };
}

const startAfter = ({ fork, lastLsn }: BackupSet): ForkStart => ({ fork, lsn: lastLsn });

const ofKind = (sets: readonly BackupSet[], kind: BackupSet["kind"]): readonly BackupSet[] =>
  sets.filter((set) => set.kind === kind);
