// Which recovery forks does the folder know, and which path through them does the restore take? (Rule R10.)
import type { Lsn } from "../backup/lsn.ts";
import { compareText } from "./identity.ts";
import type { BackupSet } from "./mediaSets.ts";
import { wallClock } from "./sourceTime.ts";

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

/** Where a fork was left for another one: whatever ends behind that point belongs to the abandoned branch. */
interface Branch {
  readonly parent: string;
  readonly at: Lsn;
}

interface Step {
  readonly fork: string;
  /** Undefined on the path's last fork. */
  readonly leftAt: Lsn | undefined;
}

/**
 * `sets`: complete ones; `evidence`: sets that lack stripes, which tell of forks all the same. `named`: the fork that the
 * operator chose.
 */
export function chooseForkPath(
  sets: readonly BackupSet[],
  evidence: readonly BackupSet[],
  starts: readonly ForkStart[],
  named: string | undefined,
): ForkPath {
  const known = evidence.length === 0 ? sets : [...sets, ...evidence];
  const branches = branchesOf(known);
  const ends = named === undefined ? byNewestBackup(endsOf(known, branches, starts), sets) : [named];
  const [target] = ends;
  if (target === undefined) return { target, ends, passes: () => true, admits: () => true };
  const path = pathTo(target, branches);
  const forks = new Set(path.map(({ fork }) => fork));
  return { target, ends, passes: (fork) => forks.has(fork), admits: admission(path) };
}

/** A set whose FirstRecoveryForkID differs from its RecoveryForkID spans the fork; of several parents the latest fork point counts. */
function branchesOf(sets: readonly BackupSet[]): ReadonlyMap<string, Branch> {
  const branches = new Map<string, Branch>();
  for (const { firstFork, fork, header, firstLsn } of sets) {
    if (firstFork === undefined || fork === undefined || firstFork === fork) continue;
    const branch = { parent: firstFork, at: header.forkPointLsn ?? firstLsn };
    const known = branches.get(fork);
    const later = !known || branch.at > known.at || (branch.at === known.at && branch.parent < known.parent);
    if (later) branches.set(fork, branch);
  }
  return branches;
}

/** From the eldest known ancestor to `target`. */
function pathTo(target: string, branches: ReadonlyMap<string, Branch>): readonly Step[] {
  const steps: Step[] = [{ fork: target, leftAt: undefined }];
  const seen = new Set([target]);
  for (let branch = branches.get(target); branch && !seen.has(branch.parent); branch = branches.get(branch.parent)) {
    seen.add(branch.parent);
    steps.push({ fork: branch.parent, leftAt: branch.at });
  }
  return steps.reverse();
}

function admission(path: readonly Step[]): (set: BackupSet) => boolean {
  const places = new Map(path.map(({ fork, leftAt }, place) => [fork, { place, leftAt }]));
  return (set) => {
    const last = set.fork ?? set.firstFork;
    const first = set.firstFork ?? last;
    if (first === undefined || last === undefined) return true;
    const from = places.get(first);
    const to = places.get(last);
    if (!from || !to || from.place > to.place) return false;
    return to.leftAt === undefined || set.lastLsn <= to.leftAt;
  };
}

/** Leaves that a start leads to; where none does, the forks of the starts themselves. */
function endsOf(
  sets: readonly BackupSet[],
  branches: ReadonlyMap<string, Branch>,
  starts: readonly ForkStart[],
): readonly string[] {
  const forks = new Set<string>();
  for (const { fork } of sets) if (fork !== undefined) forks.add(fork);
  for (const { fork } of starts) if (fork !== undefined) forks.add(fork);
  const parents = new Set([...branches.values()].map(({ parent }) => parent));
  const earliest = new Map<string, Lsn>();
  for (const { fork, lsn } of starts) {
    const known = fork === undefined ? undefined : earliest.get(fork);
    if (fork !== undefined && (known === undefined || lsn < known)) earliest.set(fork, lsn);
  }
  const descendsFromStart = descent(branches, earliest);
  const anywhere = starts.some(({ fork }) => fork === undefined);
  const leaves = [...forks].filter(
    (fork) => !parents.has(fork) && (anywhere || earliest.has(fork) || descendsFromStart(fork)),
  );
  return leaves.length > 0 ? leaves : [...earliest.keys()];
}

/** Does a fork descend from one where a start lies before the point at which it was left? Each fork is looked at once. */
function descent(branches: ReadonlyMap<string, Branch>, earliest: ReadonlyMap<string, Lsn>): (fork: string) => boolean {
  const answers = new Map<string, boolean>();
  return (leaf) => {
    const passed: string[] = [];
    let fork = leaf;
    let answer = answers.get(fork);
    while (answer === undefined) {
      answers.set(fork, false); // ends a circle, which no server writes
      passed.push(fork);
      const branch = branches.get(fork);
      const start = branch && earliest.get(branch.parent);
      if (!branch) answer = false;
      else if (start !== undefined && start <= branch.at) answer = true;
      else {
        fork = branch.parent;
        answer = answers.get(fork);
      }
    }
    for (const one of passed) answers.set(one, answer);
    return answer;
  };
}

/** Most recently backed up first: the one place where a date decides, and the operator is asked to confirm it. */
function byNewestBackup(forks: readonly string[], sets: readonly BackupSet[]): readonly string[] {
  if (forks.length < 2) return forks;
  const newest = new Map<string, number>();
  for (const { fork, header } of sets) {
    const finished = wallClock(header.backupFinishDate);
    if (fork !== undefined && finished !== undefined) newest.set(fork, Math.max(newest.get(fork) ?? 0, finished));
  }
  return forks.toSorted((a, b) => (newest.get(b) ?? 0) - (newest.get(a) ?? 0) || compareText(a, b));
}
