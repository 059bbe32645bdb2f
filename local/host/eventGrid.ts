// Calls an Event Grid function once per delivered event; the sender learns of a failure and repeats the batch.
import type { Clock } from "./clock.ts";
import type { LoadedApp } from "./coreModule.ts";
import type { FaultInjection } from "./faultInjection.ts";
import type { Arrival } from "./faults.ts";
import type { Invoker } from "./invoke.ts";
import { describe, type Log } from "./log.ts";
import type { Incoming, Reply } from "./reply.ts";
import { receive } from "./webhooks.ts";

export const EVENT_GRID_PATH = "/runtime/webhooks/eventgrid";

export interface EventGridParts {
  readonly app: LoadedApp;
  readonly invoker: Invoker;
  readonly clock: Clock;
  readonly faultInjection: FaultInjection;
  readonly systemKey: string;
  readonly log: Log;
}

/** Senders wait half a minute for an answer. */
const LATEST_MS = 5_000;

/** POST /runtime/webhooks/EventGrid?functionName=<name>: 202 after all invocations succeeded, 500 when one failed. */
export function createEventGridWebhook({ app, invoker, clock, faultInjection, systemKey, log }: EventGridParts) {
  async function call(name: string, { thing, delay }: Arrival<unknown>): Promise<void> {
    if (delay > 0) await new Promise<void>((resolve) => clock.at(clock.now() + delay, resolve));
    await callWithEvent(invoker, name, thing);
  }

  return async (request: Incoming): Promise<Reply> => {
    const delivery = receive(request, systemKey);
    if (delivery.kind === "answered") return delivery.reply;
    const name = request.url.searchParams.get("functionName") ?? "";
    if (app.functions.get(name)?.trigger.type !== "eventGridTrigger") return { status: 404 };
    const arrivals = faultInjection.arrivals(delivery.events, (event) => JSON.stringify(event), LATEST_MS);
    const ends = await Promise.allSettled(arrivals.map((arrival) => call(name, arrival)));
    faultInjection.crashPoint("crashEventRun", name);
    const failures = ends.filter((end) => end.status === "rejected");
    for (const { reason } of failures) log("error", name, describe(reason));
    return { status: failures.length === 0 ? 202 : 500 };
  };
}

/** The event reaches the handler unchanged, whatever its schema. */
export function callWithEvent(invoker: Invoker, name: string, event: unknown) {
  const data = (event as { readonly data?: unknown } | null)?.data ?? null;
  return invoker.invoke(name, { json: JSON.stringify(event) }, { data: { json: JSON.stringify(data) } });
}
