// Tests rows that cannot be read or are too large, and blobs in the archive tier, with real tables and blobs of Azurite
// that the test has damaged.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { TableClient } from "@azure/data-tables";
import { BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import { restartMigration } from "../../functions/http/commands/restartMigration.ts";
import { createMigration } from "../../functions/http/migrations/createMigration.ts";
import { getMigration } from "../../functions/http/migrations/getMigration.ts";
import { listMigrations } from "../../functions/http/migrations/listMigrations.ts";
import { getDiagnosis } from "../../functions/http/status/getDiagnosis.ts";
import type { Azurite } from "../../local/azurite.ts";
import { sampleBackup } from "../../local/backups/sampleBackups.ts";
import { catalogueBlob } from "../../shared/application/files/catalogueBlob.ts";
import { draftOf } from "../../shared/application/files/ensureMigration.ts";
import { giveSlotBack } from "../../shared/application/queue/slots.ts";
import { runChecks } from "../../shared/application/start/runChecks.ts";
import { UnreadableRowError } from "../../shared/migration/faults.ts";
import { vmKeyOf } from "../../shared/migration/ids.ts";
import type { Migration } from "../../shared/migration/migration.ts";
import type { Services } from "../../shared/ports.ts";
import { startAzurite } from "../support/azurite.ts";
import { type DurableHost, startDurableHost } from "../support/durableHost.ts";
import { anAuditEntry, anEvent } from "../support/facts.ts";
import { servicesOver } from "../support/servicesOver.ts";
import { sweepAll } from "../support/sweep.ts";
import { ask, aWorld, VM } from "../support/world.ts";

const NOW = "2025-11-24T21:00:00.000Z";

describe("stored rows and blobs that are not as they should be", () => {
  let azurite: Azurite;
  let durable: DurableHost;
  let container: ContainerClient;
  let services: Services;
  const world = aWorld();
  const warnings: string[] = [];
  const context = Object.assign(world.log, { warn: (line: unknown) => warnings.push(String(line)) });
  const sweep = async () => sweepAll(services, context);
  const tableOf = (name: string) =>
    TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });
  const spoil = (table: string, partitionKey: string, rowKey: string, others: object = {}) =>
    tableOf(table).upsertEntity({ partitionKey, rowKey, parts: 1, text0: '{"state":"resting"}', ...others }, "Merge");

  async function created(folder: string, changes: Partial<Migration> = {}): Promise<string> {
    const migration = { ...draftOf(services, folder), ...changes };
    assert.equal(await services.migrations.commit({ migrationId: migration.migrationId, migration }), "committed");
    return migration.migrationId;
  }
  const drop = (name: string, sample: Parameters<typeof sampleBackup>[0] = "full") =>
    container.getBlockBlobClient(name).uploadData(sampleBackup(sample));
  const contentOf = async (folderId: string, name: string) => {
    const content = (await services.catalogue.find(folderId, name))?.record.content;
    return content?.kind === "unreadable" ? content.code : content?.kind;
  };

  before(async () => {
    azurite = await startAzurite();
    durable = await startDurableHost();
    world.durableUrl = durable.url;
    services = servicesOver(azurite.connectionString, world);
    container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient("backups");
    await container.create();
  });
  after(async () => {
    await durable?.stop();
    await azurite?.stop();
  });

  test("a line of the list that cannot be read hides no other, and the sweep writes it anew", async () => {
    const [good, bad] = [await created("Good"), await created("Bad")];
    await spoil("MigrationList", "list", bad);
    const shown = async () =>
      (await ask(listMigrations(services), world, { method: "GET" })).body.items.map(
        ({ migrationId }: { migrationId: string }) => migrationId,
      );
    assert.deepEqual(await shown(), [good]);
    await drop("Bad/full.bak");
    warnings.length = 0;
    await sweep();
    assert.ok(warnings.some((line) => line.startsWith('{"event":"OwnFault"') && line.includes(bad)));
    assert.ok(((await services.sweeps.last())?.faults ?? 0) > 0);
    assert.deepEqual((await shown()).toSorted(), [bad, good].toSorted());
    await sweep();
    assert.equal((await services.sweeps.last())?.faults, 0);
  });

  test("a migration that cannot be read is named to whoever asks for it, fails its own folder's sweep, and no other's", async () => {
    const bad = await created("Spoilt");
    await spoil("Migrations", bad, "migration");
    await assert.rejects(services.migrations.facts(bad), UnreadableRowError);
    const answer = await ask(getMigration(services), world, { method: "GET", params: { id: bad } });
    assert.deepEqual([answer.status, answer.body.type.split("/").at(-1)], [500, "row-unreadable"]);
    assert.match(answer.body.detail, new RegExp(`The row "migration" of "${bad}" in table Migrations`));
    await drop("Spoilt/full.bak");
    await drop("Zoo/full.bak");
    await sweep();
    assert.deepEqual((await services.sweeps.last())?.failed, ["Spoilt"]);
    const zoo = draftOf(services, "Zoo").migrationId;
    assert.equal(await contentOf(zoo, "Zoo/full.bak"), "header");
    await tableOf("Migrations").deleteEntity(bad, "migration");
    await container.getBlobClient("Spoilt/full.bak").delete();
  });

  test("requests, events and audit entries that cannot be read hide no others", async () => {
    const id = await created("Partly");
    const facts = async () => (await services.migrations.facts(id)) ?? assert.fail();
    const { migration, version } = await facts();
    const cancel = { kind: "cancel", requestId: "c", run: 1, by: "Dana", at: NOW, reason: "r" } as const;
    await services.migrations.commit({
      migrationId: id,
      version,
      migration,
      request: cancel,
      events: [anEvent(id, "e1", NOW), anEvent(id, "e2", NOW)],
      audit: [anAuditEntry("a1", NOW)],
    });
    await services.migrations.published(id, [anEvent(id, "e2", NOW)]);
    for (const rowKey of ["wish|start", "outbox|x", "event|x", `audit|${NOW}|x`]) await spoil("Migrations", id, rowKey);
    const ids = (all: readonly { readonly id: string }[]) => all.map((one) => one.id);
    assert.deepEqual((await facts()).requests, { cancel });
    assert.deepEqual(ids(await services.migrations.outbox(id)), ["e1"]);
    assert.deepEqual(ids(await services.migrations.events(id)), ["e2"]);
    assert.deepEqual(ids(await services.migrations.audit(id)), ["a1"]);
  });

  test("a file whose row cannot be read stays in its folder as one that was not read, and the sweep reads it again", async () => {
    const folder = await created("Rows");
    for (const name of ["Rows/a.bak", "Rows/b.bak", "Rows/c.bak"]) {
      await drop(name);
      await catalogueBlob(services, name);
    }
    const rows = tableOf("Backups");
    const keys = new Map<string, string>();
    for await (const row of rows.listEntities<{ name: string }>({
      queryOptions: { filter: `PartitionKey eq '${folder}'` },
    }))
      keys.set(row.name, row.rowKey ?? "");
    await spoil("Backups", folder, keys.get("Rows/b.bak") ?? "");
    await rows.upsertEntity({ partitionKey: folder, rowKey: keys.get("Rows/c.bak") ?? "" }, "Replace");
    const names = async () => (await services.catalogue.list(folder)).map(({ record }) => record.name);
    assert.deepEqual(await names(), ["Rows/a.bak", "Rows/b.bak"]);
    assert.equal(await contentOf(folder, "Rows/b.bak"), "READER_FAULT");
    await sweep();
    assert.deepEqual(await names(), ["Rows/a.bak", "Rows/b.bak", "Rows/c.bak"]);
    for (const name of ["Rows/b.bak", "Rows/c.bak"]) assert.equal(await contentOf(folder, name), "header");
  });

  test("a VM's queue that cannot be read is named, the page of a migration goes without it, and who passes through it writes it anew", async () => {
    const id = await created("Queued", { target: { sqlVmResourceId: VM, databaseName: "Queued" }, state: "queued" });
    await services.queues.save(vmKeyOf(VM), { startsSinceCooldown: 0, tickets: [] }, undefined);
    await spoil("VmQueues", vmKeyOf(VM), "queue");
    await assert.rejects(services.queues.load(vmKeyOf(VM)), /The row "queue" of .* in table VmQueues cannot be read/);
    const listed = (await services.queues.list()).find(({ vmKey }) => vmKey === vmKeyOf(VM));
    assert.ok(listed && "fault" in listed, "it is listed as what it is");
    assert.equal((await ask(getMigration(services), world, { method: "GET", params: { id } })).status, 200);
    await giveSlotBack(
      services,
      { migrationId: id, run: 1, target: { sqlVmResourceId: VM, databaseName: "Queued" } },
      { stillRestoring: false },
    );
    assert.deepEqual((await services.queues.load(vmKeyOf(VM))).queue, { startsSinceCooldown: 0, tickets: [] });
    await tableOf("VmQueues").deleteEntity(vmKeyOf(VM), "queue");
  });

  test("a claim on a target that cannot be read is named to whoever asks for that target, and stops no other", async () => {
    const sqlVmResourceId = VM.replace("0000", "00000000-0000-0000-0000-000000000000");
    const register = (folder: string) =>
      ask(createMigration(services), world, {
        json: { source: { folder }, target: { sqlVmResourceId, databaseName: folder } },
      });
    assert.equal((await register("Claimed")).status, 201);
    const id = draftOf(services, "Claimed").migrationId;
    const { migration, version } = (await services.migrations.facts(id)) ?? assert.fail();
    await services.migrations.commit({ migrationId: id, version, migration: { ...migration, state: "canceled" } });
    for await (const { partitionKey = "", rowKey = "" } of tableOf("VmQueues").listEntities())
      if (rowKey.startsWith("target|")) await spoil("VmQueues", partitionKey, rowKey);
    const again = await ask(restartMigration(services), world, { params: { id } });
    assert.deepEqual([again.status, again.body.type.split("/").at(-1)], [500, "row-unreadable"]);
    assert.match(again.body.detail, /The row "target\|.*" of .* in table VmQueues cannot be read/);
    assert.equal((await register("Unclaimed")).status, 201);
  });

  test("what the last sweep found, when it cannot be read, keeps neither the diagnosis from answering nor the next sweep", async () => {
    await sweep();
    await spoil("Sweeps", "sweep", "last");
    const { status, body } = await ask(getDiagnosis(services), world, { method: "GET" });
    assert.deepEqual([status, body.sweep], [200, { isLate: false }]);
    await sweep();
    assert.ok((await services.sweeps.last())?.endedAt);
  });

  test("a row above what a table takes is refused before it is sent", async () => {
    const migration = draftOf(services, "Large");
    await assert.rejects(
      services.migrations.commit({
        migrationId: migration.migrationId,
        migration: { ...migration, createdBy: "x".repeat(530_000) },
      }),
      RangeError,
    );
  });

  test("an archived file says so: uploaded into the archive, or moved there while the plan needs it", async () => {
    const folder = await created("Cold", { target: { sqlVmResourceId: VM, databaseName: "Cold" } });
    for (const name of ["Cold/a.bak", "Cold/b.bak"]) await drop(name);
    await container.getBlobClient("Cold/b.bak").setAccessTier("Archive");
    for (const name of ["Cold/a.bak", "Cold/b.bak"]) await catalogueBlob(services, name);
    assert.deepEqual(
      [await contentOf(folder, "Cold/a.bak"), await contentOf(folder, "Cold/b.bak")],
      ["header", "ARCHIVED"],
    );
    await container.getBlobClient("Cold/a.bak").setAccessTier("Archive");
    const migration = (await services.migrations.facts(folder))?.migration;
    assert.ok(migration?.target);
    const { checks } = await runChecks(services, { ...migration, target: migration.target }, undefined);
    assert.equal(checks.find(({ id }) => id === "P14")?.outcome, "fail");
    assert.equal(await contentOf(folder, "Cold/a.bak"), "ARCHIVED");
    for (const name of ["Cold/a.bak", "Cold/b.bak"]) await container.getBlobClient(name).setAccessTier("Hot");
    await sweep();
    assert.equal(await contentOf(folder, "Cold/a.bak"), "header");
    await container.getBlobClient("Cold/a.bak").setAccessTier("Archive");
    await sweep();
    assert.deepEqual(
      [await contentOf(folder, "Cold/a.bak"), await contentOf(folder, "Cold/b.bak")],
      ["ARCHIVED", "header"],
    );
  });
});
