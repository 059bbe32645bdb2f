// Tests that orchestrations which keep the rules end as they must. All cases run side by side in one host, in strict
// mode.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Host, startHost } from "../../local/host/start.ts";
import { type OrchestrationClient, orchestrationClient } from "./support/orchestrations.ts";
import { appDir, notesIn, removeDir, temporaryDir, until } from "./support/processes.ts";

const dir = temporaryDir();
let host: Host;
let client: OrchestrationClient;
let person: OrchestrationClient;

before(async () => {
  process.env["NOTES"] = join(dir, "notes");
  process.env["FACTS"] = dir;
  host = await startHost({
    port: 0,
    dataDir: dir,
    appDir: appDir("orchestrations"),
    systemKey: "key",
    strict: true,
    log: () => undefined,
  });
  client = orchestrationClient(host.port);
  person = orchestrationClient(host.port, "person");
});
after(async () => {
  await host?.stop();
  removeDir(dir);
});

describe("an orchestration", { concurrency: true }, () => {
  const next = { next: true };
  const table: readonly {
    readonly what: string;
    readonly name: string;
    readonly input?: unknown;
    readonly output: unknown;
    readonly status?: string;
  }[] = [
    {
      what: "calls activities, with and without input, and knows its version",
      name: "CallsActivity",
      input: { from: "test" },
      output: {
        nothing: { sawNothing: true },
        something: { a: [1, { b: "ü" }] },
        version: "1.0",
        input: { from: "test" },
      },
    },
    {
      what: "that is started without input sees an empty text",
      name: "CallsActivity",
      output: { nothing: { sawNothing: true }, something: { a: [1, { b: "ü" }] }, version: "1.0", input: "" },
    },
    {
      what: "repeats a failed activity until it succeeds",
      name: "Retries",
      input: { failures: 2, attempts: 3 },
      output: { result: { attempt: 3 }, after: next },
    },
    {
      what: "learns of the last failure when the attempts are used up",
      name: "Retries",
      input: { failures: 9, attempts: 2 },
      output: { error: "Activity function 'Flaky' failed:  no luck 2", after: next },
    },
    { what: "fans out and in", name: "FansOut", input: { width: 60, ms: 1 }, output: { sum: 1770, inOrder: true } },
    { what: "goes on when the timeout wins", name: "EventOrTimeout", input: { ms: 1_000 }, output: { timeout: true } },
    {
      what: "gets the result of its child",
      name: "Parent",
      input: { child: "CallsActivity", input: {} },
      output: {
        result: { nothing: { sawNothing: true }, something: { a: [1, { b: "ü" }] }, version: "1.0", input: {} },
        after: next,
      },
    },
    {
      what: "learns of its child's failure",
      name: "Parent",
      input: { child: "Throws", input: {} },
      output: { error: "Orchestrator function 'Throws' failed: broken on purpose", after: next },
    },
    {
      what: "that throws has failed",
      name: "Throws",
      output: "Orchestrator function 'Throws' failed: broken on purpose",
      status: "Failed",
    },
  ];
  for (const [index, { what, name, input, output, status = "Completed" }] of table.entries())
    it(what, async () => {
      const id = `table-${index}`;
      assert.equal(await client.start(name, id, input), 202);
      const end = await client.end(id);
      assert.deepEqual([end.runtimeStatus, end.output], [status, output]);
    });

  it("waits at least as long as its timer says", async () => {
    await client.start("Waits", "waits");
    const { output } = await client.end("waits");
    assert.ok((output as { waited: number }).waited >= 1_000);
  });

  it("goes on when the event wins, and its cancelled timer never fires", async () => {
    await client.start("EventOrTimeout", "event-wins", { ms: 60_000 });
    await until("the orchestration to wait", async () => (await client.status("event-wins")).customStatus !== null);
    assert.equal(await client.raise("event-wins", "Approve", { by: "me" }), 202);
    const end = await client.end("event-wins");
    assert.deepEqual(end.output, { event: { by: "me" }, after: next });
    assert.deepEqual(end.customStatus, { waiting: true });
    assert.ok(!end.historyEvents?.some(({ EventType }) => EventType === "TimerFired"));
  });

  it("gets several events of one name in their order, early ones too", async () => {
    await client.start("SeveralEvents", "events");
    await client.raise("events", "Other", { early: true });
    for (const word of ["one", "two", "three"]) await client.raise("events", "Word", { word });
    assert.deepEqual((await client.end("events")).output, { seen: ["one", "two", "three"], other: { early: true } });
  });

  it("that continues as new keeps the events that nobody has read", async () => {
    await client.start("Counts", "counts", { left: 3, sum: 0 });
    for (const n of [1, 10, 100]) {
      await client.raise("counts", "Add", { n });
      const left = { 1: 2, 10: 1, 100: 0 }[n] ?? 0; // the next event is raised while the next turn is running
      await until("the next execution", async () => {
        const { input, runtimeStatus } = await client.status("counts");
        return runtimeStatus === "Completed" || (input as { left: number }).left === left;
      });
    }
    const end = await client.end("counts");
    assert.deepEqual(end.output, { sum: 111 });
  });

  it("is answered by a child that continues as new only at its real end", async () => {
    const input = { child: "Counts", input: { left: 2, sum: 0 }, id: "counting-child" };
    await client.start("Parent", "parent-of-counts", input);
    const reaches = (left: number) =>
      until("the child's turn", async () => {
        const child = await client.status("counting-child").catch(() => undefined);
        return (child?.input as { left: number } | undefined)?.left === left;
      });
    await reaches(2);
    await client.raise("counting-child", "Add", { n: 1 });
    await reaches(1);
    assert.equal((await client.status("parent-of-counts")).runtimeStatus, "Running");
    await client.raise("counting-child", "Add", { n: 2 });
    assert.deepEqual((await client.end("parent-of-counts")).output, { result: { sum: 3 }, after: next });
  });

  it("that continues as new after each of its children keeps its version, and of its history only the last stage", async () => {
    await client.start("Stages", "stages", { stage: 1, stages: 3, steps: 0 });
    const { output, input } = await client.end("stages");
    assert.deepEqual(output, { stages: 3, steps: 3, version: "1.0" });
    assert.deepEqual(input, { stage: 3, stages: 3, steps: 2 });
    const { historyEvents = [] } = await client.status("stages");
    const children = historyEvents.filter(({ EventType }) => EventType === "SubOrchestrationInstanceCreated");
    assert.deepEqual(
      children.map(({ InstanceId }) => InstanceId),
      ["stages-stage-3"],
    );
  });

  it("shows the last custom status, and who its parent is", async () => {
    await client.start("SaysStatus", "says");
    const end = await client.end("says");
    assert.deepEqual([end.customStatus, end.output], [{ step: 2 }, { parent: null }]);
  });

  it("hands an activity its input's members and the instance id as metadata", async () => {
    await client.start("ReadsMetadata", "metadata");
    const seen = {
      input: { a: 1, b: { c: 2 } },
      a: 1,
      b: { c: 2 },
      data: { a: 1, b: { c: 2 } },
      instanceId: "metadata",
    };
    assert.deepEqual((await client.end("metadata")).output, seen);
  });

  it("of an unknown name is accepted, then fails with a list of the known ones", async () => {
    assert.equal(await client.start("Unheard", "unknown"), 202);
    const end = await client.end("unknown");
    assert.equal(end.runtimeStatus, "Failed");
    assert.match(String(end.output), /'Unheard' doesn't exist.*'CallsActivity'/);
  });
});

describe("the durable client's API", { concurrency: true }, () => {
  it("refuses to start a living id with 409, and starts a finished one again for a person", async () => {
    assert.equal(await client.start("Forever", "same", {}), 202);
    assert.equal(await client.start("Forever", "same", {}), 409);
    assert.equal(await person.post("instances/same/terminate?reason=because"), 202);
    const end = await client.end("same");
    assert.deepEqual([end.runtimeStatus, end.output], ["Terminated", "because"]);
    assert.equal(await person.start("SaysStatus", "same", {}), 202);
    assert.equal((await client.end("same")).name, "SaysStatus");
  });

  it("tells a parent that its child was terminated", async () => {
    await client.start("Parent", "bereft", { child: "Forever", input: {}, id: "doomed" });
    await until("the child", async () => (await client.statusCode("doomed")) === 202);
    await person.post("instances/doomed/terminate?reason=enough");
    assert.deepEqual((await client.end("bereft")).output, { error: "enough", after: { next: true } });
  });

  it("answers 404 for what it does not know and 410 for what has ended", async () => {
    await client.start("SaysStatus", "ended");
    await client.end("ended");
    assert.deepEqual(
      [
        await client.statusCode("never"),
        await client.raise("never", "X", {}),
        await person.post("instances/never/terminate"),
      ],
      [404, 404, 404],
    );
    assert.deepEqual(
      [await client.raise("ended", "X", {}), await person.post("instances/ended/terminate")],
      [410, 410],
    );
    assert.equal(await client.statusCode("ended"), 200);
  });

  it("refuses events without data, ids with a slash, and to purge what is alive", async () => {
    await client.start("Forever", "alive", {});
    assert.equal(await client.raise("alive", "X"), 400);
    assert.equal(await client.start("Forever", encodeURIComponent("a/b"), {}), 400);
    assert.equal(await client.remove("alive"), 412);
    await person.post("instances/alive/terminate?reason=x");
    assert.equal(await client.remove("alive"), 200);
    assert.equal(await client.statusCode("alive"), 404);
  });

  it("purges what has ended, by status and time of creation, and nothing that lives", async () => {
    await client.start("Forever", "lives", {});
    await client.start("Throws", "over", {});
    await client.end("over");
    const [early, late] = ["createdTimeFrom=2000-01-01T00:00:00.000Z", "createdTimeFrom=2999-01-01T00:00:00.000Z"];
    assert.equal(await client.remove(`?${late}&runtimeStatus=Failed`), 404);
    assert.equal(
      await client.remove(`?${early}&runtimeStatus=Failed,Running&createdTimeTo=2000-01-02T00:00:00.000Z`),
      404,
    );
    assert.equal(await client.remove(`?${early}&runtimeStatus=Failed,Running`), 200);
    assert.deepEqual([await client.statusCode("over"), await client.statusCode("lives")], [404, 202]);
  });

  it("names what it does not do", async () => {
    await client.start("Forever", "asked", {});
    for (const path of ["suspend", "resume", "rewind", "restart"])
      assert.equal(await person.post(`instances/asked/${path}?reason=x`), 501);
    assert.equal(await client.post("entities/counter/a?op=add"), 501);
  });

  it("lists instances by status", async () => {
    await client.start("Forever", "listed", {});
    await client.start("SaysStatus", "not-listed", {});
    await client.end("not-listed");
    const answer = await fetch(`http://127.0.0.1:${host.port}/durabletask/instances/?runtimeStatus=Running,Pending`);
    const list = (await answer.json()) as { instanceId: string }[];
    assert.ok(list.some(({ instanceId }) => instanceId === "listed"));
    assert.ok(!list.some(({ instanceId }) => instanceId === "not-listed"));
  });
});

describe("watches that read the facts in each turn", () => {
  it("miss no fact, however the wake-ups come, and answer their parent in turn", async () => {
    const facts = 25;
    const parents = Array.from({ length: 6 }, (_, n) => `story-${n}`);
    await Promise.all(parents.map((id) => client.start("TwoWatches", id, { wanted: facts })));
    await Promise.all(
      parents.map(async (id) => {
        for (const round of [1, 2]) {
          const watch = `${id}-Watch-${round}`;
          await until("the watch", async () => (await client.statusCode(watch)) === 202);
          for (let n = 0; n < facts; n++) {
            writeFileSync(join(dir, `${watch}.${n}`), "");
            const burst = n % 5 === 0 ? 2 : 1; // some wake-ups come twice, some while a turn is under way
            for (let time = 0; time < burst; time++) await client.raise(watch, "Wake", {});
          }
        }
      }),
    );
    for (const id of parents) assert.deepEqual((await client.end(id)).output, { one: { facts }, two: { facts } });
    const { historyEvents = [] } = await client.status("story-0-Watch-2");
    assert.ok(historyEvents.length <= 10, `the history of a watch stays short: ${historyEvents.length}`);
    assert.ok(notesIn(join(dir, "notes")).some(({ what }) => what === "look"));
  });
});
