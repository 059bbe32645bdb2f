// Finds the recovery forks in the folder, and the path that the restore takes through them (rule R10).
import { compareLsn, type Lsn } from "../../backup/lsn.ts";
import { compareText } from "../files/identity.ts";
import { type BackupSet, forkPointOf } from "../files/mediaSets.ts";
import { instantOf } from "../files/sourceTime.ts";
import { baseFinder } from "./base.ts";

export interface ForkPath {
  /** RecoveryForkID of the path's end; undefined where no fork is known. */
  readonly target: string | undefined;
  /** Every fork that the restore could end on, the target first; more than one is for a person to decide. */
  readonly ends: readonly string[];
  /** Does the path pass through this fork? */
  passes(fork: string): boolean;
  /** Does the set lie on the path? A set that knows no fork does: it cannot be told. */
  admits(set: BackupSet): boolean;
}

/** Where a restore may begin: after a full backup, or at the restored position. */
export interface ForkStart {
  readonly fork: string | undefined;
  readonly lsn: Lsn;
}

/** How a fork began: whatever of its parent ends behind that point belongs to the abandoned branch. */
interface Branch {
  readonly parent: string;
  readonly at: Lsn;
}

/**
 * `sets`: complete ones; `evidence`: sets that lack stripes, which tell of forks all the same. `named`: the fork that
 * the operator chose.
 */
export function chooseForkPath(
  sets: readonly BackupSet[],
  evidence: readonly BackupSet[],
  starts: readonly ForkStart[],
  named: string | undefined,
): ForkPath {
  const known = evidence.length === 0 ? sets : [...sets, ...evidence];
  const branches = branchesOf(known);
  const reached = reachedFrom(starts, branches);
  const ends = named === undefined ? byNewestBackup(endsOf(known, branches, starts, reached), sets) : [named];
  const [target] = ends;
  if (target === undefined) return { target, ends, passes: () => true, admits: () => true };
  const path = pathTo(target, branches);
  return { target, ends, passes: (fork) => path.has(fork), admits: admission(path) };
}

type Branches = ReadonlyMap<string, readonly Branch[]>;

/**
 * How each fork began. A set whose FirstRecoveryForkID differs from its RecoveryForkID spans the fork. A differential
 * leads to its fork as well, from the full backup that it was taken on.
 */
function branchesOf(sets: readonly BackupSet[]): Branches {
  const branches = new Map<string, Branch[]>();
  const learn = (fork: string, branch: Branch): void => {
    const known = branches.get(fork);
    if (known) known.push(branch);
    else branches.set(fork, [branch]);
  };
  const baseOf = baseFinder(sets);
  for (const set of sets) {
    const { firstFork, fork } = set;
    if (fork === undefined) continue;
    if (firstFork !== undefined && firstFork !== fork) learn(fork, { parent: firstFork, at: forkPointOf(set) });
    const base = set.kind === "differential" ? baseOf(set) : undefined;
    if (base?.fork !== undefined && base.fork !== fork) learn(fork, { parent: base.fork, at: base.lastLsn });
  }
  return branches;
}

/**
 * Forks that a restore can get to, with the LSN from which on it may be there: behind a start it has to leave the
 * fork at or after the LSN where it begins.
 */
function reachedFrom(starts: readonly ForkStart[], branches: Branches): ReadonlyMap<string, Lsn> {
  const children = Map.groupBy(
    [...branches].flatMap(([fork, known]) => known.map(({ parent, at }) => ({ fork, parent, at }))),
    ({ parent }) => parent,
  );
  const reached = new Map<string, Lsn>();
  for (const { fork, lsn } of starts) {
    const known = fork === undefined ? undefined : reached.get(fork);
    if (fork !== undefined && (known === undefined || lsn < known)) reached.set(fork, lsn);
  }
  const waiting = [...reached.keys()];
  for (let parent = waiting.pop(); parent !== undefined; parent = waiting.pop()) {
    const from = reached.get(parent) ?? 0n;
    for (const { fork, at } of children.get(parent) ?? []) {
      if (at < from || reached.get(fork) === BY_DESCENT) continue;
      reached.set(fork, BY_DESCENT);
      waiting.push(fork);
    }
  }
  return reached;
}

const BY_DESCENT = -1n;

/**
 * The target and every fork that it descends from, each with the last LSN at which it was left: undefined for the
 * target.
 */
function pathTo(target: string, branches: Branches): ReadonlyMap<string, Lsn | undefined> {
  const path = new Map<string, Lsn | undefined>([[target, undefined]]);
  for (const fork of path.keys()) // those that are added on the way are visited as well
    for (const { parent, at } of branches.get(fork) ?? [])
      if (parent !== target && at > (path.get(parent) ?? -1n)) path.set(parent, at);
  return path;
}

/** A set lies on the path when it ends on one of its forks, before the path leaves it. */
function admission(path: ReadonlyMap<string, Lsn | undefined>): (set: BackupSet) => boolean {
  return (set) => {
    const fork = set.fork ?? set.firstFork;
    if (fork === undefined) return true;
    if (!path.has(fork)) return false;
    const leftAt = path.get(fork);
    return leftAt === undefined || set.lastLsn <= leftAt;
  };
}

/** Leaves that a start leads to; where none does, the forks of the starts themselves. */
function endsOf(
  sets: readonly BackupSet[],
  branches: Branches,
  starts: readonly ForkStart[],
  reached: ReadonlyMap<string, Lsn>,
): readonly string[] {
  const forks = new Set<string>();
  for (const { fork } of sets) if (fork !== undefined) forks.add(fork);
  for (const { fork } of starts) if (fork !== undefined) forks.add(fork);
  const parents = new Set([...branches.values()].flatMap((known) => known.map(({ parent }) => parent)));
  const anywhere = starts.some(({ fork }) => fork === undefined);
  const leaves = [...forks].filter((fork) => !parents.has(fork) && (anywhere || reached.has(fork)));
  if (leaves.length > 0) return leaves;
  return [...new Set(starts.flatMap(({ fork }) => (fork === undefined ? [] : [fork])))];
}

/**
 * Most recently backed up first, which the operator is asked to confirm: by instants where every header tells its
 * offset, else by LSN. Wall clocks repeat themselves in the night that they are set back.
 */
function byNewestBackup(forks: readonly string[], sets: readonly BackupSet[]): readonly string[] {
  if (forks.length < 2) return forks;
  const ends = new Set(forks);
  const concerned = sets.filter(({ fork }) => fork !== undefined && ends.has(fork));
  const instants = concerned.map(({ header }) => instantOf(header));
  const isKnown = instants.every((instant) => instant !== undefined);
  const newest = new Map<string, bigint>();
  for (const [index, { fork = "", lastLsn }] of concerned.entries()) {
    const rank = isKnown ? BigInt(instants[index] ?? 0) : lastLsn;
    const known = newest.get(fork);
    if (known === undefined || rank > known) newest.set(fork, rank);
  }
  return forks.toSorted((a, b) => compareLsn(newest.get(b) ?? 0n, newest.get(a) ?? 0n) || compareText(a, b));
}
