// Defines what a sweep reports, and decides whether sweeping is healthy: what it found, and how long ago one completed.

export interface SweepReport {
  /** UTC. */
  readonly startedAt: string;
  /** UTC; the sweep came to its end, whatever it met. */
  readonly endedAt: string;
  readonly folders: number;
  /** New or changed files that events should have brought. */
  readonly missed: number;
  readonly deleted: number;
  /** Folders that could not be swept, the first ones. */
  readonly failed: readonly string[];
  /** Rows and files that sqlferry could not read. */
  readonly faults: number;
}

export interface SweepHealth {
  readonly isLate: boolean;
  /** It came to its end in time, and met nothing that a person has to look after. */
  readonly isWell: boolean;
}

/** `since` is when this process began: a sweep that never was is late after as long as one that was. */
export function sweepHealth(
  last: SweepReport | undefined,
  { since, now, lateAfterMinutes }: { readonly since: Date; readonly now: Date; readonly lateAfterMinutes: number },
): SweepHealth {
  const from = last ? Date.parse(last.endedAt) : since.getTime();
  const isLate = now.getTime() - from > lateAfterMinutes * 60_000;
  return { isLate, isWell: !isLate && (last === undefined || (last.failed.length === 0 && last.faults === 0)) };
}
