// Decides when DMS is asked again. Gently: in 2021 migrations failed because their state was asked for too often (error
// 1009).

export interface PollFacts {
  /** DMS_POLL_SECONDS. */
  readonly pollSeconds: number;
  /** DMS_MAX_GETS_PER_MINUTE: the budget of one migration service, shared by all its migrations. */
  readonly maxGetsPerMinute: number;
  /** Migrations that ask at present, this one included. */
  readonly activeMigrations: number;
  /** Of the last answer. */
  readonly retryAfterSeconds?: number | undefined;
  /** Since the service or the folder last showed something new; absent: just now. */
  readonly unchangedSeconds?: number | undefined;
  /** A cutover or a cancel is under way: its end is near. */
  readonly isEnding?: boolean;
}

const CALM_AFTER_SECONDS = 10 * 60;
const CALM_SECONDS = 60;
const ENDING_SECONDS = 15;

/**
 * Seconds until the next look: the longest of the usual interval, what the service asked for, and this migration's share of
 * the budget. Activities share no memory, so the budget is kept by arithmetic.
 */
export function nextLookSeconds(facts: PollFacts): number {
  const share = Math.ceil((facts.activeMigrations * 60) / facts.maxGetsPerMinute);
  return Math.max(1, usualSeconds(facts), facts.retryAfterSeconds ?? 0, share);
}

function usualSeconds({ pollSeconds, unchangedSeconds = 0, isEnding = false }: PollFacts): number {
  if (isEnding) return Math.min(pollSeconds, ENDING_SECONDS);
  return unchangedSeconds >= CALM_AFTER_SECONDS ? Math.max(pollSeconds, CALM_SECONDS) : pollSeconds;
}
