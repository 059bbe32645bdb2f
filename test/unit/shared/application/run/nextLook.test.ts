// Tests that the time of the next look depends on the lines of other migrations.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nextLook } from "../../../../../shared/application/run/nextLook.ts";
import { listed } from "../../../../../shared/migration/lists/listLine.ts";
import { aMigration } from "../../../../support/facts.ts";
import { aWorld } from "../../../../support/world.ts";

test("a look finds its next time also while the list cannot be read, and with the last count that could be", async () => {
  const world = aWorld(undefined, { DMS_MAX_GETS_PER_MINUTE: "60" });
  const migration = aMigration("sales-1", { state: "restoring" });
  const away = { ...world.services.migrations, list: () => Promise.reject(new Error("The list is away.")) };
  const services = { ...world.services, migrations: { ...world.services.migrations } };
  Object.assign(services.migrations, away);
  assert.deepEqual(await nextLook(services, { migration }), { nextLookSeconds: 30 });
  services.migrations.list = async () => Array.from({ length: 100 }, () => listed(migration));
  const busy = await nextLook(services, { migration });
  assert.ok(busy.nextLookSeconds > 30, "a hundred migrations share the calls of a minute");
  world.now = new Date(world.now.getTime() + 120_000);
  Object.assign(services.migrations, away);
  assert.deepEqual(await nextLook(services, { migration }), busy);
});
