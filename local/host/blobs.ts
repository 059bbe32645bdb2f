// Keeps the blob events that wait for their function, and how often each was tried.
//
// The official host queues each event and works on the queue; here the queue is a table. No receipts, no look at the
// ETag and no pattern: the same event twice runs twice, and an event for another container runs as well. A handler
// that throws is called again at once.
import { z } from "zod";
import { type BlobPlace, createBlobFunction } from "./blobCall.ts";
import type { Clock } from "./clock.ts";
import type { LoadedApp } from "./coreModule.ts";
import type { Database } from "./database.ts";
import type { FaultInjection } from "./faultInjection.ts";
import type { Invoker } from "./invoke.ts";
import { type Lifecycle, track } from "./lifecycle.ts";
import { describe, type Log } from "./log.ts";
import type { Incoming, Reply } from "./reply.ts";
import type { HostSettings } from "./settings.ts";
import type { Strictness } from "./strict.ts";
import { receive } from "./webhooks.ts";

export const BLOBS_PATH = "/runtime/webhooks/blobs";

export interface BlobTriggerParts {
  readonly app: LoadedApp;
  readonly db: Database;
  readonly invoker: Invoker;
  readonly clock: Clock;
  readonly judge: Strictness;
  readonly log: Log;
  readonly life: Lifecycle;
  readonly faultInjection: FaultInjection;
  readonly systemKey: string;
  readonly settings: HostSettings["blobs"];
}

export interface BlobTriggers {
  /** POST /runtime/webhooks/blobs?functionName=Host.Functions.<name>: 202 once the deliveries are written down. */
  webhook(request: Incoming): Reply;
  /** Runs a function by hand for "container/path". */
  deliver(name: string, containerAndPath: string): void;
  /** Looks for deliveries that wait, those of an earlier process too. */
  work(): void;
}

interface DeliveryRow extends BlobPlace {
  readonly seq: number;
  readonly functionName: string;
  readonly etag: string;
  readonly tries: number;
}

/** The event's type is not read: a BlobDeleted would run the function, too. */
const BlobEvent = z.object({ data: z.object({ url: z.url(), eTag: z.string().default("") }) });
type BlobEvent = z.infer<typeof BlobEvent>;

/** How late a delivery may be in fault mode, and how late one that comes once more with its old ETag. */
const LATEST_MS = 30_000;
const STALE_MS = 600_000;

/** After the poison queue could not be written the delivery is left alone for a while. */
const AFTER_SURPRISE_MS = 5_000;

export function createBlobTriggers(parts: BlobTriggerParts): BlobTriggers {
  const { app, db, clock, log, life, faultInjection, settings } = parts;
  const blobFunctions = new Map(
    [...app.functions.values()]
      .filter(({ trigger }) => trigger.type === "blobTrigger")
      .map((fn) => [fn.name, createBlobFunction(fn, parts.invoker, parts.judge, log)]),
  );
  const busy = new Set<number>();
  let forgetNext: () => void = () => undefined;

  function work(): void {
    if (!life.takesWork) return;
    for (const name of blobFunctions.keys()) for (const row of waiting(name)) if (!busy.has(row.seq)) begin(row);
    forgetNext();
    const next = db.get<{ due: number | null }>("SELECT MIN(due) AS due FROM deliveries WHERE due > ?", clock.now());
    if (next?.due) forgetNext = clock.at(next.due, work);
  }

  const waiting = (name: string) =>
    db.all<DeliveryRow>(
      "SELECT * FROM deliveries WHERE functionName = ? AND due <= ? ORDER BY seq LIMIT ?",
      ...[name, clock.now(), settings.maxDegreeOfParallelism],
    );

  function begin(row: DeliveryRow): void {
    const release = (): void => {
      busy.delete(row.seq);
      work();
    };
    busy.add(row.seq);
    track(life, attempt(row)).then(release, (error: unknown) => {
      log("error", row.functionName, describe(error));
      clock.at(clock.now() + AFTER_SURPRISE_MS, release);
    });
  }

  /** Counts the try before it is made, so that a blob which kills the host becomes poison, too. */
  async function attempt(row: DeliveryRow): Promise<void> {
    const blobFunction = blobFunctions.get(row.functionName);
    const outage = faultInjection.happens("deliveryOutage", row.blob);
    const givenUp = outage || row.tries >= settings.poisonBlobThreshold;
    if (givenUp) {
      await blobFunction?.poison(row, row.etag);
      faultInjection.crashPoint("crashPoisonSent", row.blob);
    } else db.run("UPDATE deliveries SET tries = tries + 1 WHERE seq = ?", row.seq);
    const settled = givenUp || (await blobFunction?.run(row));
    faultInjection.crashPoint("crashDeliveryRun", row.blob);
    if (settled && life.isOpen) db.run("DELETE FROM deliveries WHERE seq = ?", row.seq);
  }

  function note(name: string, { container, blob }: BlobPlace, etag: string, delay: number): void {
    db.run(
      "INSERT INTO deliveries (functionName, container, blob, etag, due) VALUES (?, ?, ?, ?, ?)",
      ...[name, container, blob, etag, clock.now() + delay],
    );
  }

  function noteAll(name: string, events: readonly BlobEvent[]): void {
    for (const { thing, delay } of faultInjection.arrivals(events, ({ data }) => data.url, LATEST_MS)) {
      const { url, eTag } = thing.data;
      const place = placeOf(url);
      note(name, place, eTag, delay);
      const stale = faultInjection.amount("deliveryStale", url, STALE_MS);
      if (stale > 0) note(name, place, eTag, stale);
      if (faultInjection.happens("deliveryForeign", url)) track(life, noteForeign(name, place)).catch(tell);
    }
  }

  async function noteForeign(name: string, place: BlobPlace): Promise<void> {
    const foreign = await blobFunctions.get(name)?.elsewhere(place);
    if (foreign && life.isOpen) note(name, foreign, "", 0);
    work();
  }

  const tell = (error: unknown): void => log("warning", "blobs", describe(error));

  return {
    work,
    webhook(request) {
      const delivery = receive(request, parts.systemKey);
      if (delivery.kind === "answered") return delivery.reply;
      const wanted = request.url.searchParams.get("functionName") ?? "";
      const name = wanted.replace(/^Host\.Functions\./, "");
      if (name === wanted || !blobFunctions.has(name))
        log(
          "warning",
          "blobs",
          `There is no blob function "${wanted}": its events are lost. The official host loses them in silence.`,
        );
      else
        db.transaction(() =>
          noteAll(
            name,
            delivery.events.map((event) => BlobEvent.parse(event)),
          ),
        );
      faultInjection.crashPoint("crashDeliveryWritten", name);
      work();
      return { status: 202 };
    },
    deliver(name, containerAndPath) {
      const [container = "", ...path] = containerAndPath.split("/");
      note(name, { container, blob: path.join("/") }, "", 0);
      work();
    },
  };
}

/**
 * Container and name in a blob's URL. Emulators have no host name per account: there the account is the path's first
 * part.
 */
function placeOf(url: string): BlobPlace {
  const { hostname, pathname } = new URL(url);
  const isEmulator = hostname === "localhost" || /^[\d.]+$/.test(hostname);
  const [container = "", ...path] = pathname
    .split("/")
    .slice(isEmulator ? 2 : 1)
    .map(decodeURIComponent);
  return { container, blob: path.join("/") };
}
