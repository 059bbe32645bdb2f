// Tests what strict mode refuses, and what is only a warning without it. Every rule is broken once here or in the tests
// named in ELSEWHERE.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openDatabase } from "../../local/host/database.ts";
import { eventRaised } from "../../local/host/durable/history.ts";
import { ALL_RULES, type Rule } from "../../local/host/strict.ts";
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

/** Orchestrators of the app "careless", and the rule that each breaks. */
const ORCHESTRATIONS = {
  ReusesTask: "task-reuse",
  JoinsFinished: "finished-tasks",
  RacesCalls: "event-or-timer",
  FansOutWide: "fan-out",
  PassesText: "objects-only",
  GetsText: "objects-only",
  ContinuesWithText: "objects-only",
  ChildOfText: "objects-only",
  ParentOfText: "objects-only",
  EndsWithText: "objects-only",
  PassesMuch: "small-payloads",
  GetsMuch: "small-payloads",
  ShowsText: "custom-status",
  CallsUnknownActivity: "known-names",
  CallsUnknownChild: "known-names",
  ThrowsNoError: "throw-errors",
  ActivityThrowsNoError: "throw-errors",
  CallsOnce: "with-retry",
  ShortRetry: "with-retry",
  ShortTimer: "whole-seconds",
  LongTimer: "short-timers",
  WaitsTwice: "one-waiter",
  WaitsForOddName: "event-names",
  LeavesTimer: "nothing-open",
  LeavesCall: "nothing-open",
  NamesChildOddly: "safe-ids",
  CallsChildTwice: "fresh-ids",
  CallsChildAgainAsNew: "fresh-ids",
  Logs: "no-logging",
  RollsDice: "deterministic",
  ReadsClock: "deterministic",
  ShowsClock: "deterministic",
} as const satisfies Record<string, Rule>;

const AN_HOUR = 3_600_000;

describe("in strict mode an orchestration fails by the rule's name", { concurrency: true }, () => {
  for (const [name, rule] of Object.entries(ORCHESTRATIONS))
    it(`${name}: ${rule}`, async () => {
      const client = orchestrationClient(strict.port);
      await client.start(name, name, name === "LeavesTimer" ? { ms: AN_HOUR } : {});
      if (name === "LeavesTimer") await client.raise(name, "Go", {});
      const end = await client.end(name);
      assert.equal(end.runtimeStatus, "Failed");
      assert.match(String(end.output), new RegExp(`strict mode, rule "${rule}": in \\w+ \\(.+\\) `));
    });

  it("CallsLivingChild: fresh-ids, and the living child is left alone", async () => {
    const client = orchestrationClient(strict.port);
    await client.start("Forever", "living", {});
    await client.start("CallsLivingChild", "replaces", {});
    assert.match(String((await client.end("replaces")).output), /rule "fresh-ids"/);
    assert.equal((await client.status("living")).name, "Forever");
  });

  it("GrowsForEver: short-history, after five thousand events", async (test) => {
    const data = join(dir, "grown");
    const flags = ["--data", data, "--app", appDir("careless")];
    const [port = 0] = await freePorts(1);
    const before = spawnHost(port, flags);
    test.after(() => before.kill("SIGTERM"));
    await untilRunning(before);
    const client = orchestrationClient(port);
    await client.start("GrowsForEver", "grows", {});
    await until("the start", async () => (await client.status("grows")).runtimeStatus === "Running");
    await before.kill("SIGTERM");
    const db = openDatabase(data);
    const event = JSON.stringify({ ...eventRaised("More", "{}"), Timestamp: new Date().toISOString() });
    db.transaction(() => {
      for (let n = 0; n < 5_000; n++) db.run("INSERT INTO history (instance, event) VALUES ('grows', ?)", event);
    });
    db.close();
    const later = spawnHost(port, flags);
    test.after(() => later.kill("SIGTERM"));
    await untilRunning(later);
    await client.raise("grows", "More", {});
    assert.match(String((await client.end("grows")).output), /rule "short-history": in GrowsForEver/);
  });

  for (const [name, what] of [
    ["UsesEntity", "An entity"],
    ["SignalsEntity", "An entity"],
    ["UsesHttp", "callHttp"],
    ["RetriesTooLong", "retryTimeout"],
    ["NamesVersion", "A version of a sub-orchestration of its own"],
  ] as const)
    it(`${name} is not supported, and says so`, async () => {
      const client = orchestrationClient(strict.port);
      await client.start(name, name, {});
      assert.match(String((await client.end(name)).output), new RegExp(`${what} is not supported by the local host`));
    });

  it("LocksEntity fails: the SDK is told of a schema without locks", async () => {
    const client = orchestrationClient(strict.port);
    await client.start("LocksEntity", "locks", {});
    assert.match(String((await client.end("locks")).output), /lock requires a Durable Functions extension/);
  });
});

const CLIENT: Readonly<Record<string, { readonly rule: Rule; readonly path: string; readonly body?: string }>> = {
  "a start without an id": { rule: "given-ids", path: "orchestrators/Forever" },
  "a start with a blank in its id": { rule: "safe-ids", path: "orchestrators/Forever/a%20b" },
  "a start of what has completed": { rule: "fresh-ids", path: "orchestrators/Forever/ended" },
  "a start with text": { rule: "objects-only", path: "orchestrators/Forever/text", body: '"text"' },
  "an event with a number": { rule: "objects-only", path: "instances/alive/raiseEvent/Go", body: "7" },
  "an event with null": { rule: "objects-only", path: "instances/alive/raiseEvent/Go", body: "null" },
  "an event of 45 kB": {
    rule: "small-payloads",
    path: "instances/alive/raiseEvent/Go",
    body: JSON.stringify({ text: "x".repeat(45_000) }),
  },
  "an event's odd name": { rule: "event-names", path: "instances/alive/raiseEvent/my-event" },
  "a terminate": { rule: "no-terminate", path: "instances/alive/terminate?reason=x" },
};

describe("in strict mode the app's durable client is refused by the rule's name", () => {
  before(async () => {
    const client = orchestrationClient(strict.port);
    await client.start("Forever", "alive", {});
    await client.start("Echoes", "ended", {});
    await client.end("ended");
  });
  for (const [what, { rule, path, body = "{}" }] of Object.entries(CLIENT))
    it(`${what}: ${rule}`, async () => {
      const answer = await fetch(`http://127.0.0.1:${strict.port}/durabletask/${path}`, { method: "POST", body });
      assert.equal(answer.status, 400);
      const { Message } = (await answer.json()) as { Message: string };
      assert.match(Message, new RegExp(`strict mode, rule "${rule}"`));
      assert.equal((await orchestrationClient(strict.port).status("alive")).runtimeStatus, "Running");
    });

  it("an event without data is refused in either mode, as on the official host", async () => {
    await orchestrationClient(lenient.port).start("Forever", "alive", {});
    for (const { port } of [strict, lenient]) assert.equal(await orchestrationClient(port).raise("alive", "Go"), 400);
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

  for (const name of ["ThrowsNoError", "ActivityThrowsNoError"])
    it(`${name} stays running`, async () => {
      await client().start(name, name, {});
      await warned('rule "throw-errors"');
      assert.equal((await client().status(name)).runtimeStatus, "Running");
    });

  it("a compound of finished tasks never completes", async () => {
    await client().start("JoinsFinished", "joins", {});
    await warned('rule "finished-tasks"');
    assert.equal((await client().status("joins")).runtimeStatus, "Running");
  });

  it("an instance stays running until its last timer has fired", async () => {
    for (const [id, ms] of [
      ["leaves-soon", 5_000],
      ["leaves-late", AN_HOUR],
    ] as const) {
      await client().start("LeavesTimer", id, { ms });
      await client().raise(id, "Go", {});
      await warned(`rule "nothing-open": in LeavesTimer (${id})`);
    }
    assert.equal((await client().end("leaves-soon")).runtimeStatus, "Completed");
    assert.equal((await client().status("leaves-late")).runtimeStatus, "Running");
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

  it("an orchestrator that changes its mind fails all the same, as on the official host", async () => {
    await client().start("ChangesItsMind", "mind", {});
    const { output } = await client().end("mind");
    assert.match(String(output), /Non-Deterministic workflow detected: task 1 was activity Echo/);
  });
});

/** Values of BREAK for the app "careless", and the message that each has to give. */
const APPS = {
  "one-route": /rule "one-route": Item \("api\/items\/\{id\}"\) and ItemsNew \("api\/items\/new"\)/,
  "blob-expression": /rule "blob-expression": OnBlob has the binding copy/,
  entity: /Not supported by the local host: Counter: the trigger or input "entityTrigger"/,
  output: /Not supported by the local host: Tick: the output "queue"/,
  retry: /Not supported by the local host: Tick: a retry policy of the function/,
  scanning: /OnBlob: a blob trigger without source "EventGrid" is not supported by the local host/,
  setting: /Tick needs the setting NO_SUCH_SETTING/,
  throw: /Loading .*app\.mjs failed.*thrown while loading/,
  stream: /HTTP streaming .* is not supported by the local host/,
};

describe("an app is refused before anything runs", { concurrency: true }, () => {
  for (const [what, message] of Object.entries(APPS))
    it(what, async () => {
      const env = { BREAK: what, Storage: "UseDevelopmentStorage=true" };
      const host = spawnHost(0, ["--data", `${dir}/${what}`, "--app", appDir("careless")], env);
      assert.equal(await host.exited, 1);
      assert.match(host.output(), message);
    });
});

/** Rules that triggers.test.ts, and the unit tests of routes.ts and supported.ts, break. */
const ELSEWHERE: readonly Rule[] = [
  "plain-blob",
  "reserved-routes",
  "default-version",
  "short-polling",
  "short-leases",
];

it("every rule is broken here or elsewhere", () => {
  const broken = new Set<string>([
    ...Object.values(ORCHESTRATIONS),
    ...Object.values(CLIENT).map(({ rule }) => rule),
    ...Object.keys(APPS),
    ...ELSEWHERE,
    "short-history",
  ]);
  assert.deepEqual(
    ALL_RULES.filter((rule) => !broken.has(rule)),
    [],
  );
});
