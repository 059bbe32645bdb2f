// Tests what becomes of events that the topic does not accept, and of processes that publish them.
import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { cutOver } from "../../../functions/activities/cutOver.ts";
import { lookAtRestore } from "../../../functions/activities/lookAtRestore.ts";
import { decide } from "../../../shared/application/run/decide.ts";
import { publishOutbox } from "../../../shared/application/run/publishOutbox.ts";
import { EventsRefusedError } from "../../../shared/migration/events/eventBatches.ts";
import type { FerryEvent } from "../../../shared/migration/events/events.ts";
import type { CutoverRequest } from "../../../shared/migration/migration.ts";
import type { EventPublisher, Services } from "../../../shared/ports.ts";
import { EMPTY_QUEUE } from "../../../shared/queue/vmQueue.ts";
import { full, log as logBackup, setGuidOf } from "../../support/backupRecords.ts";
import { aMigration, anEvent } from "../../support/facts.ts";
import { aWorld, shown, VM } from "../../support/world.ts";

/** A topic that calls `faultOf` for each request; undefined: it accepts. */
function aTopic(faultOf: (events: readonly FerryEvent[]) => Error | undefined) {
  const world = aWorld(aMigration("sales-1"));
  const sent: string[] = [];
  const warnings: string[] = [];
  let requests = 0;
  const services: Services = {
    ...world.services,
    publisher: {
      publish: async (events) => {
        requests++;
        const fault = faultOf(events);
        if (fault) throw fault;
        sent.push(...events.map(({ id }) => id));
      },
    },
  };
  const log = { log: () => undefined, warn: (...words: unknown[]) => warnings.push(words.join(" ")) };
  const tell = (...ids: string[]) =>
    decide(services, log, "sales-1", ({ migration }) => ({
      change: { migration, events: ids.map((id) => anEvent("sales-1", id, "2025-11-24T21:00:00.000Z")) },
      answer: undefined,
    }));
  const turn = () => decide(services, log, "sales-1", () => ({ answer: undefined }));
  const waiting = async () => (await services.migrations.outbox("sales-1")).map(({ id }) => id);
  const pass = (seconds: number) => {
    world.now = new Date(world.now.getTime() + seconds * 1_000);
  };
  return { world, services, sent, warnings, log, tell, turn, waiting, pass, requests: () => requests };
}

describe("the outbox", () => {
  test("keeps events while the topic is away; they go out after the pause, in order, once", async () => {
    let isAway = true;
    const { world, sent, tell, turn, waiting, pass } = aTopic(() => (isAway ? new Error("503") : undefined));
    await tell("a", "b");
    assert.deepEqual([sent, await waiting(), world.published], [[], ["a", "b"], []]);
    isAway = false;
    await tell("c");
    assert.deepEqual([sent, await waiting()], [[], ["a", "b", "c"]], "nothing overtakes what waits");
    pass(10);
    await turn();
    await turn();
    assert.deepEqual([sent, await waiting()], [["a", "b", "c"], []]);
    assert.deepEqual(
      world.published.map(({ id }) => id),
      ["a", "b", "c"],
    );
  });

  test("asks a topic that is away ever more seldom, at least every five minutes, and as before once it is back", async () => {
    let isAway = true;
    const { tell, turn, pass, requests } = aTopic(() => (isAway ? new Error("503") : undefined));
    await tell("a");
    const asked: number[] = [];
    for (let seconds = 0; seconds < 3_600; seconds += 10) {
      const before = requests();
      pass(10);
      await turn();
      if (requests() > before) asked.push(seconds + 10);
    }
    assert.deepEqual(asked.slice(0, 7), [10, 30, 70, 150, 310, 610, 910]);
    assert.ok(asked.length <= 18, `${asked.length} requests in an hour`);
    isAway = false;
    pass(300);
    await turn();
    isAway = true;
    await tell("b");
    pass(10);
    const before = requests();
    await turn();
    assert.equal(requests(), before + 1);
  });

  test("of which the topic refuses one event keeps that one, names it, and lets the others go in order", async () => {
    const { world, sent, warnings, tell, waiting } = aTopic((events) =>
      events.some(({ id }) => id === "b") ? new EventsRefusedError("413") : undefined,
    );
    await tell("a", "b", "c");
    await tell("d");
    assert.deepEqual([sent, await waiting()], [["a", "c", "d"], ["b"]]);
    assert.equal(world.published.length, 3);
    assert.ok(warnings.some((line) => line.includes('"events":1') && line.includes("b (com.sqlferry.")));
  });

  test("of which the topic refuses several events for good holds up no other migration; they are kept, told and tried again", async () => {
    const { world, services, sent, warnings, log, tell, turn, waiting, pass, requests } = aTopic((events) =>
      events.some(({ id }) => id.startsWith("bad")) ? new EventsRefusedError("413") : undefined,
    );
    world.migrations.set("other-1", { migration: aMigration("other-1"), version: "o", requests: {} });
    await tell("bad-1", "bad-2");
    await decide(services, log, "other-1", ({ migration }) => ({
      change: { migration, events: [anEvent("other-1", "good", "2025-11-24T21:00:00.000Z")] },
      answer: undefined,
    }));
    assert.deepEqual([sent, await waiting()], [["good"], ["bad-1", "bad-2"]]);
    const before = requests();
    await tell("later");
    assert.deepEqual([sent, requests() - before], [["good", "later"], 1], "what is set aside is not sent with it");
    pass(300);
    warnings.length = 0;
    await turn();
    assert.equal(requests() - before, 3);
    assert.deepEqual(
      warnings
        .map((line) => JSON.parse(line))
        .map(({ event, migrationId, waiting: which }) => [event, migrationId, which]),
      ["bad-1", "bad-2"].map((id) => ["EventsNotTaken", "sales-1", `${id} (com.sqlferry.backup.accepted)`]),
    );
  });

  test("of a topic that refuses events of one migration after another is left alone: the fault is the topic's", async () => {
    const { world, services, log, tell, requests } = aTopic(() => new EventsRefusedError("400"));
    await tell("a");
    for (const id of ["other-1", "other-2", "other-3"]) {
      world.migrations.set(id, { migration: aMigration(id), version: id, requests: {} });
      await decide(services, log, id, ({ migration }) => ({
        change: { migration, events: [anEvent(id, `of-${id}`, "2025-11-24T21:00:00.000Z")] },
        answer: undefined,
      }));
    }
    assert.equal(requests(), 2);
  });

  test("that is refused event by event is left alone as well: not every turn sends each of them again", async () => {
    const { tell, turn, requests } = aTopic(() => new EventsRefusedError("400"));
    await tell("a", "b", "c");
    assert.equal(requests(), 4);
    await turn();
    assert.equal(requests(), 4);
  });

  test("is published by one at a time: many who tell at once tell everything once", async () => {
    const { sent, tell, waiting } = aTopic(() => undefined);
    await tell("a");
    await Promise.all([1, 2, 3, 4].map((one) => tell(`at-once-${one}`)));
    assert.deepEqual([sent.length, new Set(sent).size, await waiting()], [5, 5, []]);
  });

  describe("that two processes publish", () => {
    /** Two processes, each with its own topic client, over one table. The first one's request waits for `answer`. */
    function twoProcesses() {
      const one = aTopic(() => undefined);
      const { promise: answer, resolve } = Promise.withResolvers<void>();
      const publisherOf = (before: Promise<void>): EventPublisher => ({
        publish: async (events) => {
          await before;
          one.sent.push(...events.map(({ id }) => id));
        },
      });
      const slow: Services = { ...one.services, publisher: publisherOf(answer) };
      const fast: Services = { ...one.services, publisher: publisherOf(Promise.resolve()) };
      const tell = (services: Services, id: string, second: number) =>
        decide(services, one.log, "sales-1", ({ migration }) => ({
          change: { migration, events: [anEvent("sales-1", id, `2025-11-24T21:00:0${second}.000Z`)] },
          answer: undefined,
        }));
      return { ...one, slow, fast, tell, answer: resolve };
    }

    test("goes out once and in order, also what is told while the other is at it", async () => {
      const { slow, fast, tell, answer, sent, waiting } = twoProcesses();
      const first = tell(slow, "1", 1);
      await new Promise((resolve) => setImmediate(resolve));
      await tell(fast, "2", 2);
      assert.deepEqual([sent, await waiting()], [[], ["1", "2"]]);
      answer();
      await first;
      assert.deepEqual([sent, await waiting()], [["1", "2"], []]);
    });

    test("is taken over a minute after one of them died at it, and then told once more rather than never", async () => {
      const { slow, fast, tell, answer, sent, waiting, pass, log } = twoProcesses();
      const died = tell(slow, "1", 1);
      await new Promise((resolve) => setImmediate(resolve));
      pass(60);
      await publishOutbox(fast, log, "sales-1");
      assert.deepEqual([sent, await waiting()], [[], ["1"]]);
      pass(1);
      await publishOutbox(fast, log, "sales-1");
      assert.deepEqual([sent, await waiting()], [["1"], []]);
      answer();
      await died;
      assert.deepEqual(await waiting(), []);
    });
  });

  test("of thousands goes out in one turn, though the topic takes two seconds for each of several requests", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const { world, services, log, warnings } = aTopic(() => undefined);
      const requests: number[] = [];
      const slow: Services = {
        ...services,
        publisher: {
          publish: async (events) => {
            await new Promise((resolve) => setTimeout(resolve, 2_000));
            requests.push(events.length);
          },
        },
      };
      const ids = Array.from({ length: 60 * 98 }, (_, index) => `e${index}`);
      for (let first = 0; first < ids.length; first += 98) {
        const { migration, version } = world.migrations.get("sales-1") ?? assert.fail();
        const events = ids.slice(first, first + 98).map((id) => anEvent("sales-1", id, "2025-11-24T21:00:00.000Z"));
        await services.migrations.commit({ migrationId: "sales-1", version, migration, events });
      }
      let isDone = false;
      const turn = publishOutbox(slow, log, "sales-1").then(() => {
        isDone = true;
      });
      for (let seconds = 0; !isDone && seconds < 60; seconds++) {
        for (let pass = 0; pass < 20; pass++) await new Promise((resolve) => setImmediate(resolve));
        mock.timers.tick(1_000);
      }
      await turn;
      assert.ok(requests.length >= 3, `${requests.length} requests`);
      assert.deepEqual([world.published.length, await services.migrations.outbox("sales-1")], [ids.length, []]);
      assert.deepEqual(warnings, []);
    } finally {
      mock.timers.reset();
    }
  });

  test("that was left empty is not asked for by turns that tell nothing; another process looks for itself", async () => {
    const { services, log, tell, turn } = aTopic(() => undefined);
    let reads = 0;
    const { outbox } = services.migrations;
    services.migrations.outbox = async (id) => {
      reads++;
      return outbox(id);
    };
    await tell("a");
    reads = 0;
    await turn();
    assert.equal(reads, 0);
    await decide({ ...services }, log, "sales-1", () => ({ answer: undefined }));
    assert.equal(reads, 1);
  });

  test("that cannot be read holds up no decision", async () => {
    const { services, log, warnings } = aTopic(() => undefined);
    const away: Services = {
      ...services,
      migrations: { ...services.migrations, outbox: () => Promise.reject(new Error("The table is away.")) },
    };
    await publishOutbox(away, log, "sales-1");
    assert.match(warnings.join(), /The outbox of sales-1 could not be read/);
  });

  test("sends nothing when nothing waits", async () => {
    const { services, log, warnings } = aTopic(() => new Error("503"));
    await publishOutbox(services, log, "sales-1");
    assert.deepEqual(warnings, []);
  });
});

describe("a cutover beside a topic that does not take its events", () => {
  const [base, first] = [full(100, 160), logBackup(150, 200)];

  /**
   * By the process's timers: seconds until DMS was asked, and until the step had ended, for one cutover after another;
   * and the events that the topic has received when it is in order again, an hour later.
   */
  async function cutoversBeside(
    publish: EventPublisher["publish"],
    cutovers: number,
  ): Promise<{ readonly times: readonly number[][]; readonly waiting: readonly string[]; readonly got: string[] }> {
    let seconds = 0;
    let asked = -1;
    let isWell = false;
    const got: string[] = [];
    const world = aWorld();
    const services: Services = {
      ...world.services,
      publisher: {
        publish: async (events, signal) => {
          if (!isWell) await publish(events, signal);
          got.push(...events.map(({ id }) => id));
        },
      },
      engine: {
        ...world.services.engine,
        cutOver: async () => {
          asked = seconds;
          return { ok: true };
        },
      },
    };
    const times: number[][] = [];
    for (let index = 0; index < cutovers; index++) {
      const run = { migrationId: `sales-${index}`, run: 1 };
      const progress = { started: true, restoredSetGuids: [], anchorSetGuid: setGuidOf(base) };
      const target = { sqlVmResourceId: VM, databaseName: "Sales" };
      const migration = aMigration(run.migrationId, { state: "restoring", target, operationId: "op", progress });
      world.migrations.set(run.migrationId, { migration, version: "1", requests: {} });
      world.records = [base, first];
      world.seen = shown({ details: { currentFile: "log_150_200.trn", lastRestoredFile: "log_150_200.trn" } });
      // It becomes ready. Its topic is another one.
      await lookAtRestore(world.services)({ ...run, watch: "watch" }, world.log);
      const ready = world.migrations.get(run.migrationId) ?? assert.fail();
      await world.services.migrations.commit({
        migrationId: run.migrationId,
        version: ready.version,
        migration: ready.migration,
        request: request(ready.migration.summary?.planVersion ?? ""),
        events: [anEvent(run.migrationId, `waits-${index}`, "2025-11-24T00:29:00.000Z")],
      });
      let hasEnded = false;
      const done = cutOver(services)(run, world.log).then((end) => {
        assert.deepEqual(end, { accepted: true });
        hasEnded = true;
      });
      const began = seconds;
      for (;;) {
        for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
        if (hasEnded || seconds - began > 120) break;
        mock.timers.tick(1_000);
        seconds++;
      }
      await done;
      world.queue = EMPTY_QUEUE; // the cutover has ended
      times.push([asked - began, seconds - began]);
    }
    const waiting: string[] = [];
    const ids = [...world.migrations.keys()];
    for (const id of ids) waiting.push(...(await services.migrations.outbox(id)).map((event) => event.id));
    isWell = true;
    world.now = new Date(world.now.getTime() + 3_600_000);
    for (const id of [...ids, ...ids]) await publishOutbox(services, world.log, id);
    for (const id of ids) assert.deepEqual(await services.migrations.outbox(id), []);
    return { times, waiting, got };
  }

  const request = (planVersion: string): CutoverRequest => ({
    kind: "cutover",
    requestId: "w",
    run: 1,
    by: "Dana",
    at: "2025-11-24T00:29:00.000Z",
    planVersion,
    lastBackupName: "log_150_200.trn",
    sourceClosed: true,
    force: false,
  });
  const after = (milliseconds: number, message: string) => () =>
    new Promise<void>((_, reject) => setTimeout(() => reject(new Error(message)), milliseconds));
  const MOODS: Readonly<Record<string, EventPublisher["publish"]>> = {
    "that hangs for half a minute": after(30_000, "504"),
    "that refuses at once": async () => Promise.reject(new Error("401")),
    "that is gone for an hour": after(2_000, "ECONNREFUSED"),
  };

  for (const [mood, publish] of Object.entries(MOODS))
    test(`${mood} asks DMS as soon as without it, is held up by three seconds at most, once, and every event goes out, in order`, async () => {
      mock.timers.enable({ apis: ["setTimeout"] });
      try {
        const without = await cutoversBeside(async () => {}, 3);
        const beside = await cutoversBeside(publish, 3);
        assert.deepEqual(without.times, [
          [0, 0],
          [0, 0],
          [0, 0],
        ]);
        const [[firstAsked, firstEnded] = [], ...others] = beside.times;
        assert.equal(firstAsked, 0);
        assert.ok((firstEnded ?? 99) <= 3, `${firstEnded} s`);
        assert.deepEqual(others, [
          [0, 0],
          [0, 0],
        ]);
        assert.equal(beside.waiting.length, 6, "what waited before, and that the cutover was asked for, of each");
        assert.deepEqual(beside.got, beside.waiting, "in order, each once");
        assert.deepEqual(new Set(beside.got), new Set(without.got));
      } finally {
        mock.timers.reset();
      }
    });
});
