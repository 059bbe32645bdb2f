// Records that a look cannot go on because of something outside, and notifies people when it is time.

import { migrationEvent } from "../../migration/events/eventBuilders.ts";
import type { FerryEvent } from "../../migration/events/events.ts";
import type { Migration, WaitingOn } from "../../migration/migration.ts";
import { isOutage, type Obstacle, secondsUntilTold, waitAfter } from "../../migration/waiting.ts";
import type { Log, Services } from "../../ports.ts";
import { decideInRun } from "./decide.ts";
import { eventContext } from "./eventContext.ts";
import { nextLook } from "./nextLook.ts";
import { note } from "./note.ts";

export interface Waited {
  readonly migration: Migration;
  /** Empty until it is time to notify people. */
  readonly events: readonly FerryEvent[];
}

/** The migration with its present obstacle; without one it does not wait. */
export function waited(services: Services, migration: Migration, obstacle: Obstacle | undefined): Waited {
  const { waitingOn: before, ...rest } = migration;
  if (!obstacle) return { migration: rest, events: [] };
  const { waitingOn, isToBeTold } = waitAfter(
    before,
    obstacle,
    services.clock.now(),
    services.config.waiting.alarmMinutes,
  );
  const waits: Migration = { ...rest, waitingOn };
  if (!isToBeTold) return { migration: waits, events: [] };
  const { toldAt: _, ...told } = waitingOn;
  const transition = `run-${migration.run}|${waitingOn.what}|${waitingOn.since}`;
  return {
    migration: waits,
    events: [migrationEvent(eventContext(services, waits), "migration.waiting", transition, told)],
  };
}

/** Writes to the log that people were notified. */
export function tellWait(log: Log, { migration: { migrationId, run, waitingOn }, events }: Waited): void {
  if (!waitingOn || events.length === 0) return;
  const { what, since, code, cause, remedy } = waitingOn;
  note(log, "RunWaits", { migrationId, run, what, since, code, cause, remedy });
}

/**
 * Records what holds the run up, and returns when to look again. While nothing about it changes, nothing is written.
 */
export async function waitFor(
  services: Services,
  log: Log,
  migration: Migration,
  obstacle: Obstacle,
): Promise<{ readonly nextLookSeconds: number }> {
  const { clock, config } = services;
  const after = await decideInRun<Waited>(services, log, migration.migrationId, migration.run, (facts) => {
    const answer = waited(services, facts.migration, obstacle);
    const isNew = !isSameWait(answer.migration.waitingOn, facts.migration.waitingOn);
    return {
      ...(isNew && { change: { migration: touched(services, answer.migration), events: answer.events } }),
      answer,
    };
  });
  if (after) tellWait(log, after);
  const { nextLookSeconds } = await nextLook(services, { migration, retryAfterSeconds: obstacle.retryAfterSeconds });
  const untilTold = secondsUntilTold(after?.migration.waitingOn, clock.now(), config.waiting.alarmMinutes);
  return { nextLookSeconds: Math.min(nextLookSeconds, untilTold) };
}

/** Compares the members that the record stores. */
export const isSameWait = (one: WaitingOn | undefined, other: WaitingOn | undefined): boolean =>
  one?.what === other?.what &&
  one?.since === other?.since &&
  one?.toldAt === other?.toldAt &&
  one?.code === other?.code &&
  one?.cause === other?.cause &&
  one?.remedy === other?.remedy;

/** DMS answers again: ends a wait for that, and no other. */
export const answersAgain = (services: Services, log: Log, migration: Migration): Promise<void> =>
  goesOn(services, log, migration, isOutage);

/** Ends the run's wait. Writes only when the record still has it. */
export async function goesOn(
  services: Services,
  log: Log,
  { migrationId, run, waitingOn }: Migration,
  isOver: (waitingOn: WaitingOn) => boolean = () => true,
): Promise<void> {
  if (!waitingOn || !isOver(waitingOn)) return;
  await decideInRun<void>(services, log, migrationId, run, ({ migration }) => {
    const after = withoutWait(migration, isOver);
    return { ...(after !== migration && { change: { migration: touched(services, after) } }), answer: undefined };
  });
}

/** The same migration, unless its wait is over. */
export function withoutWait(migration: Migration, isOver: (waitingOn: WaitingOn) => boolean): Migration {
  if (!migration.waitingOn || !isOver(migration.waitingOn)) return migration;
  const { waitingOn: _, ...rest } = migration;
  return rest;
}

const touched = ({ clock }: Services, migration: Migration): Migration => ({
  ...migration,
  updatedAt: clock.now().toISOString(),
});
