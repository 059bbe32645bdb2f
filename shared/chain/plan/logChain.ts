// Finds which log backup comes next, and how far the logs join (rules R6 to R9, R11 and R13).
import { compareLsn, type Lsn } from "../../backup/lsn.ts";
import { compareText } from "../files/identity.ts";
import { type BackupSet, forkPointOf } from "../files/mediaSets.ts";

/**
 * Where a restore stands: the LSN that the next log has to cover, and the fork it has to begin on (undefined: not
 * known).
 */
export interface ChainState {
  readonly lsn: Lsn;
  readonly fork: string | undefined;
}

/** Logs that join without a gap. */
export interface LogRun {
  readonly from: Lsn;
  readonly logs: readonly BackupSet[];
  readonly end: ChainState;
  /** The log at which the run begins after a gap; it may be an incomplete one that no run holds. */
  readonly begins: BackupSet | undefined;
}

/** apply: restore it and go on. last: restore it and stop there. refuse: stop before it. */
export type StopRule = (log: BackupSet) => "apply" | "last" | "refuse";

export interface LogChain {
  /** R7: the log to restore next. */
  next(from: ChainState): BackupSet | undefined;
  /** Where a restore that stands at `from` ends up. */
  endFrom(from: ChainState): ChainState;
  /** The run that `from` begins (it may be empty), then the runs behind each gap. */
  runsFrom(from: ChainState): readonly LogRun[];
}

/** The logs that may be restored while the database is on one fork. */
interface Bucket {
  /** From which LSN on each may be, ascending. */
  readonly from: readonly Lsn[];
  /** For each the best of those up to it, so that one search answers R7. */
  readonly best: readonly BackupSet[];
  /** Where the last search ended: the next one mostly ends one further on. */
  place: number;
}

/**
 * Empty logs (R8) never belong to a chain; `evidence` are logs that cannot be restored, yet show that there is
 * something behind a gap.
 */
export function logChain(
  complete: readonly BackupSet[],
  evidence: readonly BackupSet[] = [],
  stopRule: StopRule = () => "apply",
): LogChain {
  const logs = complete.filter(isNotEmpty).sort(byFirstLsn);
  const beginnings = evidence.length === 0 ? logs : [...logs, ...evidence.filter(isNotEmpty)].sort(byFirstLsn);
  const buckets = bucketsOf(logs);
  const next = ({ lsn, fork }: ChainState): BackupSet | undefined => {
    if (fork !== undefined) return preferred(bestAt(buckets.get(fork), lsn), bestAt(buckets.get(undefined), lsn));
    let best: BackupSet | undefined;
    for (const bucket of buckets.values()) best = preferred(best, bestAt(bucket, lsn));
    return best;
  };
  const ends = new Map<BackupSet, ChainState>();

  return {
    next,

    endFrom(from) {
      const passed: BackupSet[] = [];
      let state = from;
      for (let step = 0, log = next(state); log; step++, log = next(state)) {
        const known = ends.get(log);
        const rule = stopRule(log);
        if (rule === "refuse") break;
        state = known ?? after(log, state);
        if (step % REMEMBERED === 0) passed.push(log);
        if (known || rule === "last") break;
      }
      for (const log of passed) ends.set(log, state);
      return state;
    },

    runsFrom(from) {
      const runs: LogRun[] = [];
      let state = from;
      let begins: BackupSet | undefined;
      let stopped = false;
      let place = 0;
      do {
        const start = state.lsn;
        const joined: BackupSet[] = [];
        for (let log = next(state); log && !stopped; log = next(state)) {
          const rule = stopRule(log);
          stopped = rule !== "apply";
          if (rule === "refuse") break;
          joined.push(log);
          state = after(log, state);
        }
        runs.push({ from: start, logs: joined, end: state, begins });
        while (place < beginnings.length && (beginnings[place] as BackupSet).firstLsn <= state.lsn) place++;
        begins = beginnings[place];
        if (begins) state = { lsn: begins.firstLsn, fork: begins.firstFork ?? state.fork };
      } while (begins && !stopped);
      return runs;
    },
  };
}

/** Of so many logs the end is remembered for one: walks from several fulls soon meet at it, and memory stays small. */
const REMEMBERED = 16;

export const isNotEmpty = (set: BackupSet): boolean => set.firstLsn < set.lastLsn;

/** The order of LSNs; what is left equal is decided by the set's GUID, so that no order of arrival shows. */
export const byFirstLsn = (a: BackupSet, b: BackupSet): number =>
  compareLsn(a.firstLsn, b.firstLsn) || compareLsn(a.lastLsn, b.lastLsn) || compareText(a.id, b.id);

const after = (log: BackupSet, before: ChainState): ChainState => ({ lsn: log.lastLsn, fork: log.fork ?? before.fork });

/** R7: the greatest LastLSN, then not copy-only, then the smallest GUID. */
function preferred(a: BackupSet | undefined, b: BackupSet | undefined): BackupSet | undefined {
  if (!a || !b) return a ?? b;
  const order =
    compareLsn(b.lastLsn, a.lastLsn) || Number(a.isCopyOnly) - Number(b.isCopyOnly) || compareText(a.id, b.id);
  return order <= 0 ? a : b;
}

/**
 * A log begins on its first fork. One that spans a fork goes on for a database as well that is past the fork point
 * already.
 */
function bucketsOf(logs: readonly BackupSet[]): ReadonlyMap<string | undefined, Bucket> {
  const beginning = Map.groupBy(logs, (log) => log.firstFork);
  const spanning = Map.groupBy(logs.filter(spansFork), (log) => log.fork);
  return new Map(
    [...new Set([...beginning.keys(), ...spanning.keys()])].map((fork) => {
      const from = (log: BackupSet): Lsn => (log.firstFork === fork ? log.firstLsn : forkPointOf(log));
      const usual = beginning.get(fork) ?? [];
      const late = spanning.get(fork);
      const members = late
        ? [...usual, ...late].sort((a, b) => compareLsn(from(a), from(b)) || byFirstLsn(a, b))
        : usual;
      return [fork, bucketOf(members, from)];
    }),
  );
}

const spansFork = ({ firstFork, fork }: BackupSet): boolean => fork !== undefined && firstFork !== fork;

function bucketOf(logs: readonly BackupSet[], from: (log: BackupSet) => Lsn): Bucket {
  let leader: BackupSet | undefined;
  const best = logs.map((log) => {
    leader = preferred(leader, log) ?? log;
    return leader;
  });
  return { from: logs.map(from), best, place: 0 };
}

/** The best log with from <= lsn < lastLsn. Equality of neighbours is the rule, overlap is legal. */
function bestAt(bucket: Bucket | undefined, lsn: Lsn): BackupSet | undefined {
  if (!bucket) return undefined;
  const { from, best, place } = bucket;
  const isAt = (index: number): boolean => index >= from.length || (from[index] as Lsn) > lsn;
  let [low, high] = [0, from.length];
  if (place > 0 && !isAt(place - 1)) {
    low = place;
    if (isAt(place)) high = place;
    else if (isAt(place + 1)) [low, high] = [place + 1, place + 1];
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((from[middle] as Lsn) <= lsn) low = middle + 1;
    else high = middle;
  }
  bucket.place = low;
  const candidate = best[low - 1];
  return candidate && candidate.lastLsn > lsn ? candidate : undefined;
}
