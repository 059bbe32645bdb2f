// Tests rows that another version of sqlferry wrote, in Azurite's real tables: those of 0.1.0 are understood, those of
// a newer one are left alone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { TableClient } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { deleteAssessment } from "../../functions/http/assessments/deleteAssessment.ts";
import { publishAssessment } from "../../functions/http/assessments/publishAssessment.ts";
import { publishSizing } from "../../functions/http/assessments/publishSizing.ts";
import { getMigration } from "../../functions/http/migrations/getMigration.ts";
import { listMigrations } from "../../functions/http/migrations/listMigrations.ts";
import type { Azurite } from "../../local/azurite.ts";
import { sampleBackup } from "../../local/backups/sampleBackups.ts";
import { announceVerdicts } from "../../shared/application/files/announceVerdicts.ts";
import { catalogueBlob } from "../../shared/application/files/catalogueBlob.ts";
import { draftOf } from "../../shared/application/files/ensureMigration.ts";
import { giveSlotBack } from "../../shared/application/queue/slots.ts";
import { publishOutbox } from "../../shared/application/run/publishOutbox.ts";
import { assessmentIdOf } from "../../shared/assessed/assessmentStore.ts";
import {
  AUDIT_ROW,
  BACKUP_ROW,
  EVENT_ROW,
  LINE_ROW,
  MIGRATION_ROW,
  QUEUE_ROW,
  REQUEST_ROW,
  requestOf,
  WHOLE_LINE_ROW,
} from "../../shared/azure/tables/storedRows.ts";
import { vmKeyOf } from "../../shared/migration/ids.ts";
import { type ListedMigration, listed } from "../../shared/migration/lists/listLine.ts";
import type { Migration, MigrationTarget } from "../../shared/migration/migration.ts";
import { readStored } from "../../shared/migration/stored/storedJson.ts";
import type { Services } from "../../shared/ports.ts";
import type { Assessment } from "../../shared/source/assessment.ts";
import { anAssessment } from "../support/assessments.ts";
import { startAzurite } from "../support/azurite.ts";
import { type DurableHost, startDurableHost } from "../support/durableHost.ts";
import { anAuditEntry, anEvent } from "../support/facts.ts";
import { servicesOver } from "../support/servicesOver.ts";
import { aSizing } from "../support/sizings.ts";
import { sweepAll } from "../support/sweep.ts";
import { ask, aWorld, VM } from "../support/world.ts";

const NOW = "2025-11-24T21:00:00.000Z";
const later = (minutes: number): Date => new Date(Date.parse(NOW) + minutes * 60_000);

/** A row as it is stored: `json` is its text. */
interface StoredRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly columns: Readonly<Record<string, string | number>>;
  readonly json: object | null;
}
const rowsOf010 = (table: string): readonly StoredRow[] =>
  JSON.parse(readFileSync(`test/fixtures/rows/0.1.0/${table}.json`, "utf8"));

describe("rows of other versions", () => {
  let azurite: Azurite;
  let durable: DurableHost;
  let services: Services;
  const world = aWorld();
  const said: string[] = [];
  const context = Object.assign(world.log, { warn: (line: unknown) => said.push(String(line)) });
  const tableOf = (name: string) =>
    TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });
  const blobs = () => BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient("backups");
  const drop = (name: string, kind: Parameters<typeof sampleBackup>[0] = "full") =>
    blobs().getBlockBlobClient(name).uploadData(sampleBackup(kind));
  const sweep = async () => sweepAll(services, context);

  before(async () => {
    azurite = await startAzurite();
    durable = await startDurableHost();
    world.durableUrl = durable.url;
    services = servicesOver(azurite.connectionString, world);
    await blobs().create();
    await services.migrations.list();
    await services.migrations.ids();
    await services.catalogue.list("creates the table");
    await services.queues.load("creates the table");
  });
  after(async () => {
    await durable?.stop();
    await azurite?.stop();
  });

  describe("of 0.1.0", () => {
    before(async () => {
      for (const table of ["Backups", "Migrations", "MigrationList", "VmQueues"])
        for (const { partitionKey, rowKey, columns, json } of rowsOf010(table)) {
          const text = json && { parts: 1, text0: JSON.stringify(json) };
          await tableOf(table).createEntity({ partitionKey, rowKey, ...columns, ...text });
        }
    });
    after(async () => {
      for (const table of ["Backups", "Migrations", "MigrationList", "VmQueues"])
        for (const { partitionKey, rowKey } of rowsOf010(table))
          await tableOf(table).deleteEntity(partitionKey, rowKey, { etag: "*" });
    });
    const jsonAt = (table: string, rowKey: string) =>
      JSON.stringify(rowsOf010(table).find((row) => row.rowKey.startsWith(rowKey))?.json);

    test("backups, with what was announced of them", async () => {
      const entries = await services.catalogue.list("sales-1a2b3c4d");
      const stored = rowsOf010("Backups");
      assert.equal(entries.length, stored.length);
      for (const { record, announced } of entries) {
        const row = stored.find(({ columns }) => columns["name"] === record.name);
        assert.deepEqual(record, readStored(BACKUP_ROW.shape, JSON.stringify(row?.json)));
        assert.equal(announced, row?.columns["announced"]);
      }
    });

    test("a migration with its requests, and the lines of the list", async () => {
      const facts = (await services.migrations.facts("sales-1a2b3c4d")) ?? assert.fail();
      assert.deepEqual(facts.migration, readStored(MIGRATION_ROW.shape, jsonAt("Migrations", "migration")));
      for (const kind of ["start", "cutover", "cancel"] as const)
        assert.deepEqual(
          facts.requests[kind],
          requestOf(readStored(REQUEST_ROW.shape, jsonAt("Migrations", `wish|${kind}`))),
        );
      const whole = rowsOf010("MigrationList").map(({ json }) =>
        readStored(WHOLE_LINE_ROW.shape, JSON.stringify(json)),
      );
      assert.deepEqual((await services.migrations.list()).toSorted(byId), whole.map(listed).toSorted(byId));
    });

    test("events, audit, a wake-up under way, a card that was posted, and a VM's queue", async () => {
      const { migrations } = services;
      const id = "sales-1a2b3c4d";
      assert.deepEqual(await migrations.outbox(id), [readStored(EVENT_ROW.shape, jsonAt("Migrations", "outbox"))]);
      assert.deepEqual(await migrations.events(id), [readStored(EVENT_ROW.shape, jsonAt("Migrations", "event"))]);
      assert.deepEqual(await migrations.audit(id), [readStored(AUDIT_ROW.shape, jsonAt("Migrations", "audit"))]);
      assert.equal(await migrations.claimCard(id, "d".repeat(32), later(0)), "posted");
      const soon = new Date("2025-11-24T20:30:05.000Z");
      assert.deepEqual(await migrations.watchToSignal(id, soon), { kind: "underWay" });
      const watch = "mig-sales-1a2b3c4d-run-1-FollowRestore-1";
      assert.deepEqual(await migrations.watchToSignal(id, later(0)), { kind: "watch", watch });
      const [queue] = rowsOf010("VmQueues");
      const stored = readStored(QUEUE_ROW.shape, JSON.stringify(queue?.json));
      assert.deepEqual((await services.queues.load(queue?.partitionKey ?? "")).queue, stored);
    });

    test("a change writes the record anew, with its number, and its line", async () => {
      const id = "orders-5e6f7a8b";
      const { migration, version } = (await services.migrations.facts(id)) ?? assert.fail();
      const changed = { ...migration, priority: 90 };
      assert.equal(await services.migrations.commit({ migrationId: id, version, migration: changed }), "committed");
      assert.deepEqual((await services.migrations.facts(id))?.migration, changed);
      const record = await tableOf("Migrations").getEntity<{ schema: number; revision: number }>(id, "migration");
      assert.deepEqual([record.schema, record.revision], [MIGRATION_ROW.schema, 10]);
      assert.ok((await services.migrations.list()).some(({ line }) => line.priority === 90));
      const line = await tableOf("MigrationList").getEntity<{ schema: number; revision: number }>("list", id);
      assert.deepEqual([line.schema, line.revision], [LINE_ROW.schema, 10]);
    });
  });

  /** Registers a migration with a row of every kind. */
  async function everyKind(name: string) {
    const target: MigrationTarget = { sqlVmResourceId: `${VM}-${name}`, databaseName: name };
    const assessment = anAssessment({ familyGuid: familyOf(name) }, { server: `SQL-${name}` });
    const migration: Migration = { ...draftOf(services, name), target };
    const { migrationId: id } = migration;
    const { migrations, queues, claims } = services;
    await drop(`${name}/full.bak`);
    await catalogueBlob(services, `${name}/full.bak`);
    await migrations.commit({
      migrationId: id,
      migration,
      request: { kind: "cancel", requestId: `${id}-run-1-cancel-1`, run: 1, by: "Dana", at: NOW, reason: "r" },
      events: [anEvent(id, "waits", NOW), anEvent(id, "is-told", NOW)],
      audit: [anAuditEntry("a1", NOW)],
    });
    await migrations.published(id, [anEvent(id, "is-told", NOW)]);
    await migrations.beginTurn(id, "a-watch");
    await migrations.claimCard(id, "is-told", later(0));
    await migrations.claimOutbox(id, later(0));
    await services.sweeps.mark(id, { sweptAt: NOW, hasEnded: false });
    await queues.save(vmKeyOf(target.sqlVmResourceId), { startsSinceCooldown: 1, tickets: [] }, undefined);
    await claims.save(target, { migrationId: id, at: NOW }, undefined);
    await keepAssessment(assessment);
    return { id, name, target, assessment, assessmentId: assessmentIdOf(assessment.server) };
  }
  type Made = Awaited<ReturnType<typeof everyKind>>;

  const keepAssessment = async ({ server, ...more }: Assessment, takenAt = "2025-11-24T12:00:00.000Z") => {
    const json = JSON.parse(JSON.stringify({ server, ...more, takenAt }));
    const published = await ask(publishAssessment(services), world, { json });
    const sized = await ask(publishSizing(services), world, { json: { ...aSizing(), server } });
    return [published, sized];
  };

  /**
   * Does all that an older sqlferry does when it goes on: its looks, sweep and answers. Returns what was logged about
   * rows that it cannot read.
   */
  async function goOn({ id, name, target, assessment, assessmentId }: Made): Promise<string> {
    said.length = 0;
    const { migrations, catalogue, queues, claims, assessments, sizings, sweeps } = services;
    await drop(`${name}/full.bak`, "log"); // another version of the file
    const work: readonly (() => Promise<unknown>)[] = [
      sweep,
      () => catalogueBlob(services, `${name}/full.bak`),
      async () => catalogue.put(id, { ...(await catalogue.list(id))[0]?.record, name: `${name}/full.bak` } as never),
      async () => announceVerdicts(services, context, id, await catalogue.list(id)),
      () => catalogue.withdraw(id, `${name}/full.bak`),
      () => migrations.beginTurn(id, "another-watch"),
      () => migrations.watchToSignal(id, later(60)),
      async () => {
        const facts = (await migrations.facts(id)) ?? assert.fail();
        await migrations.repairLine(facts);
        await migrations.commit({
          ...facts,
          migrationId: id,
          request: { kind: "cancel", requestId: `${id}-run-1-cancel-2`, run: 1, by: "Eve", at: NOW, reason: "anew" },
          events: [anEvent(id, "waits", later(60).toISOString())],
        });
      },
      () => migrations.claimOutbox(id, later(60)),
      () => publishOutbox(services, context, id),
      () => migrations.events(id),
      () => migrations.audit(id),
      () => migrations.claimCard(id, "is-told", later(60)),
      () => claims.load(target),
      () => queues.load(vmKeyOf(target.sqlVmResourceId)),
      () => giveSlotBack(services, { migrationId: id, run: 1, target }, { stillRestoring: true }),
      () => sweeps.last(),
      () => assessments.ids({ top: 200 }),
      () => assessments.byGuids(familyOf(name), assessment.databases[0]?.databaseGuid ?? ""),
      () => assessments.audit(assessmentId),
      () => sizings.load(assessmentId),
      () => sizings.save(assessmentId, { ...aSizing(), publishedAt: NOW, publishedBy: "Eve" }, anAuditEntry("s", NOW)),
      async () => said.push(...(await keepAssessment(assessment, NOW)).map(({ body }) => JSON.stringify(body))),
      async () => {
        const params = { id: assessmentId };
        said.push(JSON.stringify((await ask(deleteAssessment(services), world, { method: "DELETE", params })).body));
      },
      async () => said.push(JSON.stringify((await ask(getMigration(services), world, { params: { id } })).body)),
    ];
    for (const one of work)
      await one().catch((error: unknown) => {
        said.push(String(error));
      });
    return [...said, ...services.faults.take()].join("\n").replaceAll('\\"', '"');
  }

  const KINDS: readonly [kind: string, table: string, rowKey: (row: string) => boolean][] = [
    ["a backup", "Backups", () => true],
    ["the record of a migration", "Migrations", (row) => row === "migration"],
    ["a request", "Migrations", (row) => row === "wish|cancel"],
    ["the wake row", "Migrations", (row) => row === "wake"],
    ["the claim of whoever publishes", "Migrations", (row) => row === "publishing"],
    ["an event that waits", "Migrations", (row) => row === "outbox|waits"],
    ["an event that is told", "Migrations", (row) => row === "event|is-told"],
    ["an audit entry", "Migrations", (row) => row.startsWith("audit|")],
    ["the claim of a card", "Migrations", (row) => row === "card|is-told"],
    ["a line of the list", "MigrationList", () => true],
    ["a VM's queue", "VmQueues", (row) => row === "queue"],
    ["a claim on a target", "VmQueues", (row) => row.startsWith("target|")],
    ["what the last sweep found", "Sweeps", (row) => row === "last"],
    ["how far the sweep is", "Sweeps", (row) => row === "progress"],
    ["the mark of a folder", "Sweeps", () => true],
    ["an assessed server", "Assessments", (row) => row === "server"],
    ["an assessed database", "Assessments", (row) => row.startsWith("database|")],
    ["the line of an assessed database", "Assessments", (row) => row.startsWith("line|")],
    ["a pointer from a database's GUIDs", "Assessments", (row) => row.includes("-") && !row.includes("|audit")],
    ["a sizing", "Assessments", (row) => row === "sizing"],
  ];

  for (const [number, [kind, table, isIt]] of KINDS.entries())
    test(`of a newer version, ${kind}: not guessed at, told, and still there; other migrations go on`, async (t) => {
      await sweep();
      services.faults.take();
      const made = await everyKind(`Newer${number}`);
      const good = await everyKind(`Good${number}`);
      const belongs = [made.id, made.assessmentId, vmKeyOf(made.target.sqlVmResourceId)];
      const rows: Record<string, unknown>[] = [];
      for await (const row of tableOf(table).listEntities()) rows.push(row);
      const found = rows.find(({ partitionKey, rowKey }) => {
        const [partition, key] = [String(partitionKey), String(rowKey)];
        if (kind.startsWith("a pointer")) return partition.startsWith(`guid|${familyOf(made.name)}|`);
        if (table === "MigrationList" || kind === "the mark of a folder") return key === made.id;
        return isIt(key) && (table === "Sweeps" || belongs.includes(partition));
      });
      const [partitionKey, rowKey] = [String(found?.["partitionKey"]), String(found?.["rowKey"])];
      const known = Number(found?.["schema"]);
      assert.ok(known >= 1, `${partitionKey} ${rowKey}`);
      const text = { parts: 1, text0: '{"shape":"of tomorrow"}' };
      await tableOf(table).updateEntity({ partitionKey, rowKey, schema: known + 1, ...text }, "Merge");
      const before = await tableOf(table).getEntity(partitionKey, rowKey);
      t.after(() => tableOf(table).deleteEntity(partitionKey, rowKey));

      const told = await goOn(made);

      assert.ok(told.includes(`The row "${rowKey}" of "${partitionKey}" in table ${table} cannot be read`), told);
      assert.ok(told.includes(`a newer version of sqlferry wrote it (schema ${known + 1}; this one knows ${known})`));
      assert.deepEqual(await tableOf(table).getEntity(partitionKey, rowKey), before);
      assert.ok((await services.migrations.facts(good.id))?.migration);
      const listed = (await ask(listMigrations(services), world, { method: "GET" })).body.items;
      assert.ok(listed.some(({ migrationId }: Migration) => migrationId === good.id));
      await goOn(good);
      // The row was withdrawn, so it had been written.
      assert.match(JSON.stringify(await services.catalogue.list(good.id), textOfLsn), /^\[\]$/);
    });
});

/** The same GUID for the same name, another for each other. */
const familyOf = (name: string): string =>
  `5B3A0F5E-0001-4000-8000-${Buffer.from(name).toString("hex").padStart(12, "0").slice(-12).toUpperCase()}`;
const textOfLsn = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);
const byId = ({ line: one }: ListedMigration, { line: other }: ListedMigration) =>
  one.migrationId < other.migrationId ? -1 : 1;
