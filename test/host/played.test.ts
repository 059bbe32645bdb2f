// Tests that the real functions, over services whose clock is the host's, bring a migration of two days to its cutover
// within seconds.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { IN_MEMORY } from "../../local/host/database.ts";
import { type Host, startHost } from "../../local/host/start.ts";
import { runInstanceId } from "../../shared/migration/ids.ts";
import { orchestrationClient } from "./support/orchestrations.ts";
import { askForCutover, clock, MIGRATION_ID, takeLogBackups, world } from "./support/played.ts";
import { type Azurite, appDir, startAzurite } from "./support/processes.ts";
import { passUntil } from "./support/time.ts";

const HOUR = 3_600_000;
/** A full backup and a log, then four logs an hour. */
const FILES = 2 + 48 * 4;
const complaints: string[] = [];
let azurite: Azurite;
let host: Host;

before(async () => {
  azurite = await startAzurite(); // only for the queue trigger
  Object.assign(process.env, {
    Backups: azurite.connectionString,
    BACKUPS_CONTAINER: "backups",
    SWEEP_SCHEDULE: "0 0 * * * *",
  });
  host = await startHost({
    port: 0,
    dataDir: IN_MEMORY,
    appDir: appDir("played"),
    systemKey: "key",
    strict: true,
    clock,
    log: (level, category, text) => {
      if (["warning", "error", "critical"].includes(level)) complaints.push(`${category}: ${text}`);
    },
  });
});
after(async () => {
  await host?.stop();
  await azurite?.stop();
});

it("two days, a log backup every quarter of an hour, DMS asked every five minutes: restored in step, then cut over", async (test) => {
  const began = performance.now();
  const [id, run] = [MIGRATION_ID, runInstanceId(MIGRATION_ID, 1)];
  takeLogBackups(clock.now() + 48 * HOUR);
  await orchestrationClient(host.port).start("MigrateDatabase", run, { migrationId: id, run: 1 });
  const isReady = () => world.migration(id).state === "readyForCutover";
  const isRead = () => world.migration(id).summary?.files === FILES;
  await passUntil(clock, host, "it is ready", isReady, HOUR);
  await passUntil(clock, host, "two days of logs are read and restored", () => isReady() && isRead(), 49 * HOUR);
  askForCutover();
  await passUntil(clock, host, "the end", () => world.migration(id).state === "succeeded", HOUR);
  await host.idle();
  const { runtimeStatus, output } = await orchestrationClient(host.port).status(run);
  test.diagnostic(`${world.records.length} files in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  assert.deepEqual([runtimeStatus, output], ["Completed", { end: "succeeded" }]);
  assert.deepEqual(
    world.orders.filter((order) => order === "cutOver"),
    ["cutOver"],
  );
  const ended = new Date(world.migration(id).endedAt ?? 0).getTime();
  assert.ok(ended > Date.UTC(2025, 10, 26, 3) && ended <= clock.now(), "the activities read the played clock");
  assert.deepEqual(complaints, []);
});
