// Tests one story: a source server is assessed and measured over the wire, a size is recommended, both are published,
// and the preflight uses them.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseGiven } from "../../ferry/command.ts";
import { collect, collectBy } from "../../ferry/commands/collect.ts";
import type { Clock } from "../../ferry/sizing/collecting.ts";
import { publishAssessment } from "../../functions/http/assessments/publishAssessment.ts";
import { publishSizing } from "../../functions/http/assessments/publishSizing.ts";
import { preflightMigration } from "../../functions/http/commands/preflightMigration.ts";
import { enterprise2016 } from "../../local/sql/instances.ts";
import { measuredLoad } from "../../local/sql/measured.ts";
import { LOGINS, startSourceServer } from "../../local/sql/server.ts";
import type { Check } from "../../shared/migration/migration.ts";
import { full } from "../support/backupRecords.ts";
import { aMigration } from "../support/facts.ts";
import { ask, aWorld, VM } from "../support/world.ts";
import { type FakeApi, fakeApi, ferry } from "../unit/ferry/run.ts";

test("assess, collect, recommend, preflight: what is known of the source comes back where it matters", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ferry-story-"));
  const perf = join(folder, "perf");
  let now = Date.UTC(2026, 0, 20, 12);
  const instance = enterprise2016(now);
  const load = measuredLoad(() => now, instance.serverName);
  load.cores = 9;
  const server = await startSourceServer(instance, { load });
  const words = ["--server", `localhost,${server.port}`, "--user", "ferry_reader", "--trust-certificate"];
  const env = { FERRY_SQL_PASSWORD: LOGINS["ferry_reader"]?.password ?? "" };
  const clock: Clock = {
    now: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
  };
  let api: FakeApi | undefined;
  try {
    const world = aWorld(aMigration("sales-1", { target: { sqlVmResourceId: VM, databaseName: "Sales" } }));
    world.now = new Date(now + 3_600_000);
    api = await fakeApi(({ what, body: json }) =>
      ask((what === "POST /sizings" ? publishSizing : publishAssessment)(world.services), world, { json }),
    );

    // Assess, and publish it: a finding blocks, so the exit code is 2.
    const file = join(folder, "assessment.json");
    const about = ["--database", "Sales", "--target-version", "2022", "--save", file, "--publish", "--api", api.url];
    const assessed = await ferry(["assess", ...words, ...about], env);
    assert.equal(assessed.exitCode, 2, assessed.err);
    assert.match(assessed.out, /BLOCKS {2}S10[\s\S]*Published: SRC16\\PROD/);
    const { familyGuid, databaseGuid } = JSON.parse(readFileSync(file, "utf8")).assessments[0].databases[0];
    const header = { serverName: instance.serverName, databaseName: "Sales", familyGuid, bindingId: databaseGuid };
    world.records = [full(100, 160, { header })];

    // Collect: an hour of virtual time.
    const save = ["--save", perf, "--every", "60s", "--for", "1h"];
    process.env["FERRY_SQL_PASSWORD"] = env.FERRY_SQL_PASSWORD;
    assert.equal(await collectBy(clock, parseGiven(collect, [...words, ...save])), 0);

    // Recommend, and publish it.
    const recommended = await ferry(["recommend", perf, "--offline", "--publish", "--json", "--api", api.url]);
    assert.equal(recommended.exitCode, 0, recommended.err);
    const { answers, published } = JSON.parse(recommended.out);
    const [{ server: measured, options, confidence }] = answers;
    assert.deepEqual([measured, confidence.hours, published[0].isNew], [instance.serverName, 1, true]);
    assert.ok(options[0].size.vcpus >= 9 * 1.2);

    const { body } = await ask(preflightMigration(world.services), world, { params: { id: "sales-1" } });
    const check = (id: string): Check => body.checks.find((one: Check) => one.id === id);
    assert.deepEqual([check("P28").outcome, /S10/.test(check("P28").message)], ["fail", true]);
    assert.deepEqual(
      [check("P29").outcome, check("P29").observed],
      ["warn", "Standard_E8ds_v5: does not fit, cores 135 %"],
    );
    assert.match(check("P29").remedy, new RegExp(`to ${options[0].size.name}`));
  } finally {
    delete process.env["FERRY_SQL_PASSWORD"];
    api?.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  }
});
