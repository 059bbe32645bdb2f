// Watches the container for blobs that arrive or vanish: compares those that were touched with what was known of them.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerClient, RestError } from "@azure/storage-blob";
import { type BlobEvent, blobChanges, blobEvents, type ListedBlob } from "./blobEvents.ts";
import type { EventStore, NewDelivery } from "./store.ts";
import { interestedIn, type Subscription } from "./subscriptions.ts";
import type { Touched, TouchedBlobs } from "./touchedBlobs.ts";

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
  /** Which blobs to look at, "any" of them at first. */
  readonly touched: TouchedBlobs;
  readonly faultInjection?: FaultInjection;
  readonly log: (line: string) => void;
}

/** Looks at what was touched until `signal` aborts. What fails is told once and tried again. */
export async function watchBlobs(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { container, touched, store, log } = options;
  const known = store.knownBlobs(container.containerName);
  let isFailing = false;
  while (!signal.aborted) {
    const some = await touched.next(signal);
    try {
      await look(options, known, some);
      isFailing = false;
    } catch (error) {
      if (!isFailing && !signal.aborted)
        log(`Event Grid: the blobs could not be looked at: ${(error as Error).message}`);
      isFailing = true;
      touched.giveBack(some);
      await sleep(AFTER_FAILURE_MS, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
    }
  }
}

const AFTER_FAILURE_MS = 500;

async function look(options: WatchOptions, known: Map<string, string>, touched: Touched): Promise<void> {
  const { container, topic, store, subscriptions, faultInjection } = options;
  const listed = touched === "any" ? await list(container) : await found(container, touched);
  if (listed === "noContainer") return; // a container that goes takes its blobs along without an event
  const before = touched === "any" ? known : new Map(touched.flatMap((name) => entryOf(known, name)));
  const changes = blobChanges(before, listed);
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

const entryOf = (known: ReadonlyMap<string, string>, name: string): [string, string][] => {
  const etag = known.get(name);
  return etag === undefined ? [] : [[name, etag]];
};

async function list(container: ContainerClient): Promise<ListedBlob[] | "noContainer"> {
  const listed: ListedBlob[] = [];
  try {
    for await (const { name, properties } of container.listBlobsFlat()) listed.push(blobOf(name, properties));
  } catch (error) {
    if ((error as RestError).statusCode === 404) return "noContainer";
    throw error;
  }
  return listed;
}

/** Those that are there, asked one by one: a listing costs as much as the container is large. */
async function found(container: ContainerClient, names: readonly string[]): Promise<ListedBlob[]> {
  const listed: ListedBlob[] = [];
  const left = names.values();
  const look = async (): Promise<void> => {
    for (const name of left)
      try {
        listed.push(blobOf(name, await container.getBlobClient(name).getProperties()));
      } catch (error) {
        if ((error as RestError).statusCode !== 404) throw error;
      }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  return listed;
}

const AT_ONCE = 8;

interface Properties {
  readonly etag?: string;
  readonly contentLength?: number;
  readonly blobType?: string;
  readonly contentType?: string;
}

const blobOf = (name: string, { etag, contentLength, blobType, contentType }: Properties): ListedBlob => ({
  name,
  etag: (etag ?? "").replaceAll('"', ""),
  sizeBytes: contentLength ?? 0,
  blobType: blobType ?? "BlockBlob",
  contentType: contentType ?? "application/octet-stream",
});

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
