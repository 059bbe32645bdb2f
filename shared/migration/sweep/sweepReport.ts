// Defines what a sweep reports, and decides whether sweeping is healthy: how long ago one completed, or got on.

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
  /** UTC; when all records were last looked through. Absent: never, or by 0.1.0, each time. */
  readonly recordsAt?: string;
}

export interface SweepHealth {
  readonly isLate: boolean;
  /** It came to its end in time, and met nothing that a person has to look after. */
  readonly isWell: boolean;
}

export interface SweepCircumstances {
  /** When this process began: a sweep that never was is late after as long as one that was. */
  readonly since: Date;
  readonly now: Date;
  readonly lateAfterMinutes: number;
  /** UTC; when the last part of a sweep that is under way ended. A large one may take longer, as long as it gets on. */
  readonly partEndedAt?: string | undefined;
}

export function sweepHealth(
  last: SweepReport | undefined,
  { since, now, lateAfterMinutes, partEndedAt }: SweepCircumstances,
): SweepHealth {
  const ended = last ? Date.parse(last.endedAt) : since.getTime();
  const from = Math.max(ended, partEndedAt === undefined ? 0 : Date.parse(partEndedAt));
  const isLate = now.getTime() - from > lateAfterMinutes * 60_000;
  return { isLate, isWell: !isLate && (last === undefined || (last.failed.length === 0 && last.faults === 0)) };
}
