// Tests who owns a target: every claim against every state of the migration that made it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Migration, MigrationTarget } from "../../../../shared/migration/migration.ts";
import type { MigrationState } from "../../../../shared/migration/words.ts";
import { isSameTarget, needs, type Standing, standingOf } from "../../../../shared/start/targetClaim.ts";
import { aMigration } from "../../../support/facts.ts";
import { VM } from "../../../support/world.ts";

const NOW = new Date("2025-11-24T12:00:00.000Z");
const minutesAgo = (minutes: number): string => new Date(NOW.getTime() - minutes * 60_000).toISOString();
const target: MigrationTarget = { sqlVmResourceId: VM, databaseName: "Sales" };
/** Every state, and whether a migration in it needs its target. */
const NEEDED: Readonly<Record<MigrationState, boolean>> = {
  draft: true,
  waitingForChain: true,
  preflighting: true,
  preflightFailed: false,
  queued: true,
  starting: true,
  restoring: true,
  readyForCutover: true,
  cuttingOver: true,
  succeeded: true,
  failed: false,
  canceling: true,
  canceled: false,
};
const STATES = Object.entries(NEEDED) as [MigrationState, boolean][];

test("targets are compared as Azure and SQL Server compare them", () => {
  for (const same of [
    { sqlVmResourceId: VM.toUpperCase(), databaseName: "sales" },
    { sqlVmResourceId: `${VM}/`, databaseName: "SALES" },
    { sqlVmResourceId: VM, databaseName: "Sales  " },
  ])
    assert.ok(isSameTarget(target, same), JSON.stringify(same));
  for (const other of [
    { sqlVmResourceId: VM, databaseName: "Sales2" },
    { sqlVmResourceId: VM, databaseName: " Sales" },
    { sqlVmResourceId: `${VM}2`, databaseName: "Sales" },
  ])
    assert.ok(!isSameTarget(target, other), JSON.stringify(other));
});

describe("a migration needs its target", () => {
  for (const [state, isNeeded] of STATES)
    test(`${isNeeded ? "still" : "no longer"} when it is ${state}`, () => {
      assert.equal(needs({ state, target }, target), isNeeded);
      assert.ok(!needs({ state, target }, { ...target, databaseName: "HR" }));
    });
  test("never when it has none", () => assert.ok(!needs({ state: "draft" }, target)));
});

describe("a claim", () => {
  const owner = (changes: Partial<Migration>): Migration => aMigration("other-1", { target, ...changes });
  const standing = (by: string, minutes: number, record: Migration | undefined): Standing =>
    standingOf({ claim: { migrationId: by, at: minutesAgo(minutes) }, owner: record }, "sales-1", target, NOW);

  test("that nobody made is free", () => {
    assert.equal(standingOf({ claim: undefined, owner: undefined }, "sales-1", target, NOW), "free");
  });

  for (const [state, isNeeded] of STATES) {
    test(`of another migration that is ${state} ${isNeeded ? "holds" : "can be taken over"}, however old it is`, () => {
      assert.equal(standing("other-1", 100_000, owner({ state })), isNeeded ? "theirs" : "free");
    });
    test(`of one's own ${isNeeded ? "holds" : "is made anew"} when one is ${state}`, () => {
      assert.equal(standing("sales-1", 1, owner({ migrationId: "sales-1", state })), isNeeded ? "ours" : "free");
    });
  }

  test("of another migration holds for five minutes by itself: its record may be on its way", () => {
    for (const record of [
      undefined,
      owner({ state: "failed" }),
      owner({ target: { ...target, databaseName: "HR" } }),
    ]) {
      assert.equal(standing("other-1", 4, record), "theirs");
      assert.equal(standing("other-1", 6, record), "free");
    }
  });
});
