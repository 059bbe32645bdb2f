// Writes a decision about a migration: facts in, one transaction out, decided again on a conflict; then publishes its
// events.
import { isOver, type MigrationFacts } from "../../migration/migration.ts";
import type { Change, Log, Services } from "../../ports.ts";
import { publishLeftovers, publishOutbox } from "./publishOutbox.ts";

/** What to write, and what to return. Without a change nothing is written. */
export interface Decision<Answer> {
  readonly change?: Omit<Change, "migrationId" | "version">;
  readonly answer: Answer;
}

/** Throws when the migration does not exist: for handlers that cannot go on without it. */
export async function factsOf({ migrations }: Services, migrationId: string): Promise<MigrationFacts> {
  return (await migrations.facts(migrationId)) ?? missing(migrationId);
}

const missing = (migrationId: string): never => {
  throw new Error(`There is no migration "${migrationId}".`);
};

/** First step of a watch's turn, see MigrationStore.beginTurn: the facts of the turn. */
export async function factsOfTurn(
  { migrations }: Services,
  migrationId: string,
  watch: string,
): Promise<MigrationFacts> {
  return (await migrations.beginTurn(migrationId, watch)) ?? missing(migrationId);
}

type Decide<Answer> = (facts: MigrationFacts) => Decision<Answer> | Promise<Decision<Answer>>;

/**
 * Reads the facts, lets `decision` decide, commits against the version on which it was decided, and publishes waiting
 * events. `decision` may run several times: it must not change the world outside. `known`: facts that were read already
 * are tried first; when they are outdated nothing is written, and they are read again.
 */
export async function decide<Answer>(
  services: Services,
  log: Log,
  migrationId: string,
  decision: Decide<Answer>,
  known?: MigrationFacts,
): Promise<Answer> {
  const { change, answer } = await decideOnly(services, migrationId, decision, known);
  // A change without events is written before DMS is asked: no topic may delay that.
  if (change?.events?.length) await publishOutbox(services, log, migrationId);
  else if (!change) await publishLeftovers(services, log, migrationId);
  return answer;
}

/** The same, and publishes nothing: for callers that write several changes, and publish afterwards. */
export async function decideOnly<Answer>(
  services: Services,
  migrationId: string,
  decision: Decide<Answer>,
  known?: MigrationFacts,
): Promise<Decision<Answer>> {
  for (let attempt = 1; attempt <= 10; attempt++) {
    const facts = (attempt === 1 && known) || (await factsOf(services, migrationId));
    const decided = await decision(facts);
    const { change } = decided;
    if (!change) return decided;
    const outcome = await services.migrations.commit({ migrationId, version: facts.version, ...change });
    if (outcome === "committed") return decided;
  }
  throw new Error(`Migration "${migrationId}" changed ten times while one decision was being written.`);
}

/**
 * The same for one run: once it has ended, or another has begun, nothing is decided or written, and the answer is
 * undefined.
 */
export const decideInRun = <Answer>(
  services: Services,
  log: Log,
  migrationId: string,
  run: number,
  decision: Decide<Answer>,
): Promise<Answer | undefined> =>
  decide<Answer | undefined>(services, log, migrationId, (facts) =>
    isOver(facts.migration, run) ? { answer: undefined } : decision(facts),
  );
