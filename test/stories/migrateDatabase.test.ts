// Does the orchestrator tell the README's story, also when it ends early?
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { migrateDatabase } from "../../functions/orchestrators/migrateDatabase.ts";
import { followRestore } from "../../functions/orchestrators/steps.ts";
import { play } from "../support/play.ts";

const run = { migrationId: "sales-1a2b3c4d", run: 1 };
const smooth = {
  AwaitChain: [{ end: "startable" }],
  RunPreflight: [{ passed: true }],
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
  "RunPreflight",
  "AwaitSlot",
  "FollowStart",
  "FollowRestore",
  "AwaitSlot",
  "CutOver",
];

describe("a run of a migration", () => {
  test("online: restores, waits for the word, cuts over", () => {
    const { asked, result } = play(migrateDatabase, run, smooth);
    assert.deepEqual(asked, [...toTheCutover, "FollowCutover", "EndRun"]);
    assert.deepEqual(result, { end: "succeeded" });
  });

  test("offline: the restore ends by itself, nobody asks for a cutover", () => {
    const { asked } = play(migrateDatabase, run, { ...smooth, FollowRestore: [{ end: "succeeded" }] });
    assert.deepEqual(asked, ["AwaitChain", "RunPreflight", "AwaitSlot", "FollowStart", "FollowRestore", "EndRun"]);
  });

  test("a cutover that the gate refuses leads back to the restore, with watches of their own", () => {
    const { asked, childIds } = play(migrateDatabase, run, {
      ...smooth,
      CutOver: [{ accepted: false }, { accepted: true }],
    });
    assert.deepEqual(asked, [...toTheCutover, "FollowRestore", "AwaitSlot", "CutOver", "FollowCutover", "EndRun"]);
    assert.equal(new Set(childIds).size, childIds.length, "a living child's id must never be used again");
  });

  test("a failed preflight starts nothing", () => {
    const { asked, result } = play(migrateDatabase, run, {
      ...smooth,
      RunPreflight: [{ passed: false }],
      FollowCancel: [{ end: "preflightFailed" }],
    });
    assert.deepEqual(asked, ["AwaitChain", "RunPreflight", "FollowCancel", "EndRun"]);
    assert.deepEqual(result, { end: "preflightFailed" });
  });

  for (const [watch, before] of [
    ["AwaitChain", []],
    ["AwaitSlot", ["AwaitChain", "RunPreflight"]],
    ["FollowStart", ["AwaitChain", "RunPreflight", "AwaitSlot"]],
    ["FollowRestore", ["AwaitChain", "RunPreflight", "AwaitSlot", "FollowStart"]],
  ] as const)
    test(`a cancel during ${watch} stops at DMS what was started, and ends the run`, () => {
      const { asked, result } = play(migrateDatabase, run, { ...smooth, [watch]: [{ end: "canceled" }] });
      assert.deepEqual(asked, [...before, watch, "FollowCancel", "EndRun"]);
      assert.deepEqual(result, { end: "canceled" });
    });

  test("a cutover that won the race against the cancel is a success", () => {
    const { result } = play(migrateDatabase, run, {
      ...smooth,
      FollowRestore: [{ end: "canceled" }],
      FollowCancel: [{ end: "succeeded" }],
    });
    assert.deepEqual(result, { end: "succeeded" });
  });

  test("a step that failed beyond its retries fails the run with its first line, and is tidied up like any other", () => {
    const surprise = new Error("Activity function 'LookAtRestore' failed:  no such table\r\n   at System.Something");
    const { asked, inputs } = play(migrateDatabase, run, { ...smooth, FollowRestore: [surprise] });
    assert.deepEqual(asked.slice(-3), ["FollowRestore", "FollowCancel", "EndRun"]);
    const { end } = inputs.at(-2) as { end: { end: string; failure: { message: string } } };
    assert.equal(end.end, "failed");
    assert.equal(end.failure.message, "Activity function 'LookAtRestore' failed:  no such table");
  });
});

describe("a turn of a watch", () => {
  test("looks, waits for a wake-up or the next look, and begins anew", () => {
    const { asked, inputs } = play(followRestore.turn, run, { LookAtRestore: [{ nextLookSeconds: 60 }] });
    assert.deepEqual(asked, ["LookAtRestore", "first of Wake, timer 60 s", "timer canceled", "again"]);
    assert.deepEqual(inputs[0], { ...run, watch: "run" });
  });

  test("leaves no timer behind when the time is over", () => {
    const { asked } = play(followRestore.turn, run, {
      LookAtRestore: [{ nextLookSeconds: 60 }],
      "first of Wake, timer 60 s": [1],
    });
    assert.deepEqual(asked, ["LookAtRestore", "first of Wake, timer 60 s", "again"]);
  });

  test("ends when the look says so", () => {
    const { asked, result } = play(followRestore.turn, run, { LookAtRestore: [{ end: { end: "succeeded" } }] });
    assert.deepEqual(asked, ["LookAtRestore"]);
    assert.deepEqual(result, { end: "succeeded" });
  });
});
