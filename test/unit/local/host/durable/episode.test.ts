// Tests that the host numbers tasks as the SDK does: a wrong number hands a result to another task.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Command } from "../../../../../local/host/durable/commands.ts";
import { decideEpisode, type Episode, type Facts, NOTHING_YET } from "../../../../../local/host/durable/episode.ts";
import {
  type Action,
  type CallAction,
  eventRaised,
  executionStarted,
  flatten,
  type Message,
  type OrchestratorState,
  taskEnded,
  timerFired,
} from "../../../../../local/host/durable/history.ts";
import type { Rule } from "../../../../../local/host/strict.ts";

const NOW = Date.UTC(2026, 0, 1);
const call = (functionName: string, extra: Partial<CallAction> = {}): CallAction => ({
  actionType: 1,
  functionName,
  input: {},
  retryOptions: { firstRetryIntervalInMilliseconds: 2_000, maxNumberOfAttempts: 1 },
  ...extra,
});
const retried = (functionName: string, maxNumberOfAttempts: number, extra = {}): CallAction =>
  call(functionName, {
    actionType: 1,
    retryOptions: { firstRetryIntervalInMilliseconds: 2_000, maxNumberOfAttempts, ...extra },
  });
const child = (functionName: string, instanceId?: string, extra: Partial<CallAction> = {}): CallAction => ({
  actionType: 2,
  functionName,
  input: {},
  ...(instanceId ? { instanceId } : {}),
  ...extra,
});
const timer = (seconds: number, isCanceled = false): Action => ({
  actionType: 5,
  fireAt: new Date(NOW + seconds * 1_000),
  isCanceled,
});
const event = (externalEventName: string): Action => ({ actionType: 6, externalEventName });
const all = (...compoundActions: Action[]): Action => ({ actionType: 12, compoundActions });
const any = (...compoundActions: Action[]): Action => ({ actionType: 11, compoundActions });
const again = (input: unknown): Action => ({ actionType: 4, input });

const started = executionStarted("Story", "{}", undefined);
const completed = (task: number): Message => taskEnded("activity", task, { result: "{}" });
const failed = (task: number): Message => taskEnded("activity", task, { reason: "no", details: "no" });

function decide(
  message: Message,
  actions: readonly Action[],
  before?: Episode,
  more: Partial<OrchestratorState> = {},
  facts: Partial<Facts> = {},
): Episode {
  return decideEpisode({
    numbering: before?.numbering ?? NOTHING_YET,
    event: message,
    state: { isDone: false, actions: [actions], ...more },
    now: NOW,
    instanceId: "run",
    execution: "0123456789abcdef",
    known: { activities: new Set(["A", "B", "C"]), orchestrators: new Set(["Child"]) },
    historyLength: 0,
    ...facts,
  });
}
const brief = (command: Command): string =>
  `${command.kind} ${command.id}${"name" in command ? ` ${command.name}` : ""}`;
const did = ({ commands }: Episode): readonly string[] => commands.map(brief);

describe("numbers", () => {
  it("are taken by calls, children and timers, not by events and compounds, depth-first", () => {
    const actions = [all(call("A"), event("X"), any(timer(60), call("B"))), child("Child")];
    assert.deepEqual(did(decide(started, actions)), ["activity 0 A", "timer 1", "activity 2 B", "child 3 Child"]);
  });

  it("go on after those of earlier episodes", () => {
    const first = decide(started, [call("A")]);
    assert.deepEqual(did(decide(completed(0), [call("A"), call("B")], first)), ["activity 1 B"]);
  });

  it("go to the pause of a failed attempt before user code goes on", () => {
    const actions = [all(retried("A", 3), call("B"))];
    const one = decide(started, actions);
    assert.deepEqual(did(one), ["activity 0 A", "activity 1 B"]);
    const two = decide(failed(0), actions, one);
    assert.deepEqual(did(two), ["timer 2"]);
    const three = decide(timerFired(2, NOW), [...actions, call("C")], two);
    assert.deepEqual(did(three), ["activity 3 A", "activity 4 C"]);
  });

  it("go to a pause after the last attempt, too, and to nothing after that", () => {
    const actions = [retried("A", 1)];
    const one = decide(started, actions);
    const two = decide(failed(0), actions, one);
    assert.deepEqual(did(two), ["timer 1"]);
    const three = decide(timerFired(1, NOW), [...actions, call("B")], two);
    assert.deepEqual(did(three), ["activity 2 B"]);
  });

  it("go to the next leg of a long timer, and cancelling it cancels the leg that is open", () => {
    const days = (count: number) => timer(count * 86_400);
    const long = days(10);
    const one = decide(started, [long]);
    assert.deepEqual(one.commands, [{ kind: "timer", id: 0, fireAt: NOW + 3 * 86_400_000 }]);
    const later = { now: NOW + 3 * 86_400_000 };
    const two = decide(timerFired(0, later.now), [long], one, {}, later);
    assert.deepEqual(two.commands, [{ kind: "timer", id: 1, fireAt: NOW + 6 * 86_400_000 }]);
    const three = decide(eventRaised("X", "{}"), [{ ...long, isCanceled: true } as Action], two, {}, later);
    assert.deepEqual(did(three), ["cancelTimer 1"]);
  });

  it("are taken by a timer that is cancelled at once, which is never scheduled", () => {
    assert.deepEqual(did(decide(started, [timer(60, true), call("A")])), ["activity 1 A"]);
  });

  it("of a timer that is cancelled later stay its own", () => {
    const one = decide(started, [any(event("X"), timer(60))]);
    const two = decide(eventRaised("X", "{}"), [any(event("X"), timer(60, true)), call("A")], one);
    assert.deepEqual(did(two), ["cancelTimer 0", "activity 1 A"]);
  });
});

describe("retries wait", () => {
  const table = [
    { attempt: 1, options: { backoffCoefficient: 2 }, seconds: 2 },
    { attempt: 3, options: { backoffCoefficient: 2 }, seconds: 8 },
    { attempt: 3, options: {}, seconds: 2 },
    { attempt: 9, options: { backoffCoefficient: 2, maxRetryIntervalInMilliseconds: 60_000 }, seconds: 60 },
  ];
  for (const { attempt, options, seconds } of table)
    it(`${seconds} seconds after attempt ${attempt} with ${JSON.stringify(options)}`, () => {
      const actions = [retried("A", 99, options)];
      let episode = decide(started, actions);
      for (let failure = 1; ; failure++) {
        episode = decide(failed(2 * failure - 2), actions, episode);
        if (failure === attempt) break;
        episode = decide(timerFired(2 * failure - 1, NOW), actions, episode);
      }
      assert.deepEqual(episode.commands, [{ kind: "timer", id: 2 * attempt - 1, fireAt: NOW + seconds * 1_000 }]);
    });
});

describe("an execution ends", () => {
  it("completed, when nothing is open", () => {
    const one = decide(started, [call("A")]);
    const { outcome } = decide(completed(0), [call("A")], one, { isDone: true, output: { x: 1 } });
    assert.deepEqual(outcome, { kind: "completed", output: { x: 1 } });
  });

  it("not yet, when a timer is open; strict mode refuses that", () => {
    const { outcome, breaches } = decide(started, [any(timer(60), event("X"))], undefined, {
      isDone: true,
      output: {},
    });
    assert.deepEqual([outcome.kind, breaches.map(({ rule }) => rule)], ["running", ["nothing-open"]]);
  });

  it("although an event was never raised", () => {
    assert.equal(decide(started, [event("X")], undefined, { isDone: true, output: {} }).outcome.kind, "completed");
  });

  it("failed, and schedules nothing", () => {
    const { outcome, commands } = decide(started, [call("A")], undefined, { error: "no" });
    assert.deepEqual([outcome, commands], [{ kind: "failed", reason: "no" }, []]);
  });

  it("to begin anew with the input of continueAsNew", () => {
    const { outcome } = decide(started, [again({ n: 2 })], undefined, { isDone: true });
    assert.deepEqual(outcome, { kind: "continuedAsNew", input: { n: 2 } });
  });
});

describe("children", () => {
  it("have the id that they are given, else one of parent, execution and number", () => {
    const ids = decide(started, [child("Child", "mine"), child("Child")]).commands.map(
      (command) => "instanceId" in command && command.instanceId,
    );
    assert.deepEqual(ids, ["mine", "run:01234567:1"]);
  });
});

describe("rules that are broken are named", () => {
  const rules = ({ breaches }: Episode): readonly string[] => breaches.map(({ rule }) => rule);
  const shared = call("A");
  const wait = event("X");
  const large = { text: "x".repeat(45_000) };
  const table: readonly { what: string; actions: readonly Action[]; rule: Rule; more?: Partial<OrchestratorState> }[] =
    [
      {
        what: "a task in two compounds",
        actions: [all(shared, call("B")), all(shared, call("C"))],
        rule: "task-reuse",
      },
      {
        what: "a task that is yielded, then put into a compound",
        actions: [shared, all(shared, call("B"))],
        rule: "task-reuse",
      },
      { what: "a waiter in two races", actions: [any(wait, timer(60)), any(wait, timer(60))], rule: "task-reuse" },
      { what: "text as input", actions: [call("A", { input: '"text"' })], rule: "objects-only" },
      { what: "text as a child's input", actions: [child("Child", "id", { input: "text" })], rule: "objects-only" },
      { what: "a number to begin anew with", actions: [again(7)], rule: "objects-only", more: { isDone: true } },
      { what: "text as output", actions: [], rule: "objects-only", more: { isDone: true, output: "text" } },
      { what: "45 kB as input", actions: [call("A", { input: large })], rule: "small-payloads" },
      { what: "45 kB as output", actions: [], rule: "small-payloads", more: { isDone: true, output: large } },
      { what: "45 kB to begin anew with", actions: [again(large)], rule: "small-payloads", more: { isDone: true } },
      { what: "text as status", actions: [], rule: "custom-status", more: { customStatus: "waiting" } },
      {
        what: "a status of 17 kB",
        actions: [],
        rule: "custom-status",
        more: { customStatus: { text: "x".repeat(17_000) } },
      },
      { what: "an unknown activity", actions: [call("Z")], rule: "known-names" },
      { what: "an unknown child", actions: [child("Z")], rule: "known-names" },
      { what: "a child's id with a slash", actions: [child("Child", "a/b")], rule: "safe-ids" },
      {
        what: "an activity without retry",
        actions: [{ actionType: 0, functionName: "A", input: {} }],
        rule: "with-retry",
      },
      {
        what: "an activity that is tried again after 1.5 seconds",
        actions: [retried("A", 2, { firstRetryIntervalInMilliseconds: 1_500 })],
        rule: "with-retry",
      },
      {
        what: "an activity that is tried again after 2.5 seconds",
        actions: [retried("A", 2, { firstRetryIntervalInMilliseconds: 2_500 })],
        rule: "with-retry",
      },
      {
        what: "a child that is tried again after 999 ms",
        actions: [
          child("Child", "id", {
            actionType: 3,
            retryOptions: { firstRetryIntervalInMilliseconds: 999, maxNumberOfAttempts: 2 },
          }),
        ],
        rule: "whole-seconds",
      },
      { what: "a timer of 999 ms", actions: [timer(0.999)], rule: "whole-seconds" },
      { what: "a timer of seven days", actions: [timer(7 * 86_400)], rule: "short-timers" },
      { what: "a race of a call and a timer", actions: [any(call("A"), timer(60))], rule: "event-or-timer" },
      {
        what: "a race of two events and a timer",
        actions: [any(event("X"), event("Y"), timer(60))],
        rule: "event-or-timer",
      },
      { what: "501 tasks at once", actions: [all(...Array.from({ length: 501 }, () => call("A")))], rule: "fan-out" },
      { what: "two waiters of one name", actions: [all(event("X"), event("X"))], rule: "one-waiter" },
      { what: "an event's name with a blank", actions: [event("my event")], rule: "event-names" },
      { what: "a timer that is open at the end", actions: [timer(60)], rule: "nothing-open", more: { isDone: true } },
      {
        what: "a call that is open when it begins anew",
        actions: [call("A"), again({})],
        rule: "nothing-open",
        more: { isDone: true },
      },
    ];
  for (const { what, actions, rule, more } of table)
    it(`${what}: ${rule}`, () => assert.deepEqual(rules(decide(started, actions, undefined, more)), [rule]));

  it("a compound of tasks that have all ended: finished-tasks", () => {
    const [one, two] = [call("A"), call("B")];
    const first = decide(started, [one]);
    const second = decide(completed(0), [one, two], first);
    const third = decide(completed(1), [one, two, all(one, two)], second);
    assert.deepEqual([first, second, third].map(rules), [[], [], ["finished-tasks"]]);
  });

  it("a compound of an event that has come: finished-tasks", () => {
    const first = decide(started, [wait]);
    assert.deepEqual(rules(decide(eventRaised("X", "{}"), [wait, all(wait)], first)), ["finished-tasks"]);
  });

  it("a waiter that lost its race is still there when the next one comes: one-waiter", () => {
    const [lost, timeout] = [event("X"), timer(60)];
    const first = decide(started, [any(lost, timeout)]);
    const second = decide(timerFired(0, NOW), [any(lost, timeout), any(event("X"), timer(60))], first);
    assert.deepEqual([rules(first), rules(second)], [[], ["one-waiter"]]);
  });

  it("waiters of one name after one another are allowed, also for events that came early", () => {
    const waits = [event("X"), event("X"), event("X")];
    let episode = decide(started, waits.slice(0, 1));
    episode = decide(eventRaised("X", "{}"), waits.slice(0, 2), episode);
    episode = decide(eventRaised("X", "{}"), waits.slice(0, 3), episode);
    assert.deepEqual(rules(episode), []);
    const early = decide(eventRaised("X", "{}"), [call("A")], decide(started, [call("A")]));
    assert.deepEqual(rules(decide(completed(0), [call("A"), waits[0] as Action, waits[1] as Action], early)), []);
  });

  it("an execution of five thousand events: short-history", () => {
    assert.deepEqual(rules(decide(started, [], undefined, {}, { historyLength: 4_999 })), []);
    assert.deepEqual(rules(decide(started, [], undefined, {}, { historyLength: 5_000 })), ["short-history"]);
  });

  it("what the activity has broken is told in its orchestrator's episode", () => {
    const breaches = [{ rule: "objects-only", detail: "the output of A is a string" }] as const;
    const end = taskEnded("activity", 0, { result: '"text"', breaches });
    assert.deepEqual(rules(decide(end, [call("A")], decide(started, [call("A")]))), ["objects-only"]);
  });

  it("one second, six days, two seconds of retry, an event and a timer, and no input at all are allowed", () => {
    const race = any(event("X"), timer(60));
    const actions = [timer(1), timer(6 * 86_400), call("A", { input: undefined }), race, child("Child", "a-b.c_1")];
    assert.deepEqual(rules(decide(started, actions)), []);
  });
});

describe("a replay that asks for something else than an earlier one fails the instance", () => {
  const first = decide(started, [call("A"), call("B")]);
  const table = {
    "another activity": {
      actions: [call("A"), call("C")],
      says: "task 2 was activity B in an earlier replay and is activity C now",
    },
    "another kind": {
      actions: [timer(60), call("B")],
      says: "task 1 was activity A in an earlier replay and is timer now",
    },
    nothing: { actions: [call("A")], says: "task 2 was activity B in an earlier replay and is missing now" },
  };
  for (const [what, { actions, says }] of Object.entries(table))
    it(what, () => {
      const { outcome } = decide(completed(0), actions, first);
      assert.deepEqual(outcome, { kind: "failed", reason: `Non-Deterministic workflow detected: ${says}.` });
    });
});

describe("what is not supported fails the instance by name", () => {
  const table = {
    "An entity": { actionType: 7 },
    callHttp: { actionType: 8 },
    "An entity lock": { actionType: 13 },
    retryTimeout: retried("A", 2, { retryTimeoutInMilliseconds: 1 }),
  } as const;
  for (const [what, action] of Object.entries(table))
    it(what, () => {
      const { outcome } = decide(started, [action as Action]);
      assert.deepEqual(outcome, { kind: "failed", reason: `${what} is not supported by the local host.` });
    });
});

it("flattening keeps each object once, in the order of the first meeting, and tells what is met again", () => {
  const [one, two, three] = [call("A"), call("B"), event("X")];
  const { list, compounds } = flatten([all(one, any(two, three)), all(one, two)]);
  assert.deepEqual(list, [one, two, three]);
  assert.deepEqual(
    compounds.map(({ kind, leaves, reused }) => [kind, leaves.length, reused.length]),
    [
      ["any", 2, 0],
      ["all", 3, 0],
      ["all", 2, 2],
    ],
  );
});
