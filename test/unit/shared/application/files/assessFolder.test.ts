// Tests that the app tells the chain what it needs to know.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assessFolder } from "../../../../../shared/application/files/assessFolder.ts";
import { full } from "../../../../support/backupRecords.ts";
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
