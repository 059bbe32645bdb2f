// Tests that the chain rules receive everything that they need.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assessFolder } from "../../../../../shared/application/files/assessFolder.ts";
import { full, log } from "../../../../support/backupRecords.ts";
import { aMigration } from "../../../../support/facts.ts";
import { aWorld } from "../../../../support/world.ts";

test("a backup of a newer release than TARGET_SQL_VERSION is rejected at once; without the setting nobody knows", async () => {
  for (const [settings, reason] of [
    [{ TARGET_SQL_VERSION: "2016" }, "NEWER_THAN_TARGET"],
    [{}, "PLAN_FULL"],
  ] as const) {
    const migration = aMigration("sales-1");
    const world = aWorld(migration, settings);
    world.records = [full(100, 160, { header: { softwareVersionMajor: 16 } })];
    const { report } = await assessFolder(world.services, migration);
    assert.equal(report.files[0]?.reason, reason);
  }
});

test("a folder without news is not assessed again, until a gap's deadline passes or anything else that decides is another", async () => {
  const migration = aMigration("sales-1");
  const world = aWorld(migration);
  const records = [full(100, 160), log(150, 200), log(300, 350)];
  world.records = records;
  const assess = async (changes: Partial<typeof migration> = {}) =>
    (await assessFolder(world.services, { ...migration, ...changes })).report;
  const first = await assess();
  assert.equal(first.gaps[0]?.overdue, false);
  world.now = new Date(first.gaps[0]?.deadline ?? "");
  assert.equal(await assess({ updatedAt: "2025-11-24T00:40:00.000Z", state: "queued" }), first, "the very same");
  assert.notEqual(await assess({ mode: "offline" }), first);
  assert.equal(await assess(), first, "which of two is asked for");
  world.now = new Date(world.now.getTime() + 1);
  const late = await assess();
  assert.deepEqual([late.gaps[0]?.overdue, late.verdict], [true, "broken"]);
  world.records = [...records, log(200, 300)];
  assert.equal((await assess()).verdict, "restorable");
  world.records = [full(100, 160), ...records.slice(1), log(200, 300)];
  assert.equal((await assess()).verdict, "restorable", "a row that was read anew");
});
