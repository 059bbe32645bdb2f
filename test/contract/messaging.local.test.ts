// Tests how events and cards leave the app, as the topic and the webhook receive them.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { DefaultAzureCredential } from "@azure/identity";
import { publishOutbox } from "../../shared/application/run/publishOutbox.ts";
import { eventTopic } from "../../shared/azure/clients.ts";
import { createEventGridPublisher } from "../../shared/azure/events/eventGridPublisher.ts";
import { createTeamsWebhook } from "../../shared/azure/teams/teamsWebhook.ts";
import { aMigration, anEvent } from "../support/facts.ts";
import { aWorld } from "../support/world.ts";

const anytime = new AbortController().signal;

describe("messaging", () => {
  let server: Server;
  let url: string;
  let status: number | "hangs" = 200;
  let received: { request: IncomingMessage; body: unknown }[] = [];

  before(async () => {
    server = createServer(async (request, response) => {
      let text = "";
      for await (const part of request) text += String(part);
      received.push({ request, body: JSON.parse(text) });
      if (status !== "hangs") response.writeHead(status).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    received = [];
    status = 200;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const publisher = () =>
    createEventGridPublisher(
      eventTopic({ topicEndpoint: `${url}/api/events`, topicKey: "topic-key" }, new DefaultAzureCredential()),
    );
  const events = [1, 2, 3].map((index) => anEvent("sales-1", `e${index}`, `2025-11-24T12:00:0${index}.000Z`));

  test("events are published as CloudEvents, in one request, exactly as they lie in the outbox", async () => {
    await publisher().publish(events, anytime);
    const [only] = received;
    assert.equal(received.length, 1);
    assert.deepEqual(only?.body, events);
    assert.equal(only?.request.method, "POST");
    assert.match(only?.request.headers["content-type"] ?? "", /^application\/cloudevents-batch\+json/);
    assert.equal(only?.request.headers["aeg-sas-key"], "topic-key");
  });

  test("nothing to publish sends nothing", async () => {
    await publisher().publish([], anytime);
    assert.deepEqual(received, []);
  });

  test("a topic that refuses is an error: the events stay in the outbox", async () => {
    status = 401;
    await assert.rejects(publisher().publish(events, anytime), { statusCode: 401 });
  });

  test("a topic that refuses what is in the request says so by another error", async () => {
    for (const refusal of [400, 413]) {
      status = refusal;
      await assert.rejects(publisher().publish(events, anytime), { name: "EventsRefusedError" });
    }
  });

  test("a topic that never answers is given up after a moment, and not asked again by whoever comes next", async () => {
    status = "hangs";
    const world = aWorld(aMigration("sales-1"));
    const services = { ...world.services, publisher: publisher() };
    const warnings: unknown[] = [];
    const log = { log: () => undefined, warn: (line: unknown) => warnings.push(line) };
    const version = world.migrations.get("sales-1")?.version ?? "";
    await services.migrations.commit({ migrationId: "sales-1", version, migration: world.migration(), events });
    await publishOutbox(services, log, "sales-1");
    await publishOutbox(services, log, "sales-1");
    assert.deepEqual([received.length, warnings.length], [1, 1]);
    assert.deepEqual(await services.migrations.outbox("sales-1"), events);
  });

  test("a card is posted as JSON", async () => {
    const card = { type: "message", attachments: [{ name: "Übung" }] };
    assert.equal(await createTeamsWebhook(`${url}/secret-path`).post(card), true);
    assert.deepEqual(received[0]?.body, card);
    assert.equal(received[0]?.request.headers["content-type"], "application/json");
  });

  test("without a webhook no card is posted, and that is told", async () => {
    assert.equal(await createTeamsWebhook(undefined).post({}), false);
  });

  test("a webhook that refuses, or is not there, is an error that does not give its address away", async () => {
    status = 403;
    for (const address of [`${url}/secret-path`, "http://127.0.0.1:1/secret-path"])
      await assert.rejects(createTeamsWebhook(address).post({}), (error: Error) => {
        assert.match(error.message, /^The Teams webhook /);
        assert.doesNotMatch(`${error.stack} ${String(error.cause)}`, /secret-path|127\.0\.0\.1/);
        return true;
      });
  });
});
