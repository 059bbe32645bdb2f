// Publishes the events of the outbox without delaying the caller: a topic that hangs or refuses costs one short wait
// and then none for a while.

import { EventsRefusedError, inBatches, MOST_BYTES_OF_A_REQUEST } from "../../migration/events/eventBatches.ts";
import type { FerryEvent } from "../../migration/events/events.ts";
import type { Log, Services } from "../../ports.ts";
import { note } from "./note.ts";

/** A function must not work on after its end, so publishing is waited for; at most this long per request. */
const PATIENCE_MS = 3_000;
/**
 * After this time no further request is sent under the claim, which is valid for a minute. What is left goes out under
 * the next one.
 */
const SENDS_FOR_MS = 20_000;
/** How long a topic that did not accept events is left alone; doubled each time, up to the longest. */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 300_000;

/** How long an event that the topic has refused for its content is set aside; then it is sent once more, by itself. */
const ASIDE_MS = LONGEST_PAUSE_MS;

/** Bounds the work when the outbox is filled faster than it is emptied. */
const MOST_ROUNDS = 20;

/** What this process knows of the topic. Losing it costs a wait and no events: those are in the table. */
interface Topic {
  pauseMs: number;
  pausedUntil: number;
  /** Refused events by id: until when they are set aside. */
  readonly asideUntil: Map<string, number>;
  /**
   * Migrations with refused events since the topic last accepted one: with more than one of them the events are hardly
   * the cause.
   */
  readonly refusedOf: Set<string>;
  /** Migrations whose outbox this process has left empty. */
  readonly empty: Set<string>;
}
/** Most migrations remembered as empty; when full, all are dropped. */
const MOST_EMPTY = 20_000;
const topics = new WeakMap<Services, Topic>();

/**
 * As publishOutbox for a caller that has written no events; does nothing when this process has left the outbox empty: a
 * process that has written events since publishes them itself, and after its death the sweep does.
 */
export async function publishLeftovers(services: Services, log: Log, migrationId: string): Promise<void> {
  if (!topicOf(services).empty.has(migrationId)) await publish(services, log, migrationId, false);
}

/**
 * Publishes what waits in the outbox, oldest first; nothing overtakes an event of the same migration that still waits,
 * except one that the topic has refused. What the topic does not accept stays for a later turn or the sweep. Never
 * throws: a late event must not hold up what it is about. For callers that have just written events: it does not check
 * first whether some wait.
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
 * Under a claim, because two processes would publish everything twice and out of order. A process that finds the outbox
 * claimed leaves it to the holder, which looks once more after giving the claim back, and so sends what was committed
 * meanwhile.
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
      // read again: before the claim another process may have sent some
      await send(services, topic, log, migrationId, await waiting());
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
 * Each event leaves the outbox or is set aside, unless the topic is paused, or the time is over and the next round
 * sends the rest.
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
      requests.unshift(...oneByOne(request)); // finds the one that is refused
    else if (isToPause(topic, migrationId, request, outcome, services.clock.now())) return pause(services, topic);
    if (performance.now() - began > SENDS_FOR_MS) return;
  }
}

const oneByOne = (events: readonly FerryEvent[]): FerryEvent[][] => events.map((event) => [event]);

/** refused: for the content of the request. away: the topic accepts nothing at the moment. */
type Outcome = "taken" | "refused" | "away";

/**
 * Records what the outcome says about the topic. True when it is to be left alone: it is away, or refuses events of
 * several migrations.
 */
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
  /** Rejects at the deadline. */
  readonly late: Promise<never>;
  end(): void;
}

function startDeadline(): Deadline {
  const controller = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  late.catch(() => {}); // the race may be over
  const timer = setTimeout(() => {
    const reason = new Error(`No answer within ${PATIENCE_MS / 1_000} s.`);
    controller.abort(reason);
    reject(reason);
  }, PATIENCE_MS);
  return { signal: controller.signal, late, end: () => clearTimeout(timer) };
}
