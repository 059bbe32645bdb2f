// Splits events into requests that a topic takes, and tells of a refused request what was in it.
import type { FerryEvent } from "./events.ts";

/** Event Grid takes 1 MB per request; the rest is room for what surrounds the events. */
export const MOST_BYTES_OF_A_REQUEST = 900_000;

/** The topic refuses a request for what is in it (400, 413): without one of its events it may take the others. */
export class EventsRefusedError extends Error {
  override readonly name = "EventsRefusedError";
}

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
