// Publishes the events of the outbox without holding up their caller: a topic that hangs or refuses costs one short
// wait and then none for a while.

import { EventsRefusedError, inBatches, MOST_BYTES_OF_A_REQUEST } from "../../migration/events/eventBatches.ts";
import type { FerryEvent } from "../../migration/events/events.ts";
import type { Log, Services } from "../../ports.ts";
import { note } from "./note.ts";

/** A function must not work on after its end, so its publishing is waited for; for one request this long. */
const PATIENCE_MS = 3_000;
/** So long after the claim no other request is begun: it is good for a minute. What is left has the next one. */
const SENDS_FOR_MS = 20_000;
/** How long a topic that did not take events is left alone; twice as long each time, up to the longest. */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 300_000;

/** So long an event that the topic has refused for what is in it is set aside; then it is sent once more, by itself. */
const ASIDE_MS = LONGEST_PAUSE_MS;

/** An outbox that is filled faster than it is emptied keeps nobody for ever. */
const MOST_ROUNDS = 20;

/** What this process knows of the topic. Forgetting it costs a wait and loses nothing: what waits lies in the table. */
interface Topic {
  pauseMs: number;
  pausedUntil: number;
  /** Of events that it refused, by id: until when they are set aside. */
  readonly asideUntil: Map<string, number>;
  /** Migrations of which it refused an event since it last took one: with more than one the fault is hardly in the events. */
  readonly refusedOf: Set<string>;
  /** Migrations whose outbox this process has left empty. */
  readonly empty: Set<string>;
}
/** Of migrations with an empty outbox: bounded by forgetting all of them. */
const MOST_EMPTY = 20_000;
const topics = new WeakMap<Services, Topic>();

/**
 * As publishOutbox for whoever has written nothing, and asks for nothing where this process has left the outbox empty:
 * whoever has written events since publishes them himself, and what he leaves behind when he dies the sweep publishes.
 */
export async function publishLeftovers(services: Services, log: Log, migrationId: string): Promise<void> {
  if (!topicOf(services).empty.has(migrationId)) await publish(services, log, migrationId, false);
}

/**
 * Publishes what waits in the outbox, oldest first; nothing overtakes an event of the same migration that still waits,
 * except one that the topic has refused. What it does not take stays for a later turn or the sweep. Never throws: an
 * event that is late must not hold up what it tells about. For whoever has just written events: that something waits is
 * not asked before.
 */
export const publishOutbox = (services: Services, log: Log, migrationId: string): Promise<void> =>
  publish(services, log, migrationId, true);

async function publish(services: Services, log: Log, migrationId: string, isFilled: boolean): Promise<void> {
  try {
    await publishWaiting(services, topicOf(services), log, migrationId, isFilled);
  } catch (error) {
    log.warn(`The outbox of ${migrationId} could not be read or written: ${String(error)}`);
  }
}

function topicOf(services: Services): Topic {
  const topic = topics.get(services) ?? {
    pauseMs: FIRST_PAUSE_MS,
    pausedUntil: 0,
    asideUntil: new Map(),
    refusedOf: new Set(),
    empty: new Set(),
  };
  topics.set(services, topic);
  return topic;
}

/**
 * One process at a time, or everything would be told twice and out of order. Whoever finds the outbox claimed leaves it to the holder, who
 * looks once more after giving it back: what was committed meanwhile goes out then.
 */
async function publishWaiting(
  services: Services,
  topic: Topic,
  log: Log,
  migrationId: string,
  isFilled: boolean,
): Promise<void> {
  const { migrations, clock } = services;
  topic.empty.delete(migrationId);
  const isPaused = (): boolean => clock.now().getTime() < topic.pausedUntil;
  const waiting = async (): Promise<readonly FerryEvent[]> => {
    const now = clock.now().getTime();
    if (isPaused()) return [];
    const all = await migrations.outbox(migrationId);
    if (all.length === 0) noteEmpty(topic, migrationId);
    return all.filter(({ id }) => now >= (topic.asideUntil.get(id) ?? 0));
  };
  const isWaiting = async (round: number): Promise<boolean> =>
    round === 0 && isFilled ? !isPaused() : (await waiting()).length > 0;
  for (let round = 0; round < MOST_ROUNDS && (await isWaiting(round)); round++) {
    const claim = await migrations.claimOutbox(migrationId, clock.now());
    if (claim === undefined) return;
    try {
      await send(services, topic, log, migrationId, await waiting()); // read again: before the claim somebody else was at it
    } finally {
      await migrations.dropOutboxClaim(migrationId, claim);
    }
  }
}

function noteEmpty({ empty }: Topic, migrationId: string): void {
  if (empty.size >= MOST_EMPTY) empty.clear();
  empty.add(migrationId);
}

/**
 * Each of them leaves the outbox or is set aside, or the topic is paused, or their time is over and the next round has
 * them.
 */
async function send(
  services: Services,
  topic: Topic,
  log: Log,
  migrationId: string,
  events: readonly FerryEvent[],
): Promise<void> {
  const isRefused = ({ id }: FerryEvent) => topic.asideUntil.has(id);
  const others = events.filter((event) => !isRefused(event));
  const requests = [...inBatches(others, MOST_BYTES_OF_A_REQUEST), ...oneByOne(events.filter(isRefused))];
  const began = performance.now();
  for (let request = requests.shift(); request; request = requests.shift()) {
    const outcome = await sendOnce(services, log, migrationId, request);
    if (outcome === "refused" && request.length > 1)
      requests.unshift(...oneByOne(request)); // finds the one that it refuses
    else if (isToPause(topic, migrationId, request, outcome, services.clock.now())) return pause(services, topic);
    if (performance.now() - began > SENDS_FOR_MS) return;
  }
}

const oneByOne = (events: readonly FerryEvent[]): FerryEvent[][] => events.map((event) => [event]);

/** refused: for what is in the request. away: the topic takes nothing at the moment, whatever it is. */
type Outcome = "taken" | "refused" | "away";

/** Keeps what the outcome says of the topic. True when it is to be left alone: it is away, or refuses events of several migrations. */
function isToPause(
  topic: Topic,
  migrationId: string,
  events: readonly FerryEvent[],
  outcome: Outcome,
  now: Date,
): boolean {
  if (outcome === "away") return true;
  if (outcome === "taken") {
    topic.pauseMs = FIRST_PAUSE_MS;
    topic.refusedOf.clear();
    for (const { id } of events) topic.asideUntil.delete(id);
    return false;
  }
  topic.refusedOf.add(migrationId);
  for (const { id } of events) topic.asideUntil.set(id, now.getTime() + ASIDE_MS);
  return topic.refusedOf.size > 1;
}

function pause({ clock }: Services, topic: Topic): void {
  topic.pausedUntil = clock.now().getTime() + topic.pauseMs;
  topic.pauseMs = Math.min(2 * topic.pauseMs, LONGEST_PAUSE_MS);
}

async function sendOnce(
  { publisher, migrations }: Services,
  log: Log,
  migrationId: string,
  events: readonly FerryEvent[],
): Promise<Outcome> {
  const deadline = startDeadline();
  try {
    await Promise.race([publisher.publish(events, deadline.signal), deadline.late]);
  } catch (error) {
    const waiting = events.map(({ id, type }) => `${id} (${type})`).join(", ");
    note(log, "EventsNotTaken", { migrationId, events: events.length, error: String(error), waiting });
    return error instanceof EventsRefusedError ? "refused" : "away";
  } finally {
    deadline.end();
  }
  await migrations.published(migrationId, events);
  return "taken";
}

interface Deadline {
  readonly signal: AbortSignal;
  /** Fails when it is too late. */
  readonly late: Promise<never>;
  end(): void;
}

function startDeadline(): Deadline {
  const controller = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  late.catch(() => {}); // nobody may be waiting any more
  const timer = setTimeout(() => {
    const reason = new Error(`No answer within ${PATIENCE_MS / 1_000} s.`);
    controller.abort(reason);
    reject(reason);
  }, PATIENCE_MS);
  return { signal: controller.signal, late, end: () => clearTimeout(timer) };
}
