// Tests what the app answers while its storage is away, and that everything is there when it is back; proxies before
// Azurite fail as told.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, describe, test } from "node:test";
import type { HttpHandler } from "@azure/functions";
import { BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import { backupArrived } from "../../functions/blobs/backupArrived.ts";
import { backupPoisoned } from "../../functions/blobs/backupPoisoned.ts";
import { deleteAssessment } from "../../functions/http/assessments/deleteAssessment.ts";
import { getAssessment } from "../../functions/http/assessments/getAssessment.ts";
import { getSizing } from "../../functions/http/assessments/getSizing.ts";
import { listAssessments } from "../../functions/http/assessments/listAssessments.ts";
import { publishAssessment } from "../../functions/http/assessments/publishAssessment.ts";
import { publishSizing } from "../../functions/http/assessments/publishSizing.ts";
import { acknowledgeFinding } from "../../functions/http/commands/acknowledgeFinding.ts";
import { cancelMigration } from "../../functions/http/commands/cancelMigration.ts";
import { getOperation } from "../../functions/http/commands/getOperation.ts";
import { preflightMigration } from "../../functions/http/commands/preflightMigration.ts";
import { requestCutover } from "../../functions/http/commands/requestCutover.ts";
import { restartMigration } from "../../functions/http/commands/restartMigration.ts";
import { resumeMigration } from "../../functions/http/commands/resumeMigration.ts";
import { startMigration } from "../../functions/http/commands/startMigration.ts";
import { changeMigration } from "../../functions/http/migrations/changeMigration.ts";
import { createMigration } from "../../functions/http/migrations/createMigration.ts";
import { forgetMigration } from "../../functions/http/migrations/forgetMigration.ts";
import { getChain } from "../../functions/http/migrations/getChain.ts";
import { getMigration } from "../../functions/http/migrations/getMigration.ts";
import { getPlan } from "../../functions/http/migrations/getPlan.ts";
import { getSourceOfMigration } from "../../functions/http/migrations/getSourceOfMigration.ts";
import { listAudit } from "../../functions/http/migrations/listAudit.ts";
import { listEvents } from "../../functions/http/migrations/listEvents.ts";
import { listFiles } from "../../functions/http/migrations/listFiles.ts";
import { listMigrations } from "../../functions/http/migrations/listMigrations.ts";
import { planFiles } from "../../functions/http/migrations/planFiles.ts";
import { getDiagnosis } from "../../functions/http/status/getDiagnosis.ts";
import { getHealth } from "../../functions/http/status/getHealth.ts";
import { getMetrics } from "../../functions/http/status/getMetrics.ts";
import { getQueue } from "../../functions/http/status/getQueue.ts";
import { listVms } from "../../functions/http/status/listVms.ts";
import type { Azurite } from "../../local/azurite.ts";
import { sampleBackup } from "../../local/backups/sampleBackups.ts";
import { parseConfig } from "../../shared/config.ts";
import { migrationIdOf } from "../../shared/migration/ids.ts";
import type { Services } from "../../shared/ports.ts";
import { createServices } from "../../shared/services.ts";
import { anAssessment } from "../support/assessments.ts";
import { startAzurite } from "../support/azurite.ts";
import { type DurableHost, startDurableHost } from "../support/durableHost.ts";
import { type FaultyProxy, type Mood, startFaultyProxy } from "../support/faultyProxy.ts";
import { aSizing } from "../support/sizings.ts";
import { sweepAll } from "../support/sweep.ts";
import { type Asked, ask, aWorld, SETTINGS_OF_A_TEST } from "../support/world.ts";

/** Shorter than the app's own time limit, so that the test ends soon. */
const PATIENCE_MS = 1_500;
const id = migrationIdOf("backups1", "backups", "Sales");
const params = { id };
const headers = { "if-match": '"0123456789abcdef"' };

/** Every route that reads the storage, with a request that gets as far as that. */
const VERBS: Readonly<Record<string, readonly [(services: Services) => HttpHandler, Asked]>> = {
  createMigration: [createMigration, { json: { source: { folder: "Orders" } } }],
  listMigrations: [listMigrations, { method: "GET" }],
  getMigration: [getMigration, { method: "GET", params }],
  listFiles: [listFiles, { method: "GET", params }],
  getPlan: [getPlan, { method: "GET", params }],
  listEvents: [listEvents, { method: "GET", params }],
  listAudit: [listAudit, { method: "GET", params }],
  startMigration: [startMigration, { params, headers, json: {} }],
  requestCutover: [requestCutover, { params, headers, json: { sourceClosed: true } }],
  cancelMigration: [cancelMigration, { params, json: { reason: "wrong folder" } }],
  resumeMigration: [resumeMigration, { params, json: {} }],
  restartMigration: [restartMigration, { params, json: {} }],
  preflightMigration: [preflightMigration, { params }],
  publishAssessment: [publishAssessment, { json: anAssessment() }],
  listAssessments: [listAssessments, { method: "GET" }],
  deleteAssessment: [deleteAssessment, { method: "DELETE", params: { id: "sql01-00000000" } }],
  publishSizing: [publishSizing, { json: aSizing() }],
  getSizing: [getSizing, { method: "GET", params: { id: "sql01-00000000" } }],
  getAssessment: [getAssessment, { method: "GET", params: { id: "sql01-00000000" } }],
  getSourceOfMigration: [getSourceOfMigration, { method: "GET", params }],
  acknowledgeFinding: [acknowledgeFinding, { params: { ...params, check: "S10" }, json: { reason: "it is there" } }],
  changeMigration: [changeMigration, { method: "PATCH", params, json: { priority: 60 } }],
  forgetMigration: [forgetMigration, { method: "DELETE", params }],
  getChain: [getChain, { method: "GET", params }],
  planFiles: [planFiles, { json: { container: "backups", folder: "Sales" } }],
  listVms: [listVms, { method: "GET" }],
  getQueue: [getQueue, { method: "GET", params: { name: "vm1-00000000" } }],
  getMetrics: [getMetrics, { method: "GET" }],
  getOperation: [getOperation, { method: "GET", params: { requestId: `${id}-run-1-cancel-1` } }],
};
/** Routes that ask Azure, or answer from the package alone. */
const WITHOUT_STORAGE =
  /^(statusPage|pageAsset|getOpenApi|getService|createService|listServiceKeys|regenerateServiceKey|listServiceNodes|deleteServiceNode)$/;

describe("storage that is away", () => {
  let azurite: Azurite;
  let proxies: FaultyProxy[];
  let durable: DurableHost;
  let container: ContainerClient;
  let services: Services;
  const world = aWorld();
  const feel = (mood: Mood) => {
    for (const proxy of proxies) proxy.mood = mood;
  };
  const verb = (name: string) => {
    const [handler, asked] = VERBS[name] ?? assert.fail(name);
    return ask(handler(services), world, asked);
  };

  before(async () => {
    azurite = await startAzurite();
    const origins = [...new Set(azurite.connectionString.match(/http:\/\/[^/;]+/g) ?? [])];
    proxies = await Promise.all(origins.map(startFaultyProxy));
    const connection = origins.reduce(
      (text, origin, index) => text.replaceAll(origin, proxies[index]?.url ?? ""),
      azurite.connectionString,
    );
    durable = await startDurableHost();
    world.durableUrl = durable.url;
    const config = parseConfig({ ...SETTINGS_OF_A_TEST, Backups: connection, State: connection });
    services = { ...createServices(config, PATIENCE_MS), publisher: world.services.publisher };
    container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient("backups");
    await container.create();
    assert.equal((await ask(createMigration(services), world, { json: { source: { folder: "Sales" } } })).status, 201);
    assert.equal((await verb("listMigrations")).body.items.length, 1); // the tables exist
  });
  beforeEach(() => feel("well"));
  after(async () => {
    for (const proxy of proxies ?? []) proxy.stop();
    await durable?.stop();
    await azurite?.stop();
  });

  test("the verbs tried here are all that there are", () => {
    const registered = [...readFileSync("functions/index.ts", "utf8").matchAll(/handler: (\w+)\(answering\)/g)];
    const asking = registered.map(([, name = ""]) => name).filter((name) => !WITHOUT_STORAGE.test(name));
    assert.deepEqual(asking.toSorted(), [...Object.keys(VERBS), "getDiagnosis", "getHealth"].toSorted());
  });

  for (const mood of ["busy", "fails", "hangs", "gone"] as const)
    test(`every verb answers a problem that says when to ask again: ${mood}`, async () => {
      feel(mood);
      const answers = await Promise.all(Object.keys(VERBS).map(async (name) => ({ name, ...(await verb(name)) })));
      for (const { name, status, headers: told, body } of answers) {
        assert.deepEqual([name, status, told["retry-after"]], [name, 503, "10"]);
        assert.equal(told["content-type"], "application/problem+json; charset=utf-8");
        assert.match(body.type, /\/storage-unavailable$/);
      }
      const health = await ask(getHealth(services), world, { method: "GET" });
      assert.deepEqual(
        [health.status, health.headers["retry-after"], health.body],
        [503, "10", { status: "degraded" }],
      );
      const { body } = await ask(getDiagnosis(services), world, { method: "GET" });
      assert.deepEqual(body.dependencies, { state: "unreachable", backups: "unreachable" });
    });

  test("what was asked for meanwhile is asked for again, and done once", async () => {
    feel("fails");
    assert.equal((await verb("cancelMigration")).status, 503);
    feel("well");
    assert.equal((await services.migrations.facts(id))?.requests.cancel, undefined);
    assert.equal((await verb("cancelMigration")).status, 202);
    assert.equal((await verb("getOperation")).body.status, "running");
  });

  test("a file that was given up meanwhile is read by the sweep; the message about it is consumed, and raises no alarm", async () => {
    await container.getBlockBlobClient("Away/full.bak").uploadData(sampleBackup("full"));
    feel("fails");
    const message = { ContainerName: "backups", BlobName: "Away/full.bak" };
    await assert.rejects(async () => backupArrived(services)(message, world.log));
    await assert.rejects(async () => backupPoisoned(services)(message, world.log));
    feel("well");
    await sweepAll(services, world.log);
    const away = migrationIdOf("backups1", "backups", "Away");
    const [entry] = await services.catalogue.list(away);
    assert.deepEqual([entry?.record.name, entry?.record.content.kind], ["Away/full.bak", "header"]);
    await backupPoisoned(services)(message, world.log);
    assert.deepEqual(
      [...(await services.migrations.outbox(away)), ...(await services.migrations.events(away))].filter(({ type }) =>
        type.endsWith("alarm.unreadable"),
      ),
      [],
    );
    assert.deepEqual((await services.sweeps.last())?.failed, []);
  });
});
