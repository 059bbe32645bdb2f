// What does strict mode refuse, and what is only warned of without it?
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type OrchestrationClient, orchestrationClient } from "./support/orchestrations.ts";
import {
  appDir,
  freePorts,
  type HostProcess,
  removeDir,
  spawnHost,
  temporaryDir,
  until,
  untilRunning,
} from "./support/processes.ts";

const dir = temporaryDir();
let strict: HostProcess;
let lenient: HostProcess;

before(async () => {
  const [first = 0, second = 0] = await freePorts(2);
  strict = spawnHost(first, ["--data", `${dir}/strict`, "--app", appDir("careless")]);
  lenient = spawnHost(second, ["--data", `${dir}/lenient`, "--app", appDir("careless"), "--no-strict"]);
  await Promise.all([untilRunning(strict), untilRunning(lenient)]);
});
after(async () => {
  await Promise.all([strict?.kill("SIGTERM"), lenient?.kill("SIGTERM")]);
  removeDir(dir);
});

describe("in strict mode an orchestration fails by the rule's name", { concurrency: true }, () => {
  const table = {
    ReusesTask: "task-reuse",
    PassesText: "objects-only",
    GetsText: "objects-only",
    ContinuesWithText: "objects-only",
    ChildOfText: "objects-only",
    ParentOfText: "objects-only",
    CallsUnknownActivity: "known-names",
    CallsUnknownChild: "known-names",
    ThrowsNoError: "throw-errors",
    ActivityThrowsNoError: "throw-errors",
    ShortTimer: "whole-seconds",
    ShortRetry: "whole-seconds",
    LongTimer: "short-timers",
    LeavesTimer: "nothing-open",
  };
  for (const [name, rule] of Object.entries(table))
    it(`${name}: ${rule}`, async () => {
      const client = orchestrationClient(strict.port);
      await client.start(name, name, {});
      const end = await client.end(name);
      assert.equal(end.runtimeStatus, "Failed");
      assert.match(String(end.output), new RegExp(`strict mode, rule "${rule}"`));
    });

  it("CallsLivingChild: child-ids, and the living child is left alone", async () => {
    const client = orchestrationClient(strict.port);
    await client.start("Forever", "living", {});
    await client.start("CallsLivingChild", "replaces", {});
    assert.match(String((await client.end("replaces")).output), /rule "child-ids"/);
    assert.equal((await client.status("living")).name, "Forever");
  });

  for (const [name, what] of [
    ["UsesEntity", "An entity"],
    ["UsesHttp", "callHttp"],
  ] as const)
    it(`${name} is not supported, and says so`, async () => {
      const client = orchestrationClient(strict.port);
      await client.start(name, name, {});
      assert.match(String((await client.end(name)).output), new RegExp(`${what} is not supported by the local host`));
    });
});

describe("without strict mode the same is done as on the official host, with a warning", { concurrency: true }, () => {
  const client = (): OrchestrationClient => orchestrationClient(lenient.port);
  const warned = (text: string) => until(`a warning: ${text}`, async () => lenient.output().includes(text));

  it("a short timer fires", async () => {
    await client().start("ShortTimer", "ShortTimer", {});
    assert.equal((await client().end("ShortTimer")).runtimeStatus, "Completed");
    await warned('rule "whole-seconds"');
  });

  it("an unknown activity leaves the instance running", async () => {
    await client().start("CallsUnknownActivity", "unknown", {});
    await warned('there is no activity "Unheard"');
    assert.equal((await client().status("unknown")).runtimeStatus, "Running");
  });

  it("an orchestrator that throws no Error stays running", async () => {
    await client().start("ThrowsNoError", "no-error", {});
    await warned('rule "throw-errors": the orchestrator ThrowsNoError');
    assert.equal((await client().status("no-error")).runtimeStatus, "Running");
  });

  it("an instance stays running until its last timer has fired", async () => {
    await client().start("LeavesTimer", "leaves", {});
    await warned('rule "nothing-open"');
    assert.equal((await client().status("leaves")).runtimeStatus, "Running");
    assert.equal((await client().end("leaves")).runtimeStatus, "Completed");
  });

  it("a living child is silently replaced and answers its new parent", async () => {
    await client().start("Forever", "living", {});
    await client().start("CallsLivingChild", "replaces", {});
    assert.deepEqual((await client().end("replaces")).output, {});
    assert.equal((await client().status("living")).name, "Echoes");
  });

  it("a long timer is cut into legs of three days", async () => {
    await client().start("LongTimer", "long", {});
    const { historyEvents = [] } = await until("the timer", async () => {
      const status = await client().status("long");
      return status.historyEvents?.some(({ EventType }) => EventType === "TimerCreated") && status;
    });
    const leg = historyEvents.find(({ EventType }) => EventType === "TimerCreated");
    const days = (Date.parse(String(leg?.["FireAt"])) - Date.parse(String(leg?.["Timestamp"]))) / 86_400_000;
    assert.ok(Math.abs(days - 3) < 0.001, `${days}`);
  });

  it("text arrives encoded twice", async () => {
    await client().start("PassesText", "text", {});
    assert.equal((await client().end("text")).output, '"text"');
  });
});

describe("an app is refused before anything runs", { concurrency: true }, () => {
  const table = {
    "one-route": /rule "one-route": Item \("api\/items\/\{id\}"\) and ItemsNew \("api\/items\/new"\)/,
    "blob-expression": /rule "blob-expression": OnBlob has the binding copy/,
    entity: /Not supported by the local host: Counter: the trigger or input "entityTrigger"/,
    output: /Not supported by the local host: Tick: the output "queue"/,
    setting: /Tick needs the setting NO_SUCH_SETTING/,
    throw: /Loading .*app\.mjs failed.*thrown while loading/,
    stream: /HTTP streaming .* is not supported by the local host/,
  };
  for (const [what, message] of Object.entries(table))
    it(what, async () => {
      const host = spawnHost(0, ["--data", `${dir}/${what}`, "--app", appDir("careless")], { BREAK: what });
      assert.equal(await host.exited, 1);
      assert.match(host.output(), message);
    });
});
