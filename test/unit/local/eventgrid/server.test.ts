// Tests that every event reaches its subscriber, whatever is away or killed in the meantime.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AzureKeyCredential, EventGridPublisherClient } from "@azure/eventgrid";
import type { ContainerClient } from "@azure/storage-blob";
import { type EventGrid, type EventGridOptions, startEventGrid } from "../../../../local/eventgrid/server.ts";
import { createTouchedBlobs } from "../../../../local/eventgrid/touchedBlobs.ts";

interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

const tidy: (() => unknown)[] = [];
afterEach(async () => {
  for (let next = tidy.pop(); next !== undefined; next = tidy.pop()) await next();
});

/** A webhook that answers with the present `status`. */
async function webhook(status: () => number, port = 0) {
  const received: Received[] = [];
  const refused: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = status();
    if (answer !== 202) refused.push(answer);
    else
      received.push({
        path: request.url ?? "",
        headers: request.headers,
        body: JSON.parse(Buffer.concat(chunks).toString()) as unknown,
      });
    response.writeHead(answer).end();
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  tidy.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { received, refused, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A container whose blobs are this map of name → etag. */
const containerOf = (blobs: ReadonlyMap<string, string>) => {
  const propertiesOf = (etag: string) => ({
    etag,
    contentLength: 512,
    blobType: "BlockBlob",
    contentType: "application/octet-stream",
  });
  return {
    containerName: "backups",
    url: "http://127.0.0.1:10000/devstoreaccount1/backups",
    async *listBlobsFlat() {
      for (const [name, etag] of blobs) yield { name, properties: propertiesOf(etag) };
    },
    getBlobClient: (name: string) => ({
      async getProperties() {
        const etag = blobs.get(name);
        if (etag === undefined) throw Object.assign(new Error("There is no such blob."), { statusCode: 404 });
        return propertiesOf(`"${etag}"`);
      },
    }),
  } as unknown as ContainerClient;
};

/** As the storage service answers when a blob was written or deleted. */
const touch = (name: string, method: "PUT" | "DELETE" = "PUT") => ({
  method,
  url: `/devstoreaccount1/backups/${name}?timeout=30`,
  status: method === "PUT" ? 201 : 202,
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "sqlferry-events-"));
  tidy.push(() => rmSync(path, { recursive: true }));
  return path;
}

async function eventGrid(
  options: Partial<EventGridOptions> & Pick<EventGridOptions, "hostUrl" | "dataFolder">,
): Promise<EventGrid> {
  const started = await startEventGrid({
    port: 0,
    container: containerOf(new Map()),
    storageAccountResourceId: "/subscriptions/s",
    systemKey: "system key",
    topicKey: "topic key",
    touched: createTouchedBlobs("backups"),
    retrySpeed: 200,
    log: () => undefined,
    ...options,
  });
  return started;
}

/** Ends only what would hang. */
const PATIENCE_MS = 180_000;

async function eventually(what: string, condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !condition(); await sleep(20))
    assert.ok(Date.now() < deadline, `waited in vain: ${what}`);
}

test("a new blob reaches the blob webhook, a vanished one the deletion webhook", async () => {
  const host = await webhook(() => 202);
  const blobs = new Map([["Sales/full.bak", "0x1"]]);
  const touched = createTouchedBlobs("backups");
  const events = await eventGrid({ hostUrl: host.url, dataFolder: folder(), container: containerOf(blobs), touched });
  tidy.push(events.stop);
  await eventually("the creation", () => host.received.length === 1);
  touched.note(touch("Sales/full.bak")); // and no blob has changed
  blobs.clear();
  touched.note(touch("Sales/full.bak", "DELETE"));
  await eventually("the deletion", () => host.received.length === 2);
  const [created, deleted] = host.received;
  assert.equal(created?.path, "/runtime/webhooks/blobs?functionName=Host.Functions.BackupArrived&code=system%20key");
  assert.equal(created?.headers["aeg-event-type"], "Notification");
  assert.match(JSON.stringify(created?.body), /^\[{.*"eTag":"0x1"/);
  assert.equal(deleted?.path, "/runtime/webhooks/EventGrid?functionName=BackupDeleted&code=system%20key");
});

test("what could not be delivered is delivered after a restart, and what was delivered is not told again", async () => {
  let status = 202;
  const host = await webhook(() => status);
  const blobs = new Map([["Sales/full.bak", "0x1"]]);
  const setting = { hostUrl: host.url, dataFolder: folder(), container: containerOf(blobs) };
  const touched = createTouchedBlobs("backups");
  const first = await eventGrid({ ...setting, touched });
  await eventually("the first event", () => host.received.length === 1);
  status = 503;
  blobs.set("Sales/log.trn", "0x2");
  touched.note(touch("Sales/log.trn"));
  await eventually("a refusal", () => host.refused.length > 0);
  await first.stop();
  status = 202;
  blobs.set("Sales/tail.trn", "0x3");
  tidy.push((await eventGrid(setting)).stop);
  await eventually("the two others", () => host.received.length === 3);
  const subjects = host.received.map(({ body }) => (body as { subject: string }[])[0]?.subject.split("/").at(-1));
  assert.deepEqual(subjects.toSorted(), ["full.bak", "log.trn", "tail.trn"]);
});

test("fault injection delivers every blob event as often as asked", async () => {
  const host = await webhook(() => 202);
  const blobs = new Map(Array.from({ length: 10 }, (_, index) => [`Sales/${index}.trn`, `0x${index}`]));
  const events = await eventGrid({
    hostUrl: host.url,
    dataFolder: folder(),
    container: containerOf(blobs),
    faultInjection: { copies: 2, shuffle: 7 },
  });
  tidy.push(events.stop);
  await eventually("twenty deliveries", () => host.received.length === 20);
  const names = host.received.map(({ body }) => (body as { subject: string }[])[0]?.subject.at(-5));
  assert.notDeepEqual(names, names.toSorted(), "in the order of the listing, although shuffled");
  assert.equal(new Set(names).size, 10);
});

test("the official publisher's events arrive as they were sent", async () => {
  const host = await webhook(() => 202);
  const events = await eventGrid({ hostUrl: host.url, dataFolder: folder() });
  tidy.push(events.stop);
  const client = new EventGridPublisherClient(
    `${events.url}/api/events`,
    "CloudEvent",
    new AzureKeyCredential("topic key"),
    {
      allowInsecureConnection: true,
    },
  );
  await client.send([
    {
      id: "1",
      source: "/sqlferry/test",
      type: "com.sqlferry.migration.ready",
      subject: "/migrations/m",
      data: { migrationId: "m" },
    },
    {
      id: "2",
      source: "/sqlferry/test",
      type: "com.sqlferry.chain.gap.detected",
      subject: "/migrations/m",
      data: { migrationId: "m" },
    },
  ]);
  await eventually("both", () => host.received.length === 2);
  const [one] = host.received.toSorted((a, b) =>
    (a.body as { id: string }).id < (b.body as { id: string }).id ? -1 : 1,
  );
  assert.equal(one?.path.split("&")[0], "/runtime/webhooks/EventGrid?functionName=NotifyTeams");
  const body = one?.body as Readonly<Record<string, unknown>> | undefined;
  assert.equal(body?.["specversion"], "1.0");
  assert.deepEqual(body?.["data"], { migrationId: "m" });
});

test("an event that its subscriber will never take lies among the dead letters, with the reason", async () => {
  const host = await webhook(() => 400);
  const dataFolder = folder();
  const letters = join(dataFolder, "deadLetters");
  const events = await eventGrid({
    hostUrl: host.url,
    dataFolder,
    container: containerOf(new Map([["Sales/full.bak", "0x1"]])),
  });
  tidy.push(events.stop);
  await eventually("a dead letter", () => existsSync(letters) && readdirSync(letters).length === 1);
});

test("without the topic's key nothing is published", async () => {
  const events = await eventGrid({ hostUrl: "http://127.0.0.1:9", dataFolder: folder() });
  tidy.push(events.stop);
  const answer = await fetch(`${events.url}/api/events`, {
    method: "POST",
    headers: { "aeg-sas-key": "another" },
    body: "[]",
  });
  assert.equal(answer.status, 401);
});

test("a card that was posted is there after a restart", async () => {
  const dataFolder = folder();
  const message = {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: { type: "AdaptiveCard", version: "1.4", body: [{ type: "TextBlock", text: "Failed" }] },
      },
    ],
  };
  const first = await eventGrid({ hostUrl: "http://127.0.0.1:9", dataFolder });
  const post = (body: unknown) => fetch(`${first.url}/teams`, { method: "POST", body: JSON.stringify(body) });
  assert.equal((await post(message)).status, 202);
  assert.equal((await post({ text: "no card" })).status, 400);
  await first.stop();
  const second = await eventGrid({ hostUrl: "http://127.0.0.1:9", dataFolder });
  tidy.push(second.stop);
  assert.deepEqual(
    second.cards().map((card) => card.message),
    [message],
  );
  assert.match(await (await fetch(`${second.url}/teams/cards`)).text(), /Failed/);
});
