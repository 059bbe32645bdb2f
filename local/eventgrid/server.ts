// Stands in for Event Grid and Teams on one machine: blob events, a custom topic, deliveries to the host, a webhook
// that shows cards.
import { mkdirSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { join } from "node:path";
import type { ContainerClient } from "@azure/storage-blob";
import { cardsPage } from "./cardsPage.ts";
import { deliverTo } from "./delivering.ts";
import { type CloudEvent, MAX_BYTES, readEvents } from "./publishRequest.ts";
import { type Card, type EventStore, openEventStore } from "./store.ts";
import { interestedIn, SUBSCRIPTIONS } from "./subscriptions.ts";
import { refusalOf } from "./teamsMessage.ts";
import type { TouchedBlobs } from "./touchedBlobs.ts";
import { type FaultInjection, watchBlobs } from "./watchBlobs.ts";

export interface EventGridOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Made when absent; holds the database and the dead letters. */
  readonly dataFolder: string;
  /** Its blobs are the system topic. */
  readonly container: ContainerClient;
  readonly storageAccountResourceId: string;
  readonly hostUrl: string;
  readonly systemKey: string;
  /** What publishers send as aeg-sas-key. */
  readonly topicKey: string;
  /** What may have changed in it. */
  readonly touched: TouchedBlobs;
  /** Divides the waits of Event Grid's retry schedule: 1 as in Azure. */
  readonly retrySpeed: number;
  readonly faultInjection?: FaultInjection;
  /** Is told of every event that the topic takes. */
  readonly onPublished?: (event: CloudEvent) => void;
  readonly log: (line: string) => void;
}

export interface EventGrid {
  readonly url: string;
  readonly port: number;
  /** Cards that were posted to /teams, oldest first. */
  cards(): readonly Card[];
  /** Finishes the deliveries that are under way; the others wait in the database. */
  stop(): Promise<void>;
}

/** Topic: POST /api/events. Teams: POST /teams (a workflow's webhook), GET /teams (JSON), GET /teams/cards (page). */
export async function startEventGrid(options: EventGridOptions): Promise<EventGrid> {
  const deadLetterFolder = join(options.dataFolder, "deadLetters");
  mkdirSync(deadLetterFolder, { recursive: true });
  const store = openEventStore(join(options.dataFolder, "events.db"));
  const server = createServer((request, response) => {
    answerTo(request, store, options).then(
      ({ status, contentType, body }) => response.writeHead(status, { "content-type": contentType }).end(body),
      (error: Error) => {
        options.log(`Event Grid: ${error.message}`);
        response.writeHead(500).end();
      },
    );
  });
  const port = await listen(server, options.port);
  const ending = new AbortController();
  const work = Promise.all([
    watchBlobs(
      {
        ...options,
        store,
        topic: options.storageAccountResourceId,
        subscriptions: SUBSCRIPTIONS,
      },
      ending.signal,
    ),
    ...SUBSCRIPTIONS.map((subscription) =>
      deliverTo(subscription, { ...options, store, deadLetterFolder }, ending.signal),
    ),
  ]);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    cards: () => store.cards(),
    stop: async () => {
      ending.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([work, closed]);
      store.close();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

type Topic = Pick<EventGridOptions, "topicKey" | "onPublished">;

async function answerTo(request: IncomingMessage, store: EventStore, topic: Topic): Promise<Answer> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  switch (`${request.method} ${pathname}`) {
    case "POST /api/events":
      return publish(request, store, topic);
    case "POST /teams":
      return takeCard(await bodyOf(request), store);
    case "GET /teams":
      return json(200, store.cards());
    case "GET /teams/cards":
      return { status: 200, contentType: "text/html; charset=utf-8", body: cardsPage(store.cards()) };
    default:
      return failure(404, `There is no ${request.method} ${pathname} here.`);
  }
}

/** Stored before it is answered. */
async function publish(request: IncomingMessage, store: EventStore, { topicKey, onPublished }: Topic): Promise<Answer> {
  const body = await bodyOf(request);
  if (request.headers["aeg-sas-key"] !== topicKey)
    return failure(401, "The request authorization key is not authorized: send the topic's key as aeg-sas-key.");
  const read = readEvents(request.headers["content-type"], body);
  if (!read.ok) return failure(read.status, read.message);
  for (const event of read.events) onPublished?.(event);
  const due = Date.now();
  store.enqueue(
    read.events.flatMap((event) =>
      interestedIn(SUBSCRIPTIONS, "events", event.type).map(({ name }) => ({
        subscription: name,
        event: JSON.stringify(event),
        due,
      })),
    ),
  );
  return { status: 200, contentType: "application/json", body: "" };
}

function takeCard(body: Buffer, store: EventStore): Answer {
  const text = body.toString("utf8");
  const refusal = refusalOf(text);
  if (refusal !== undefined) return failure(400, `Teams would refuse this: ${refusal}.`);
  store.addCard({ postedAt: new Date().toISOString(), message: JSON.parse(text) as unknown });
  return { status: 202, contentType: "text/plain", body: "" }; // as a workflow that was started
}

/** Up to one byte more than anybody may send: enough to see that it is too much. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (length <= MAX_BYTES) chunks.push(chunk);
    length += chunk.length;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BYTES + 1);
}

const json = (status: number, value: unknown): Answer => ({
  status,
  contentType: "application/json; charset=utf-8",
  body: JSON.stringify(value),
});

const CODES: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  404: "NotFound",
  413: "RequestEntityTooLarge",
};

const failure = (status: number, message: string): Answer => json(status, { error: { code: CODES[status], message } });

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
