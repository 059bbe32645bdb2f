// Delivers events to a subscriber: posts each to the host's webhook until it is taken, or lays it among the dead
// letters.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAttempt } from "./retryLadder.ts";
import type { Delivery, EventStore } from "./store.ts";
import type { Subscription } from "./subscriptions.ts";

export interface DeliveringOptions {
  readonly store: EventStore;
  readonly hostUrl: string;
  /** Sent as `code`, as the address of a subscription in Azure carries it. */
  readonly systemKey: string;
  /** Divides the waits of the retry ladder. */
  readonly retrySpeed: number;
  readonly deadLetterFolder: string;
  readonly log: (line: string) => void;
}

const AT_ONCE = 16;
const LOOK_EVERY_MS = 100;
const ANSWER_WITHIN_MS = 30_000; // Event Grid waits 30 s for an answer

/** Delivers to one subscription until `signal` aborts; then what is under way is finished, and the promise resolves. */
export async function deliverTo(
  subscription: Subscription,
  options: DeliveringOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const due = options.store.next(subscription.name, AT_ONCE).filter((delivery) => delivery.due <= Date.now());
    await Promise.all(due.map((delivery) => attempt(subscription, delivery, options)));
    // aborted: the loop ends
    if (due.length === 0) await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function attempt(subscription: Subscription, delivery: Delivery, options: DeliveringOptions): Promise<void> {
  const { store, retrySpeed, log } = options;
  const attempts = delivery.attempts + 1;
  const next = afterAttempt(attempts, await post(subscription, delivery, options), retrySpeed);
  switch (next.step) {
    case "delivered":
      store.remove(delivery.id);
      return;
    case "retry":
      store.postpone(delivery.id, Date.now() + next.afterMs);
      return;
    case "deadLetter":
      deadLetter(subscription, delivery, next.reason, options);
      store.remove(delivery.id);
      log(`Event Grid gave up an event for ${subscription.name}: ${next.reason}.`);
      return;
    default:
      next satisfies never;
  }
}

/** The answer's status; undefined when there was none. */
async function post(
  subscription: Subscription,
  { event, attempts }: Delivery,
  { hostUrl, systemKey }: DeliveringOptions,
): Promise<number | undefined> {
  // Event Grid's own schema travels as an array of one event, a CloudEvent alone.
  const [contentType, body] =
    subscription.topic === "blobs" ? ["application/json", `[${event}]`] : ["application/cloudevents+json", event];
  try {
    const answer = await fetch(`${hostUrl}${subscription.path}&code=${encodeURIComponent(systemKey)}`, {
      method: "POST",
      headers: {
        "content-type": `${contentType}; charset=utf-8`,
        "aeg-event-type": "Notification",
        "aeg-subscription-name": subscription.name.toUpperCase(),
        "aeg-delivery-count": String(attempts),
      },
      body,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return undefined; // the host is away: the ladder says when to come back
  }
}

function deadLetter(
  { name }: Subscription,
  { id, event, attempts }: Delivery,
  reason: string,
  { deadLetterFolder }: DeliveringOptions,
): void {
  const letter = {
    subscription: name,
    deadLetterReason: reason,
    deliveryAttempts: attempts + 1,
    event: JSON.parse(event) as unknown,
  };
  writeFileSync(join(deadLetterFolder, `${name}-${id}.json`), `${JSON.stringify(letter, undefined, 2)}\n`);
}
