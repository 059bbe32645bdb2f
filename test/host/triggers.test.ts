// Tests that HTTP, blob, queue, timer and Event Grid functions behave as on the official host, with one app and real
// Azurite.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { type Host, startHost } from "../../local/host/start.ts";
import { type Azurite, appDir, notesIn, removeDir, startAzurite, temporaryDir, until } from "./support/processes.ts";

const KEY = "the-key";
const dir = temporaryDir();
const notes = join(dir, "notes");
const log: string[] = [];
let azurite: Azurite;
let host: Host;

before(async () => {
  azurite = await startAzurite();
  process.env["Backups"] = azurite.connectionString;
  process.env["NOTES"] = notes;
  host = await startHost({
    port: 0,
    dataDir: dir,
    appDir: appDir("everything"),
    systemKey: KEY,
    strict: true,
    log: (level, category, message) => log.push(`${level} ${category}: ${message}`),
  });
});
after(async () => {
  await host?.stop();
  await azurite?.stop();
  removeDir(dir);
});

const call = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${host.port}${path}`, init);
const noted = (what: string) => notesIn(notes).filter((note) => note["what"] === what);

describe("an HTTP function", () => {
  it("sees method, parameters, query and body, and answers with status, headers and body", async () => {
    const answer = await call("/api/hello/Bob?q=1", { method: "POST", body: "text" });
    const { name, q, body } = (await answer.json()) as Record<string, unknown>;
    assert.deepEqual([answer.status, answer.headers.get("x-from"), name, q, body], [201, "app", "Bob", "1", "text"]);
  });

  const answers = [
    { what: "an optional parameter may be missing", path: "/api/hello", status: 201 },
    { what: "a path's case does not matter", path: "/API/Hello/bob", status: 201 },
    { what: "undefined is 204", path: "/api/nothing", status: 204 },
    { what: "a throw is 500", path: "/api/fails", status: 500 },
    { what: "no route is 404", path: "/api/unknown", status: 404 },
    { what: "another method is 404", path: "/api/nothing", method: "DELETE", status: 404 },
  ];
  for (const { what, path, method = "GET", status } of answers)
    it(`answers ${status}: ${what}`, async () => {
      const answer = await call(path, { method });
      const body = await answer.text();
      assert.equal(answer.status, status);
      if (status !== 201) assert.equal(body, "");
    });

  it("is told who calls, whatever the caller says about itself", async () => {
    const answer = await call("/api/hello/x", {
      headers: { "x-ms-client-principal-name": "admin", "x-ms-client-principal": "e30=" },
    });
    const { principal, principalName } = (await answer.json()) as {
      principal: { claims: { typ: string; val: string }[] };
      principalName: string;
    };
    assert.equal(principalName, "local");
    assert.deepEqual(
      principal.claims.filter(({ typ }) => typ === "preferred_username"),
      [{ typ: "preferred_username", val: "local" }],
    );
  });

  it("is not reached by a user that does not exist", async () => {
    assert.equal((await call("/api/hello/x", { headers: { "x-local-user": "nobody" } })).status, 401);
  });

  it("can start an orchestration through its durable client", async () => {
    const answer = await call("/api/start/One/by-http", { method: "POST", body: JSON.stringify({ a: 1 }) });
    const { statusQueryGetUri } = (await answer.json()) as { statusQueryGetUri: string };
    assert.equal(answer.status, 202);
    const status = await until("the orchestration to end", async () => {
      const now = await fetch(statusQueryGetUri.replace("localhost", "127.0.0.1"));
      return now.status === 200 && ((await now.json()) as { output: unknown });
    });
    assert.deepEqual(status.output, { a: 1 });
  });
});

describe("the webhooks of Event Grid", () => {
  const notification = { "aeg-event-type": "Notification" };
  const post = (name: string, body: unknown, headers: Record<string, string> = notification, code = KEY) =>
    call(`/runtime/webhooks/EventGrid?functionName=${name}&code=${code}`, {
      method: "POST",
      headers,
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  const table = [
    { what: "an event", body: [{ id: "1", data: {} }], status: 202 },
    { what: "a CloudEvent that is not in an array", body: { specversion: "1.0", id: "2", data: {} }, status: 202 },
    { what: "an empty array", body: [], status: 202 },
    {
      what: "a batch of which one fails",
      body: [
        { id: "3", data: {} },
        { id: "4", data: { bad: true } },
      ],
      status: 500,
    },
    { what: "no JSON", body: "{", status: 500 },
    { what: "no aeg-event-type", body: [{ id: "5" }], headers: {}, status: 400 },
    { what: "another aeg-event-type", body: [{ id: "6" }], headers: { "aeg-event-type": "Surprise" }, status: 400 },
    { what: "a wrong key", body: [{ id: "7" }], code: "wrong", status: 401 },
    { what: "the name in the blob triggers' form", name: "Host.Functions.OnEvent", body: [{ id: "8" }], status: 404 },
  ];
  for (const { what, name = "OnEvent", body, headers, code, status } of table)
    it(`answer ${status} to ${what}`, async () => assert.equal((await post(name, body, headers, code)).status, status));

  it("call the function once per event, unchanged, with its data as trigger metadata", async () => {
    await post("OnEvent", [
      { id: "a", data: { n: 1 } },
      { id: "b", data: { n: 2 } },
    ]);
    const seen = noted("event").filter(({ event }) => ["a", "b"].includes((event as { id: string }).id));
    assert.deepEqual(
      seen.map(({ event, data }) => [event, data]),
      [
        [{ id: "a", data: { n: 1 } }, { n: 1 }],
        [{ id: "b", data: { n: 2 } }, { n: 2 }],
      ],
    );
  });

  it("take the key as a header, and answer a validation with its code", async () => {
    const answer = await call("/runtime/webhooks/blobs?functionName=Host.Functions.OnBlob", {
      method: "POST",
      headers: { "x-functions-key": KEY, "aeg-event-type": "SubscriptionValidation" },
      body: JSON.stringify([{ data: { validationCode: "abc" } }]),
    });
    assert.deepEqual([answer.status, await answer.json()], [200, { validationResponse: "abc" }]);
  });

  it("answer the preflight of a CloudEvents subscription", async () => {
    const answer = await call(`/runtime/webhooks/EventGrid?functionName=OnEvent&code=${KEY}`, {
      method: "OPTIONS",
      headers: { "webhook-request-origin": "eventgrid" },
    });
    assert.deepEqual([answer.status, answer.headers.get("webhook-allowed-origin")], [200, "eventgrid"]);
  });
});

describe("a blob function", () => {
  const container = () => BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient("inbox");
  const drop = async (name: string, bytes = Buffer.from("hello")): Promise<string> => {
    await container().createIfNotExists();
    await container().getBlockBlobClient(name).uploadData(bytes);
    return container().getBlobClient(name).url;
  };
  const deliver = (url: string, name = "Host.Functions.OnBlob") =>
    call(`/runtime/webhooks/blobs?functionName=${name}&code=${KEY}`, {
      method: "POST",
      headers: { "aeg-event-type": "Notification" },
      body: JSON.stringify([{ data: { url, eTag: "0x1", blobType: "BlockBlob" } }]),
    });
  const runs = (what: string, blob: string) => noted(what).filter(({ BlobName }) => BlobName === blob);

  it("gets a reference and never the content", async () => {
    assert.equal((await deliver(await drop("a b/fünf.bak"))).status, 202);
    const [run] = await until(
      "the run",
      async () => runs("blob", "a b/fünf.bak").length > 0 && runs("blob", "a b/fünf.bak"),
    );
    assert.deepEqual(run, {
      what: "blob",
      Connection: "Backups",
      ContainerName: "inbox",
      BlobName: "a b/fünf.bak",
      isBuffer: false,
      path: "a b/fünf.bak",
      eTag: {},
    });
  });

  it("runs again when the same event comes again: there are no receipts", async () => {
    const url = await drop("twice.bak");
    await deliver(url);
    await deliver(url);
    await until("two runs", async () => runs("blob", "twice.bak").length === 2);
  });

  it("is tried as often as host.json says, then its blob is reported in the queue of the trigger's account", async () => {
    await deliver(await drop("bad.bak"));
    const poison = await until("the message", async () => runs("poison", "bad.bak")[0]);
    assert.equal(runs("blob", "bad.bak").length, 3);
    const { FunctionId, ContainerName, ETag, Type } = poison;
    assert.deepEqual([Type, FunctionId, ContainerName, ETag], ["BlobTrigger", "Host.Functions.OnBlob", "inbox", "0x1"]);
  });

  it("is not run for a blob that has vanished, but for one of another container", async () => {
    const url = await drop("here.bak");
    await deliver(url.replace("here.bak", "gone.bak"));
    await deliver(url.replace("/inbox/", "/elsewhere/"));
    const other = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient("elsewhere");
    await other.createIfNotExists();
    await other.getBlockBlobClient("here.bak").upload("x", 1);
    await deliver(other.getBlobClient("here.bak").url);
    const run = await until("the run", async () => runs("blob", "here.bak")[0]);
    assert.equal(run["ContainerName"], "elsewhere");
    assert.deepEqual(runs("blob", "gone.bak"), []);
  });

  it("of the plain kind reads what is small and is refused what is not", async () => {
    await deliver(await drop("small.txt"), "Host.Functions.OnPlainBlob");
    await until("the small one", async () => noted("plainBlob").length === 1);
    await deliver(await drop("large.txt", Buffer.alloc(1_048_577)), "Host.Functions.OnPlainBlob");
    await until("the refusal", async () =>
      log.some((line) => line.includes('rule "plain-blob"') && line.includes("large.txt")),
    );
    await until("poison", async () => runs("poison", "large.txt").length === 1);
    assert.equal(noted("plainBlob").length, 1);
  });

  it("of an unknown name loses its events with 202", async () => {
    assert.equal((await deliver(await drop("lost.bak"), "OnBlob")).status, 202);
    assert.ok(log.some((line) => line.includes('There is no blob function "OnBlob"')));
  });

  it("can be run by hand", async () => {
    await drop("by-hand.bak");
    const run = (name: string, contentType: string) =>
      call(`/admin/functions/${name}`, {
        method: "POST",
        headers: { "content-type": contentType },
        body: JSON.stringify({ input: "inbox/by-hand.bak" }),
      });
    assert.deepEqual(
      [(await run("OnBlob", "text/plain")).status, (await run("Unknown", "application/json")).status],
      [415, 404],
    );
    assert.equal((await run("OnBlob", "application/json")).status, 202);
    await until("the run", async () => runs("blob", "by-hand.bak").length === 1);
  });
});

describe("a queue function", () => {
  const queue = (name: string) =>
    QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient(name);
  const send = async (message: object) => {
    await queue("orders").createIfNotExists();
    await queue("orders").sendMessage(Buffer.from(JSON.stringify(message)).toString("base64"));
  };
  const seen = (id: number) => noted("message").filter(({ message }) => (message as { id: number }).id === id);

  it("gets each message, decoded, and the queue is empty afterwards", async () => {
    for (const id of [1, 2, 3]) await send({ id });
    await until("three messages", async () => [1, 2, 3].every((id) => seen(id).length === 1));
    await until("an empty queue", async () => (await queue("orders").getProperties()).approximateMessagesCount === 0);
  });

  it("is tried as often as host.json says, then the message goes to the poison queue", async () => {
    await send({ id: 9, bad: true });
    const [poison] = await until("the poison message", async () => {
      const { peekedMessageItems } = await queue("orders-poison")
        .peekMessages()
        .catch(() => ({ peekedMessageItems: [] }));
      return peekedMessageItems.length > 0 && peekedMessageItems;
    });
    assert.deepEqual(JSON.parse(Buffer.from(poison?.messageText ?? "", "base64").toString("utf8")), {
      id: 9,
      bad: true,
    });
    assert.deepEqual(
      seen(9).map(({ dequeueCount }) => dequeueCount),
      [1, 2],
    );
  });
});

describe("a timer function", () => {
  it("of every second ticks without a schedule status, one of every year runs by hand with the status null, too", async () => {
    await until("two ticks", async () => noted("tick").length >= 2);
    assert.ok(noted("tick").every(({ status }) => status === null));
    await call("/admin/functions/Yearly", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    const run = await until("the run", async () => noted("timer")[0]);
    assert.deepEqual(run, { what: "timer", isPastDue: false, status: null });
  });
});

it("an app knows where it lives, and that callers were signed in before they reach it", () => {
  assert.equal(process.env["WEBSITE_HOSTNAME"], `localhost:${host.port}`);
  assert.equal(process.env["WEBSITE_AUTH_ENABLED"], "True");
  assert.equal(process.env["WEBSITE_SITE_NAME"], undefined, "that name belongs to Azure");
});
