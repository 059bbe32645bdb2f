// Tests that the orchestrator follows the README's steps, stage by stage, also when a run ends early.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { migrateDatabase } from "../../functions/orchestrators/migrateDatabase.ts";
import { followRestore } from "../../functions/orchestrators/steps.ts";
import { type Answers, play, playExecutions } from "../support/play.ts";

const run = { migrationId: "sales-1a2b3c4d", run: 1 };
const smooth = {
  AwaitChain: [{ end: "startable" }],
  AwaitPreflight: [{ end: "passed" }],
  AwaitSlot: [{ end: "granted" }],
  FollowStart: [{ end: "started" }],
  FollowRestore: [{ end: "cutoverRequested" }],
  CutOver: [{ accepted: true }],
  FollowCutover: [{ end: "succeeded" }],
  FollowCancel: [{ end: "canceled" }],
  EndRun: [{ end: "succeeded" }],
};
const toTheCutover = [
  "AwaitChain",
  "AwaitPreflight",
  "AwaitSlot",
  "FollowStart",
  "FollowRestore",
  "AwaitSlot",
  "CutOver",
];

/** The whole run: what its executions call, one after the other. */
function tell(answers: Answers) {
  const executions = [...playExecutions(migrateDatabase, run, answers)];
  return {
    executions,
    asked: executions.flatMap(({ asked }) => asked.filter((name) => name !== "again")),
    childIds: executions.flatMap(({ childIds }) => childIds),
    inputs: executions.flatMap(({ inputs }) => inputs),
    result: executions.at(-1)?.result,
    failure: executions.at(-1)?.failure,
  };
}

describe("a run of a migration", () => {
  test("online: restores, waits for the word, cuts over", () => {
    const { asked, result } = tell(smooth);
    assert.deepEqual(asked, [...toTheCutover, "FollowCutover", "EndRun"]);
    assert.deepEqual(result, { end: "succeeded" });
  });

  test("offline: the restore ends by itself, nobody asks for a cutover", () => {
    const { asked } = tell({ ...smooth, FollowRestore: [{ end: "succeeded" }] });
    assert.deepEqual(asked, ["AwaitChain", "AwaitPreflight", "AwaitSlot", "FollowStart", "FollowRestore", "EndRun"]);
  });

  test("a cutover that the gate refuses leads back to the restore, with watches of their own", () => {
    const { asked, childIds } = tell({
      ...smooth,
      CutOver: [{ accepted: false }, { accepted: true }],
    });
    assert.deepEqual(asked, [...toTheCutover, "FollowRestore", "AwaitSlot", "CutOver", "FollowCutover", "EndRun"]);
    assert.equal(new Set(childIds).size, childIds.length, "a living child's id must never be used again");
  });

  test("a cutover that DMS refuses after all leads back to the restore, and is asked for once more", () => {
    const { asked, childIds, result } = tell({
      ...smooth,
      FollowCutover: [{ end: "refused" }, { end: "succeeded" }],
    });
    assert.deepEqual(asked.slice(-6), [
      "FollowCutover",
      "FollowRestore",
      "AwaitSlot",
      "CutOver",
      "FollowCutover",
      "EndRun",
    ]);
    assert.equal(new Set(childIds).size, childIds.length, "a living child's id must never be used again");
    assert.deepEqual(result, { end: "succeeded" });
  });

  test("a failed preflight starts nothing", () => {
    const { asked, result } = tell({
      ...smooth,
      AwaitPreflight: [{ end: "preflightFailed" }],
    });
    assert.deepEqual(asked, ["AwaitChain", "AwaitPreflight", "EndRun"]);
    assert.deepEqual(result, { end: "preflightFailed" });
  });

  for (const [watch, before] of [
    ["AwaitChain", []],
    ["AwaitPreflight", ["AwaitChain"]],
    ["AwaitSlot", ["AwaitChain", "AwaitPreflight"]],
    ["FollowStart", ["AwaitChain", "AwaitPreflight", "AwaitSlot"]],
    ["FollowRestore", ["AwaitChain", "AwaitPreflight", "AwaitSlot", "FollowStart"]],
  ] as const)
    test(`a cancel during ${watch} stops at DMS what was started, and ends the run`, () => {
      const { asked, result } = tell({ ...smooth, [watch]: [{ end: "canceled" }] });
      assert.deepEqual(asked, [...before, watch, "FollowCancel", "EndRun"]);
      assert.deepEqual(result, { end: "canceled" });
    });

  test("a cutover that won the race against the cancel is a success", () => {
    const { result } = tell({
      ...smooth,
      FollowRestore: [{ end: "canceled" }],
      FollowCancel: [{ end: "succeeded" }],
    });
    assert.deepEqual(result, { end: "succeeded" });
  });

  test("a restore that DMS ended is tidied up without a word to DMS", () => {
    const { asked } = tell({ ...smooth, FollowRestore: [{ end: "failed" }] });
    assert.deepEqual(asked.slice(-2), ["FollowRestore", "EndRun"]);
  });

  test("continues as new after each stage, and after each refused cutover, with what the next one needs", () => {
    const { executions } = tell({
      ...smooth,
      CutOver: [{ accepted: false }, { accepted: true }],
      FollowCutover: [{ end: "refused" }, { end: "succeeded" }],
    });
    const places = [
      ["preflight", 1],
      ["start", 1],
      ["restore", 1],
      ["cutover", 1],
      ["restore", 2],
      ["cutover", 2],
      ["restore", 3],
      ["cutover", 3],
    ];
    assert.deepEqual(
      executions.map(({ again }) => again),
      [...places.map(([stage, round]) => ({ ...run, stage, round })), undefined],
    );
    for (const { asked, again } of executions)
      assert.equal(asked.indexOf("again"), again ? asked.length - 1 : -1, "as its last act");
  });

  test("never uses a child's id again, however often a cutover is refused, and by whom", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("gate", "DMS"), { maxLength: 60 }), (refusals) => {
        const { childIds, result } = tell({
          ...smooth,
          CutOver: [...refusals.map((by) => ({ accepted: by === "DMS" })), { accepted: true }],
          FollowCutover: [
            ...refusals.filter((by) => by === "DMS").map(() => ({ end: "refused" })),
            { end: "succeeded" },
          ],
        });
        assert.deepEqual(result, { end: "succeeded" });
        assert.equal(new Set(childIds).size, childIds.length);
      }),
    );
  });

  test("stalls where it is told of a stage that it does not know, as by a newer build", () => {
    const { asked, failure } = play(migrateDatabase, { ...run, stage: "approval", round: 1 }, smooth);
    assert.deepEqual(asked, ["StallRun"]);
    assert.equal(failure?.message, 'The story has no stage "approval".');
  });

  const surprise = new Error("Activity function 'LookAtRestore' failed:  no such table\r\n   at System.Something");
  const what = "Activity function 'LookAtRestore' failed:  no such table";
  for (const [step, earlier] of [
    ["AwaitChain", {}],
    ["AwaitPreflight", {}],
    ["AwaitSlot", {}],
    ["FollowStart", {}],
    ["FollowRestore", {}],
    ["CutOver", {}],
    ["FollowCutover", {}],
    ["FollowCancel", { FollowRestore: [{ end: "canceled" }] }],
    ["EndRun", {}],
  ] as const)
    for (const answer of /^(Await|Follow)/.test(step) ? [surprise, { surprise: what }] : [surprise])
      test(`a surprise in ${step} stalls the run with its first line, ${answer === surprise ? "thrown" : "answered"}, and cancels nothing`, () => {
        const { asked, inputs, failure } = tell({ ...smooth, ...earlier, [step]: [answer] });
        assert.deepEqual(asked.slice(-2), [step, "StallRun"]);
        assert.deepEqual(inputs.at(-1), { ...run, what });
        assert.equal(failure?.message, what);
      });
});

describe("a turn of a watch", () => {
  test("looks, waits for a wake-up or the next look, and begins anew", () => {
    const { asked, inputs } = play(followRestore.turn, run, { LookAtRestore: [{ nextLookSeconds: 60 }] }, 1);
    assert.deepEqual(asked, ["LookAtRestore", "first of Wake, timer 61 s", "timer canceled", "again"]);
    assert.deepEqual(inputs[0], { ...run, watch: "run" });
  });

  test("that is woken at once looks again after two seconds, or after as long as it has looked, ten at most", () => {
    const restOf = (seconds: number, secondsAnAnswer: number) =>
      play(followRestore.turn, run, { LookAtRestore: [{ nextLookSeconds: seconds }] }, secondsAnAnswer).asked.slice(2);
    assert.deepEqual(restOf(60, 0), ["timer canceled", "timer 2 s", "again"]);
    assert.deepEqual(restOf(60, 0.6), ["timer canceled", "timer 2.2 s", "again"], "a timer is of a second at least");
    assert.deepEqual(restOf(60, 5), ["timer canceled", "again"], "woken when it had rested");
  });

  test("leaves no timer behind when the time is over", () => {
    const { asked } = play(followRestore.turn, run, {
      LookAtRestore: [{ nextLookSeconds: 60 }],
      "first of Wake, timer 60 s": [1],
    });
    assert.deepEqual(asked, ["LookAtRestore", "first of Wake, timer 60 s", "again"]);
  });

  test("answers a look that failed beyond its retries, so that only a lost worker fails a turn", () => {
    const { result } = play(followRestore.turn, run, { LookAtRestore: [new Error("no such table\r\n  at X")] });
    assert.deepEqual(result, { surprise: "no such table" });
  });

  test("ends when the look says so", () => {
    const { asked, result } = play(followRestore.turn, run, { LookAtRestore: [{ end: { end: "succeeded" } }] });
    assert.deepEqual(asked, ["LookAtRestore"]);
    assert.deepEqual(result, { end: "succeeded" });
  });
});
