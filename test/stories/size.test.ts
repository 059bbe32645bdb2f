// One story: a source server is assessed and measured over the wire, a size is recommended, both are published, and the preflight knows.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { collecting } from "../../ferry/collecting.ts";
import { perfWriter } from "../../ferry/perfWriter.ts";
import { preflightMigration } from "../../functions/http/preflightMigration.ts";
import { publishAssessment } from "../../functions/http/publishAssessment.ts";
import { publishSizing } from "../../functions/http/publishSizing.ts";
import { enterprise2016 } from "../../local/sql/instances.ts";
import { measuredLoad } from "../../local/sql/measured.ts";
import { LOGINS, startSourceServer } from "../../local/sql/server.ts";
import { kept } from "../../shared/assessed/kept.ts";
import type { Check } from "../../shared/migration/migration.ts";
import { assess } from "../../shared/source/assessment.ts";
import { connect } from "../../shared/sqlserver/connection.ts";
import { readSource } from "../../shared/sqlserver/readSource.ts";
import { full } from "../support/backupRecords.ts";
import { aMigration } from "../support/facts.ts";
import { ask, aWorld, VM } from "../support/world.ts";
import { fakeApi, ferry } from "../unit/ferry/run.ts";

test("assess, collect, recommend, preflight: what is known of the source comes back where it matters", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ferry-story-"));
  let now = Date.UTC(2026, 0, 20, 12);
  const instance = enterprise2016(now);
  const load = measuredLoad(() => now, instance.serverName);
  load.cores = 9;
  const server = await startSourceServer(instance, { load });
  const open = () =>
    connect({
      server: instance.serverName,
      address: { host: "localhost", port: server.port },
      signIn: { kind: "sql", user: "ferry_reader", password: LOGINS["ferry_reader"]?.password ?? "" },
      trustCertificate: true,
      allowOldTls: false,
    });
  try {
    // assess
    const connection = await open();
    const assessment = assess(await readSource(connection, { reconnect: open }), { versionMajor: 16 });
    connection.close();
    assert.ok(
      assessment.databases.some(({ findings }) =>
        findings.some(({ check, outcome }) => check === "S10" && outcome === "found"),
      ),
    );

    // collect: an hour in played time, over the wire
    const cost = await collecting({
      server: instance.serverName,
      connect: open,
      writer: await perfWriter(folder),
      everySeconds: 60,
      forSeconds: 3_600,
      signal: new AbortController().signal,
      clock: {
        now: () => now,
        sleep: async (milliseconds) => {
          now += milliseconds;
        },
      },
      tell: () => undefined,
    });
    assert.equal(cost.samples, 60);

    // publish both, the size as `ferry recommend` sends it, and look at the target
    const known = assessment.databases.find(({ name }) => name === "Sales");
    assert.ok(known?.familyGuid && known.databaseGuid);
    const header = {
      serverName: instance.serverName,
      databaseName: "Sales",
      familyGuid: known.familyGuid,
      bindingId: known.databaseGuid,
    };
    const world = aWorld(aMigration("sales-1", { target: { sqlVmResourceId: VM, databaseName: "Sales" } }));
    world.now = new Date(now);
    world.records = [full(100, 160, { header })];
    const { databases, ...ofServer } = kept(assessment).assessment;
    const sales = { ...ofServer, databases: databases.filter(({ name }) => name === "Sales") };
    assert.equal((await ask(publishAssessment(world.services), world, { json: sales })).status, 201);
    const api = await fakeApi(({ body: json }) => ask(publishSizing(world.services), world, { json }));
    const recommended = await ferry(["recommend", folder, "--offline", "--publish", "--json", "--api", api.url]);
    api.close();
    assert.equal(recommended.exitCode, 0, recommended.err);
    const { answers, published } = JSON.parse(recommended.out);
    const [{ server: measured, options }] = answers;
    assert.deepEqual([measured, published[0].isNew], [instance.serverName, true]);
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
    await server.stop();
    rmSync(folder, { recursive: true });
  }
});
