// Tests what becomes of blob events, queue messages and Event Grid events under faults. Azurite is real; the host's
// time is virtual, that of the queues is not.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { virtualClock } from "../../local/host/clock.ts";
import { parseFaults } from "../../local/host/faults.ts";
import { type Lives, liveThrough } from "./support/lives.ts";
import { type Azurite, appDir, notesIn, removeDir, startAzurite, temporaryDir, until } from "./support/processes.ts";

const root = temporaryDir();
const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
let azurite: Azurite;
before(async () => {
  azurite = await startAzurite();
  process.env["Backups"] = azurite.connectionString;
});
after(async () => {
  await azurite?.stop();
  removeDir(root);
});

interface Scene {
  readonly lives: Lives;
  readonly minutes: () => number;
  /** What the handlers noted under this name. */
  readonly seen: (what: string) => readonly Readonly<Record<string, unknown>>[];
}

/** Faults are injected in the first life only. */
async function scene(test: TestContext, name: string, faults: string, start = START): Promise<Scene> {
  const notes = join(root, `${name}.notes`);
  process.env["NOTES"] = notes;
  const clock = virtualClock(start);
  const lives = await liveThrough({
    appDir: appDir("everything"),
    dataDir: join(root, name),
    clock,
    faultsOf: (life) => (life === 1 ? parseFaults(faults) : undefined),
    strict: true,
    log: () => undefined,
  });
  test.after(() => lives.stop());
  return {
    lives,
    minutes: () => (clock.now() - start) / MINUTE,
    seen: (what) => notesIn(notes).filter((note) => note["what"] === what),
  };
}

/** Lets everything run that is due within an hour. */
const anHour = async ({ lives, minutes }: Scene): Promise<void> => {
  const end = minutes() + 60;
  await lives.until("an hour has passed", () => minutes() >= end, 61 * MINUTE);
};

const container = (name: string) =>
  BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(name);
async function upload(name: string, into = "inbox"): Promise<string> {
  await container(into).createIfNotExists();
  await container(into).getBlockBlobClient(name).upload("x", 1);
  return container(into).getBlobClient(name).url;
}
const notify = (port: number, room: string, body: unknown) =>
  fetch(`http://127.0.0.1:${port}/runtime/webhooks/${room}&code=key`, {
    method: "POST",
    headers: { "aeg-event-type": "Notification" },
    body: JSON.stringify(body),
  });
const deliver = async ({ lives }: Scene, ...names: readonly string[]): Promise<number> => {
  const events = await Promise.all(names.map(async (name) => ({ data: { url: await upload(name), eTag: "0x1" } })));
  return (await notify(lives.port(), "blobs?functionName=Host.Functions.OnBlob", events)).status;
};
/** The messages in the queue, including those that are taken and not yet deleted. */
const left = async (queueName: string): Promise<number> =>
  (await QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient(queueName).getProperties())
    .approximateMessagesCount ?? -1;
const names = ({ seen }: Scene): readonly unknown[] => seen("blob").map(({ BlobName }) => BlobName);

describe("a blob event", () => {
  const table = [
    { fault: "deliveryLost", what: "never comes", runs: 0 },
    { fault: "deliveryTwice", what: "comes twice", runs: 2 },
    { fault: "deliveryStale", what: "comes again later, with its old ETag", runs: 2 },
    { fault: "deliveriesReordered", what: "comes in another order", runs: 1 },
  ];
  for (const { fault, what, runs } of table)
    it(`${what}: ${fault}`, async (test) => {
      const here = await scene(test, fault, `1:none,${fault}=1`);
      assert.equal(await deliver(here, `${fault}-a`, `${fault}-b`), 202);
      await anHour(here);
      const expected = [`${fault}-a`, `${fault}-b`].flatMap((name) => Array.from({ length: runs }, () => name));
      assert.deepEqual([...names(here)].sort(), expected);
    });

  it("comes late: deliveryLate", async (test) => {
    const here = await scene(test, "late", "1:none,deliveryLate=1");
    await deliver(here, "late");
    await here.lives.until("a second has passed", () => here.minutes() >= 1 / 60, MINUTE);
    assert.deepEqual(names(here), []);
    await anHour(here);
    assert.deepEqual(names(here), ["late"]);
  });

  it("brings one of another container with it: deliveryForeign", async (test) => {
    await upload("other", "elsewhere");
    const here = await scene(test, "foreign", "1:none,deliveryForeign=1");
    await deliver(here, "foreign");
    await anHour(here);
    const seen = here.seen("blob").map(({ ContainerName, BlobName }) => `${ContainerName}/${BlobName}`);
    assert.deepEqual(seen.sort(), ["elsewhere/other", "inbox/foreign"]);
  });

  it("is poison at once when all its tries meet an outage: deliveryOutage", async (test) => {
    const here = await scene(test, "outage", "1:none,deliveryOutage=1");
    await deliver(here, "outage");
    await until("the poison message", async () => here.seen("poison").some(({ BlobName }) => BlobName === "outage"));
    assert.deepEqual(names(here), []);
  });

  for (const [point, name, runs] of [
    ["crashDeliveryWritten", "written", 1],
    ["crashDeliveryRun", "run", 2],
  ] as const)
    it(`${point}: is worked on by the next life, ${runs} runs in all`, async (test) => {
      const here = await scene(test, point, `1:none,${point}=1`);
      await deliver(here, name);
      await here.lives.until(
        "the blob has been seen",
        () => here.lives.count() === 2 && names(here).length === runs,
        MINUTE,
      );
      assert.deepEqual(
        names(here),
        Array.from({ length: runs }, () => name),
      );
    });

  it("crashPoisonSent: is reported twice, never not at all", async (test) => {
    const here = await scene(test, "poisoned", "1:none,crashPoisonSent=1");
    await deliver(here, "bad-poisoned");
    await here.lives.until("the crash", () => here.lives.count() === 2, MINUTE);
    await anHour(here);
    await here.lives.stop();
    // A message that the first life had taken when it ended stays in the queue, invisible for ten minutes.
    const handled = here.seen("poison").filter(({ BlobName }) => BlobName === "bad-poisoned").length;
    assert.ok(handled + (await left("webjobs-blobtrigger-poison")) >= 2);
  });
});

describe("an Event Grid event", () => {
  const events = [
    { id: "a", data: {} },
    { id: "b", data: {} },
  ];
  for (const [fault, ids] of [
    ["deliveryLost", []],
    ["deliveryTwice", ["a", "a", "b", "b"]],
  ] as const)
    it(`${fault}: is answered 202 all the same`, async (test) => {
      const here = await scene(test, `grid-${fault}`, `1:none,${fault}=1`);
      assert.equal((await notify(here.lives.port(), "EventGrid?functionName=OnEvent", events)).status, 202);
      const seen = here.seen("event").map(({ event }) => (event as { id: string }).id);
      assert.deepEqual(seen.sort(), ids);
    });

  it("crashEventRun: was handled although the sender was not told", async (test) => {
    const here = await scene(test, "grid-crash", "1:none,crashEventRun=1");
    assert.equal((await notify(here.lives.port(), "EventGrid?functionName=OnEvent", events)).status, 500);
    assert.equal(here.seen("event").length, 2);
  });
});

describe("a queue message", () => {
  let id = 0;
  async function send(bad = false): Promise<number> {
    const queue = QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient("orders");
    await queue.createIfNotExists();
    await queue.sendMessage(Buffer.from(JSON.stringify({ id: ++id, bad })).toString("base64"));
    return id;
  }
  const runsOf = ({ seen }: Scene, order: number): number =>
    seen("message").filter(({ message }) => (message as { id: number }).id === order).length;

  it("deliveryTwice: is handled twice, then gone", async (test) => {
    const here = await scene(test, "queue-twice", "1:none,deliveryTwice=1");
    const order = await send();
    await until("two runs", async () => runsOf(here, order) >= 2);
  });

  it("deliveryLost: is gone without having been handled", async (test) => {
    const here = await scene(test, "queue-lost", "1:none,deliveryLost=1");
    const order = await send();
    await until("an empty queue", async () => (await left("orders")) === 0);
    assert.equal(runsOf(here, order), 0);
  });

  it("crashMessageRun: is handled again", async (test) => {
    const here = await scene(test, "queue-crash", "1:none,crashMessageRun=1");
    const order = await send();
    await until("a run", async () => runsOf(here, order) === 1);
    await here.lives.until("the next life", () => here.lives.count() === 2, MINUTE);
    await until("another run", async () => runsOf(here, order) === 2);
  });

  it("crashMessagePoisoned: is in the poison queue, and handled once more", async (test) => {
    const here = await scene(test, "queue-poison", "1:none,crashMessagePoisoned=1");
    const order = await send(true);
    await until("the crash", async () =>
      here.lives.until("the crash", () => true, 0).then(() => here.lives.count() === 2),
    );
    await until("the poison message", async () => (await left("orders-poison")) > 0);
    assert.ok(runsOf(here, order) >= 2);
  });
});

describe("a timer", () => {
  it("that should have fired while no host ran fires once in the next one, past due", async (test) => {
    const newYear = Date.UTC(2027, 0, 1);
    const first = await scene(test, "past-due", "1:none", newYear - MINUTE);
    await first.lives.until("it is known when it fires next", () => true, 0);
    await first.lives.stop();
    const second = await scene(test, "past-due", "1:none", newYear + 90 * MINUTE);
    await second.lives.until("it has run", () => second.seen("timer").length > 0, 0);
    assert.deepEqual(
      second.seen("timer").map(({ isPastDue }) => isPastDue),
      [true],
    );
  });

  it("crashTimerRun: ticks again in the next life", async (test) => {
    const here = await scene(test, "timer", "1:none,crashTimerRun=1");
    await here.lives.until(
      "ticks in two lives",
      () => here.lives.count() === 2 && here.seen("tick").length >= 2,
      MINUTE,
    );
  });
});
