// Tests that an orchestration ends as it must under each fault. Time is virtual, so that minutes cost nothing.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, it, type TestContext } from "node:test";
import { virtualClock } from "../../local/host/clock.ts";
import { type CrashPoint, parseFaults } from "../../local/host/faults.ts";
import { type Lives, liveThrough } from "./support/lives.ts";
import { appDir, notesIn, removeDir, temporaryDir } from "./support/processes.ts";

const root = temporaryDir();
after(() => removeDir(root));
const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const SECOND = 1_000;

interface Story {
  readonly lives: Lives;
  readonly seconds: () => number;
  /** How often the activity Work has run. */
  readonly works: () => number;
  readonly said: string[];
}

/** Runs the first life with these faults, later lives with others or none. */
async function story(test: TestContext, name: string, faults: string, later?: string): Promise<Story> {
  const notes = join(root, `${name}.notes`);
  process.env["NOTES"] = notes;
  process.env["FACTS"] = root;
  const clock = virtualClock(START);
  const said: string[] = [];
  const lives = await liveThrough({
    appDir: appDir("orchestrations"),
    dataDir: join(root, name),
    clock,
    faultsOf: (life) => (life === 1 ? parseFaults(faults) : later === undefined ? undefined : parseFaults(later)),
    strict: true,
    log: (level, category, text) => said.push(`${level} ${category}: ${text}`),
  });
  test.after(() => lives.stop());
  return {
    lives,
    said,
    seconds: () => (clock.now() - START) / SECOND,
    works: () => notesIn(notes).filter(({ what }) => what === "work").length,
  };
}

const ended = ({ lives }: Story, id: string) =>
  lives.until(`${id} has ended`, async () => (await lives.client().statusCode(id)) === 200, 24 * HOUR);
const steps = { done: [0, 1, 2] };

describe("after a crash", () => {
  const table: readonly { readonly point: CrashPoint; readonly works: number }[] = [
    { point: "crashMessageTaken", works: 3 },
    { point: "crashEpisodeDecided", works: 3 },
    { point: "crashEpisodeCommitted", works: 3 },
    { point: "crashActivityEnded", works: 4 },
    { point: "crashResultCommitted", works: 3 },
    { point: "crashStartCommitted", works: 3 },
  ];
  for (const { point, works } of table)
    it(`${point}: the orchestration goes on, and activities have run ${works} times for 3 results`, async (test) => {
      const here = await story(test, point, `1:none,${point}=1`);
      await here.lives.client().start("Steps", "steps", { steps: 3 });
      await ended(here, "steps");
      assert.deepEqual((await here.lives.client().status("steps")).output, steps);
      assert.deepEqual([here.lives.count(), here.works()], [2, works]);
    });

  it("crashEventCommitted: the event is not lost, though who raised it was not answered", async (test) => {
    const here = await story(test, "event", "1:none,crashEventCommitted=1");
    await here.lives.client().start("EventOrTimeout", "waits", { ms: HOUR });
    await here.lives.until(
      "it waits",
      async () => (await here.lives.client().status("waits")).customStatus !== null,
      0,
    );
    assert.equal(await here.lives.client().raise("waits", "Approve", { by: "me" }), 500);
    await ended(here, "waits");
    assert.deepEqual((await here.lives.client().status("waits")).output, {
      event: { by: "me" },
      after: { next: true },
    });
    assert.ok(here.seconds() < 60, "no timer was needed");
  });

  it("recoveryLate: what was in flight comes back after the visibility timeout", async (test) => {
    const here = await story(test, "recovery", "1:none,crashActivityEnded=1", "1:none,recoveryLate=1");
    await here.lives.client().start("Steps", "steps", { steps: 3 });
    await ended(here, "steps");
    assert.equal(here.seconds(), 60);
  });
});

describe("an orchestration comes to its right end although", () => {
  it("activityTwice: each activity runs twice", async (test) => {
    const here = await story(test, "twice", "1:none,activityTwice=1");
    await here.lives.client().start("Steps", "steps", { steps: 3 });
    await ended(here, "steps");
    assert.deepEqual((await here.lives.client().status("steps")).output, steps);
    assert.equal(here.works(), 6);
  });

  for (const { fault, reason, least } of [
    {
      fault: "activityHangs",
      reason: /Timeout value of 1800000 ms exceeded by function: Functions.Work/,
      least: 1_800,
    },
    { fault: "workerDies", reason: /Activity function 'Work' failed: {2}The worker process has ended/, least: 2 },
  ])
    it(`${fault}: activities come back as failed and are tried again`, async (test) => {
      const here = await story(test, fault, `3:none,${fault}=0.3`);
      await here.lives.client().start("Steps", "steps", { steps: 12 });
      await ended(here, "steps");
      const { output, historyEvents = [] } = await here.lives.client().status("steps");
      assert.deepEqual(output, { done: Array.from({ length: 12 }, (_, n) => n) });
      assert.ok(
        historyEvents.some(({ EventType, Reason }) => EventType === "TaskFailed" && reason.test(String(Reason))),
      );
      assert.ok(here.seconds() >= least && here.works() > 12, `${here.seconds()} s, ${here.works()} runs`);
    });

  it("turnDies: the orchestration has failed for good, a child is tried again by its parent, and the id may be started anew", async (test) => {
    const here = await story(test, "turn", "1:none,turnDies=0.6");
    for (let start = 1, failed = true; failed; start++) {
      assert.equal(await here.lives.client().start("RetriesChild", "turn", { steps: 3 }), 202, `start ${start}`);
      await ended(here, "turn");
      const { runtimeStatus, output } = await here.lives.client().status("turn");
      failed = runtimeStatus === "Failed";
      if (failed) assert.match(String(output), /Non-Deterministic workflow detected: The worker process has ended/);
      else assert.deepEqual(output, steps);
    }
    assert.ok(
      here.said.some((line) => line.includes("turnDies: turn-child")),
      "the child died, too",
    );
    assert.ok(
      here.said.some((line) => line.includes("turnDies: turn ")),
      "and so did the parent",
    );
  });

  it("a worker that dies takes every activity with it that runs", async (test) => {
    const here = await story(test, "takes", "5:none,workerDies=0.1");
    await here.lives.client().start("FansOut", "fan", { width: 20, ms: 1 });
    await ended(here, "fan");
    const { output, historyEvents = [] } = await here.lives.client().status("fan");
    assert.deepEqual(output, { sum: 190, inOrder: true });
    const deaths = here.said.filter((line) => line.includes("workerDies")).length;
    const failures = historyEvents.filter(({ EventType }) => EventType === "TaskFailed").length;
    assert.ok(deaths > 0 && failures > deaths, `${failures} failures by ${deaths} deaths`);
  });

  it("messageLate: results, events and activities wait up to five seconds", async (test) => {
    const here = await story(test, "late", "1:none,messageLate=1");
    await here.lives.client().start("Steps", "steps", { steps: 3 });
    await ended(here, "steps");
    assert.deepEqual((await here.lives.client().status("steps")).output, steps);
    assert.ok(here.seconds() > 1 && here.seconds() <= 30, `${here.seconds()}`);
  });

  for (const { fault, from, to } of [
    { fault: "timerEarly", from: 0, to: 999 },
    { fault: "timerLate", from: 1_001, to: 6_000 },
  ])
    it(`${fault}: a timer of a second comes after ${from} to ${to} milliseconds`, async (test) => {
      const here = await story(test, fault, `1:none,${fault}=1`);
      await here.lives.client().start("Waits", "waits");
      await ended(here, "waits");
      const { waited } = (await here.lives.client().status("waits")).output as { waited: number };
      assert.ok(waited >= from && waited <= to, `${waited}`);
    });

  it("says in its log how to see the same again, and what it did", async (test) => {
    const here = await story(test, "says", "42:none,activityTwice=1");
    await here.lives.client().start("Steps", "steps", { steps: 1 });
    await ended(here, "steps");
    const [plan = ""] = here.said;
    assert.match(plan, /^warning faults: Fault mode, life 1 of the data. The same again: --faults 42:/);
    assert.deepEqual(parseFaults(plan.split("--faults ")[1] ?? ""), parseFaults("42:none,activityTwice=1"));
    assert.ok(here.said.includes("information faults: activityTwice: Work steps:0"));
  });
});
