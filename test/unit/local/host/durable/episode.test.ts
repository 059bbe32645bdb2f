// The numbers must be those that the SDK gives its tasks: a wrong one hands a result to another task.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Command,
  decideEpisode,
  type Episode,
  type Facts,
  NOTHING_YET,
} from "../../../../../local/host/durable/episode.ts";
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

const NOW = Date.UTC(2026, 0, 1);
const call = (functionName: string, extra: Partial<CallAction> = {}): CallAction => ({
  actionType: 0,
  functionName,
  input: {},
  ...extra,
});
const retried = (functionName: string, maxNumberOfAttempts: number, extra = {}): CallAction =>
  call(functionName, {
    actionType: 1,
    retryOptions: { firstRetryIntervalInMilliseconds: 2_000, maxNumberOfAttempts, ...extra },
  });
const child = (functionName: string, instanceId?: string): CallAction =>
  call(functionName, { actionType: 2, ...(instanceId ? { instanceId } : {}) });
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
    isChild: false,
    activities: new Set(["A", "B", "C"]),
    orchestrators: new Set(["Child"]),
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
  const shared = call("A");
  const table = [
    { what: "a task in two compounds", actions: [any(shared, call("B")), any(shared)], rule: "task-reuse" },
    { what: "text as input", actions: [call("A", { input: '"text"' })], rule: "objects-only" },
    { what: "an unknown activity", actions: [call("Z")], rule: "known-names" },
    { what: "an unknown child", actions: [child("Z")], rule: "known-names" },
    { what: "a timer of 999 ms", actions: [timer(0.999)], rule: "whole-seconds" },
    {
      what: "a retry after 999 ms",
      actions: [retried("A", 2, { firstRetryIntervalInMilliseconds: 999 })],
      rule: "whole-seconds",
    },
    { what: "a timer of seven days", actions: [timer(7 * 86_400)], rule: "short-timers" },
  ] as const;
  for (const { what, actions, rule } of table)
    it(`${what}: ${rule}`, () =>
      assert.deepEqual(
        decide(started, actions).breaches.map((breach) => breach.rule),
        [rule],
      ));

  it("a child that answers with text: objects-only", () => {
    const { breaches } = decide(started, [], undefined, { isDone: true, output: "text" }, { isChild: true });
    assert.deepEqual(
      breaches.map(({ rule }) => rule),
      ["objects-only"],
    );
  });

  it("one second, six days and no input at all are allowed", () => {
    assert.deepEqual(decide(started, [timer(1), timer(6 * 86_400), call("A", { input: undefined })]).breaches, []);
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

it("flattening keeps each object once, in the order of the first meeting", () => {
  const [one, two, three] = [call("A"), call("B"), event("X")];
  const { list, reused } = flatten([all(one, any(two, three)), one]);
  assert.deepEqual([list, reused], [[one, two, three], [one]]);
});
