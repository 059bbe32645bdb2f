// How are events published? To an Event Grid topic with schema CloudEvents 1.0, in requests that the service accepts.
import type { EventGridPublisherClient } from "@azure/eventgrid";
import type { FerryEvent } from "../migration/events.ts";
import type { EventPublisher } from "../migration/ports.ts";

/** Event Grid takes 1 MB per request; the rest is room for what surrounds the events. */
const MOST_BYTES = 900_000;

/** Publish Cloud Event Events, one request or several in order. Throws when one is refused: what it held may be published again. */
export const createEventGridPublisher = (topic: EventGridPublisherClient<"CloudEvent">): EventPublisher => ({
  async publish(events) {
    for (const batch of inBatches(events, MOST_BYTES))
      await topic.send(batch.map((event) => ({ ...event, time: new Date(event.time) })));
  },
});

/** In order, none empty, each below `mostBytes` of JSON unless a single event is larger. */
export function inBatches(events: readonly FerryEvent[], mostBytes: number): FerryEvent[][] {
  const batches: FerryEvent[][] = [];
  let room = 0;
  for (const event of events) {
    const bytes = Buffer.byteLength(JSON.stringify(event));
    const last = batches.at(-1);
    if (last && bytes <= room) last.push(event);
    else {
      batches.push([event]);
      room = mostBytes;
    }
    room -= bytes;
  }
  return batches;
}
