// Decides when DMS is asked again. Gently: in 2021 migrations failed because their state was asked for too often (error
// 1009).

export interface PollFacts {
  /** DMS_POLL_SECONDS. */
  readonly pollSeconds: number;
  /** DMS_MAX_GETS_PER_MINUTE: the budget of one migration service, shared by all its migrations. */
  readonly maxGetsPerMinute: number;
  /** Migrations that ask at present, this one included. */
  readonly activeMigrations: number;
  /** Those among them whose start or cutover DMS is at, at most; others of their VMs wait for them. */
  readonly turns?: number;
  /** This one is. */
  readonly isAtTurn?: boolean;
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

/** Every second that the end of a start or a cutover goes unnoticed is one in which DMS does nothing on that VM. */
const TURN_SECONDS = 5;
/** Of the budget, at most. */
const TURNS_SHARE = 0.5;

/**
 * Seconds until the next look: the longest of the usual interval, what the service asked for, and this migration's
 * share of
 * the budget. Activities share no memory, so the budget is kept by arithmetic: first for the turns, then for everybody
 * else.
 */
export function nextLookSeconds(facts: PollFacts): number {
  const { activeMigrations, maxGetsPerMinute, retryAfterSeconds = 0, isAtTurn = false } = facts;
  const turns = Math.max(facts.turns ?? 0, isAtTurn ? 1 : 0);
  const turnSeconds = Math.max(
    Math.min(facts.pollSeconds, TURN_SECONDS),
    Math.ceil((turns * 60) / (maxGetsPerMinute * TURNS_SHARE)),
  );
  if (isAtTurn) return Math.max(turnSeconds, retryAfterSeconds);
  const left = maxGetsPerMinute - (turns * 60) / turnSeconds;
  const share = Math.ceil((Math.max(1, activeMigrations - turns) * 60) / left);
  return Math.max(1, usualSeconds(facts), retryAfterSeconds, share);
}

function usualSeconds({ pollSeconds, unchangedSeconds = 0, isEnding = false }: PollFacts): number {
  if (isEnding) return Math.min(pollSeconds, ENDING_SECONDS);
  return unchangedSeconds >= CALM_AFTER_SECONDS ? Math.max(pollSeconds, CALM_SECONDS) : pollSeconds;
}
