// Watches the container for blobs that arrive or vanish, by comparing each listing with the one before.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerClient, RestError } from "@azure/storage-blob";
import { type BlobEvent, blobChanges, blobEvents, type ListedBlob } from "./blobEvents.ts";
import type { EventStore, NewDelivery } from "./store.ts";
import { interestedIn, type Subscription } from "./subscriptions.ts";

/** How unlike a careful postman to be: every event this many times, in an order that depends on the seed. */
export interface FaultInjection {
  readonly copies: number;
  readonly shuffle: number;
}

export interface WatchOptions {
  readonly container: ContainerClient;
  /** ARM id of the storage account. */
  readonly topic: string;
  readonly store: EventStore;
  readonly subscriptions: readonly Subscription[];
  /** At least so long between two listings; a container of many blobs is listed less often. */
  readonly everyMs: number;
  readonly faultInjection?: FaultInjection;
  readonly log: (line: string) => void;
}

/** Looks until `signal` aborts. A listing that fails is told once and tried again. */
export async function watchBlobs(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { container, store, everyMs, log } = options;
  const known = store.knownBlobs(container.containerName);
  let isFailing = false;
  while (!signal.aborted) {
    const before = Date.now();
    try {
      await look(options, known);
      isFailing = false;
    } catch (error) {
      if (!isFailing && !signal.aborted) log(`Event Grid: the blobs could not be listed: ${(error as Error).message}`);
      isFailing = true;
    }
    // aborted: the loop ends
    await sleep(pauseAfter(Date.now() - before, everyMs), undefined, { signal }).catch(() => undefined);
  }
}

const LONGEST_PAUSE_MS = 1_000;

/** Listing takes a tenth of the time at most, where that lets nobody wait for longer than a second; else half of it. */
export const pauseAfter = (tookMs: number, everyMs: number): number =>
  Math.max(everyMs, Math.min(9 * tookMs, LONGEST_PAUSE_MS), tookMs);

async function look(
  { container, topic, store, subscriptions, faultInjection }: WatchOptions,
  known: Map<string, string>,
) {
  const listed = await list(container);
  if (listed === "noContainer") return; // a container that goes takes its blobs along without an event
  const changes = blobChanges(known, listed);
  if (changes.written.length + changes.deleted.length === 0) return;
  const now = new Date();
  const events = blobEvents({ topic, container: container.containerName, url: container.url }, changes, now);
  store.noteBlobs(
    container.containerName,
    changes,
    events.flatMap((event) => deliveriesOf(event, subscriptions, now.getTime(), faultInjection)),
  );
  for (const { name, etag } of changes.written) known.set(name, etag);
  for (const name of changes.deleted) known.delete(name);
}

async function list(container: ContainerClient): Promise<ListedBlob[] | "noContainer"> {
  const listed: ListedBlob[] = [];
  try {
    for await (const { name, properties } of container.listBlobsFlat())
      listed.push({
        name,
        etag: properties.etag.replaceAll('"', ""),
        sizeBytes: properties.contentLength ?? 0,
        blobType: properties.blobType ?? "BlockBlob",
        contentType: properties.contentType ?? "application/octet-stream",
      });
  } catch (error) {
    if ((error as RestError).statusCode === 404) return "noContainer";
    throw error;
  }
  return listed;
}

const SHUFFLED_OVER_MS = 1_500;

function deliveriesOf(
  event: BlobEvent,
  subscriptions: readonly Subscription[],
  now: number,
  faultInjection: FaultInjection = { copies: 1, shuffle: 0 },
): NewDelivery[] {
  const text = JSON.stringify(event);
  return interestedIn(subscriptions, "blobs", event.eventType).flatMap(({ name }) =>
    Array.from({ length: faultInjection.copies }, (_, copy) => ({
      subscription: name,
      event: text,
      due: now + delayMs(faultInjection.shuffle, `${event.subject} ${event.data["eTag"] ?? ""} ${copy}`),
    })),
  );
}

/** The same seed and event always wait equally long; no seed, no wait. */
const delayMs = (seed: number, what: string): number =>
  seed === 0 ? 0 : createHash("sha256").update(`${seed} ${what}`).digest().readUInt16BE(0) % SHUFFLED_OVER_MS;
