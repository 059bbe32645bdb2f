// How do events leave the outbox? Beside the way: a topic that hangs or refuses costs one short wait and then none for a while.
import { EventsRefusedError, inBatches, MOST_BYTES_OF_A_REQUEST } from "../shared/migration/eventBatches.ts";
import type { FerryEvent } from "../shared/migration/events.ts";
import type { Services } from "../shared/services.ts";
import type { Log } from "./decide.ts";

/** A function must not work on after its end, so its publishing is waited for; this long. */
const PATIENCE_MS = 3_000;
/** How long a topic that did not take events is left alone; twice as long each time, up to the longest. */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 300_000;

/** What this process knows of the topic. Forgetting it costs a wait and loses nothing: what waits lies in the table. */
interface Topic {
  pauseMs: number;
  pausedUntil: number;
  /** By migration: two that publish the same outbox at once would tell everything twice. */
  readonly busy: Map<string, Promise<void>>;
}
const topics = new WeakMap<Services, Topic>();

/**
 * Publishes what waits in the outbox, oldest first; nothing overtakes an event of the same migration that still waits. What the topic does
 * not take stays for a later turn or the sweep. Never throws: an event that is late must not hold up what it tells about.
 */
export async function publishOutbox(services: Services, log: Log, migrationId: string): Promise<void> {
  const topic = topicOf(services);
  const mine = (topic.busy.get(migrationId) ?? Promise.resolve()).then(() =>
    publishWaiting(services, topic, log, migrationId).catch((error: unknown) =>
      log.warn(`The outbox of ${migrationId} could not be read or written: ${String(error)}`),
    ),
  );
  topic.busy.set(migrationId, mine);
  await mine;
  if (topic.busy.get(migrationId) === mine) topic.busy.delete(migrationId);
}

function topicOf(services: Services): Topic {
  const topic = topics.get(services) ?? { pauseMs: FIRST_PAUSE_MS, pausedUntil: 0, busy: new Map() };
  topics.set(services, topic);
  return topic;
}

async function publishWaiting(services: Services, topic: Topic, log: Log, migrationId: string): Promise<void> {
  if (services.clock.now().getTime() < topic.pausedUntil) return;
  const waiting = await services.migrations.outbox(migrationId);
  if (waiting.length === 0) return;
  const deadline = startDeadline();
  const send = (events: readonly FerryEvent[]) => sendOnce(services, log, migrationId, events, deadline);
  try {
    for (const batch of inBatches(waiting, MOST_BYTES_OF_A_REQUEST)) {
      const outcome = await send(batch);
      const outcomes = outcome === "refused" && batch.length > 1 ? await oneByOne(batch, send) : [outcome];
      const refusesAll = outcomes.length > 1 && !outcomes.includes("taken");
      if (refusesAll || outcomes.includes("away")) return pause(services, topic);
    }
    topic.pauseMs = FIRST_PAUSE_MS;
  } finally {
    deadline.end();
  }
}

function pause({ clock }: Services, topic: Topic): void {
  topic.pausedUntil = clock.now().getTime() + topic.pauseMs;
  topic.pauseMs = Math.min(2 * topic.pauseMs, LONGEST_PAUSE_MS);
}

/** refused: for what is in the request. away: the topic takes nothing at the moment, whatever it is. */
type Outcome = "taken" | "refused" | "away";

/** Finds the event that the topic refuses: that one does not hold up the others. */
async function oneByOne(
  events: readonly FerryEvent[],
  send: (events: readonly FerryEvent[]) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const event of events) {
    outcomes.push(await send([event]));
    if (outcomes.at(-1) === "away") break;
  }
  return outcomes;
}

async function sendOnce(
  { publisher, migrations }: Services,
  log: Log,
  migrationId: string,
  events: readonly FerryEvent[],
  { signal, late }: Deadline,
): Promise<Outcome> {
  try {
    await Promise.race([publisher.publish(events, signal), late]);
  } catch (error) {
    const which = events.map(({ id, type }) => `${id} (${type})`).join(", ");
    // an alert of infra/ reads this line
    log.warn(`The topic did not take ${events.length} events of ${migrationId}: ${String(error)} Waiting: ${which}`);
    return error instanceof EventsRefusedError ? "refused" : "away";
  }
  for (const event of events) await migrations.published(migrationId, event);
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
