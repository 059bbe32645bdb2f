// Tests that ferry queue, set and forget send the right requests, and print the answers.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { type Asked, type FakeApi, fakeApi, ferry, type Reply, unfiltered } from "./run.ts";

const VMS = {
  items: [
    { vm: "odd-00000001", unreadable: "The row cannot be read." },
    {
      vm: "sqlvm-07-1a2b3c4d",
      ...{ waitingForStart: 2, waitingForCutover: 1, onVm: 3, counted: 100, maxDatabases: 100 },
      cooldownUntil: "2025-11-24T21:30:00.000Z",
    },
    { vm: "twin-00000001", ...{ waitingForStart: 0, waitingForCutover: 0, onVm: 0, counted: 0, maxDatabases: 100 } },
    { vm: "twin-00000002", ...{ waitingForStart: 0, waitingForCutover: 0, onVm: 0, counted: 0, maxDatabases: 100 } },
  ],
};
const since = "2025-11-24T20:55:00.000Z";
const place = (migrationId: string) => ({ migrationId, run: 1, since });
const QUEUE = {
  ...VMS.items[1],
  cooldownMinutes: 30,
  starting: place("crm-1"),
  waiting: [
    { ...place("hr-1"), kind: "cutover", position: 1, priority: 50, isRetried: false, expectedMinutes: 1 },
    { ...place("sales-1"), kind: "start", position: 1, priority: 90, wave: 3, isRetried: true },
  ],
  restoring: [],
  elsewhere: ["payroll"],
};
const SALES = {
  migrationId: "sales-1",
  state: "queued",
  mode: "online",
  start: "auto",
  source: { container: "backups", folder: "Sales" },
  target: { sqlVmResourceId: "/subscriptions/s/x/sqlvm-07", databaseName: "Sales" },
};

let api: FakeApi;
let answers: Readonly<Record<string, (asked: Asked) => NonNullable<Reply>>>;
before(async () => {
  api = await fakeApi((asked) => answers[unfiltered(asked.what)]?.(asked));
});
after(() => api.close());
beforeEach(() => {
  answers = {
    "GET /vms": () => ({ body: VMS }),
    "GET /vms/sqlvm-07-1a2b3c4d/queue": () => ({ body: QUEUE }),
    "GET /migrations": () => ({ body: { items: [SALES] } }),
    "PATCH /migrations/sales-1": () => ({ body: { ...SALES, priority: 90, wave: 3, registrationVersion: "r" } }),
    "DELETE /migrations/sales-1": () => ({ body: {} }),
  };
});
const call = (...words: string[]) => ferry([...words, "--api", api.url]);

describe("ferry queue", () => {
  test("lists the VMs, and says of one that cannot be read that it cannot", async () => {
    const { exitCode, out } = await call("queue");
    assert.equal(exitCode, 0);
    assert.match(out, /^sqlvm-07-1a2b3c4d +3 +2 +1 +100 of 100 +2025-11-24 21:30:00 UTC$/m);
    assert.match(out, /^odd-00000001 +cannot be read: The row cannot be read\.$/m);
  });

  test("shows one VM, by its name or its key: who is at DMS, who waits in which order, and what was started by hand", async () => {
    for (const name of ["SQLVM-07", "sqlvm-07-1a2b3c4d"]) {
      const { exitCode, out } = await call("queue", name);
      assert.equal(exitCode, 0);
      assert.match(out, /100 of 100 starts, it rests until 2025-11-24 21:30:00 UTC/);
      assert.match(out, /^starting: crm-1 since 2025-11-24 20:55:00 UTC\ncutting over: nobody$/m);
      assert.match(out, /^started outside sqlferry: payroll$/m);
      assert.match(out, /^1 +cutover +50 +2025-11-24 20:55:00 UTC +1 min +hr-1$/m);
      assert.match(out, /^1 +start +90 +3 +2025-11-24 20:55:00 UTC +sales-1 \(tried before\)$/m);
    }
    assert.deepEqual(JSON.parse((await call("queue", "sqlvm-07", "--json")).out), QUEUE);
  });

  test("asks which one, where several VMs have a name, and ends with 5 where none has it", async () => {
    const twin = await call("queue", "twin");
    assert.deepEqual([twin.exitCode, /twin-00000001, twin-00000002/.test(twin.err)], [2, true]);
    const none = await call("queue", "sqlvm-08");
    assert.equal(none.exitCode, 5);
    assert.match(none.err, /No VM "sqlvm-08" has a queue\./);
  });
});

describe("ferry set", () => {
  test("sends what was said and nothing else, and says what is registered now", async () => {
    const { exitCode, out } = await call(
      "set",
      "Sales",
      "--priority",
      "90",
      "--wave",
      "none",
      "--target-database",
      "S2",
    );
    assert.equal(exitCode, 0);
    assert.deepEqual(api.asked.at(-1)?.body, { priority: 90, wave: null, target: { databaseName: "S2" } });
    assert.equal(out, "sales-1 is queued: online, start auto, to sqlvm-07 / Sales; priority 90, wave 3.\n");
  });

  test("without anything to change, or with no number, is a usage error and asks nobody", async () => {
    const before = api.asked.length;
    for (const words of [[], ["--priority", "high"], ["--wave", "-1"]])
      assert.equal((await call("set", "Sales", ...words)).exitCode, 2);
    assert.equal(api.asked.length, before);
  });

  test("that is refused ends with 3 and the reason, by the option's name where the request is not understood", async () => {
    const refused = { type: "x/not-changeable", title: "It cannot be changed.", detail: "Its start is fixed." };
    answers = { ...answers, "PATCH /migrations/sales-1": () => ({ status: 409, body: refused }) };
    const { exitCode, err } = await call("set", "Sales", "--mode", "offline");
    assert.deepEqual([exitCode, err], [3, "It cannot be changed. Its start is fixed.\n"]);
    const errors = [{ pointer: "/priority", message: "Too big" }];
    const odd = { type: "x/validation", title: "Not understood.", detail: "/priority: Too big", errors };
    answers = { ...answers, "PATCH /migrations/sales-1": () => ({ status: 400, body: odd }) };
    assert.match((await call("set", "Sales", "--priority", "900")).err, /--priority: Too big\./);
  });
});

test("ferry forget names the migration that is forgotten, and says that its files stay", async () => {
  const { exitCode, out } = await call("forget", "sales");
  assert.equal(exitCode, 0);
  assert.equal(api.asked.at(-1)?.what, "DELETE /migrations/sales-1");
  assert.match(out, /^sales-1 is forgotten\. Its files in the folder "Sales" stay/);
});
