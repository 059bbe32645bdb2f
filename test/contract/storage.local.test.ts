// Tests that the storage adapters keep their contracts over Azurite.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { TableClient } from "@azure/data-tables";
import { BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import type { Azurite } from "../../local/azurite.ts";
import { createBlobBackupFiles } from "../../shared/azure/blobs/blobBackupFiles.ts";
import { blobContainer, type Connection, stateTable } from "../../shared/azure/clients.ts";
import { createTableAssessments } from "../../shared/azure/tables/tableAssessments.ts";
import { createTableBackupCatalogue } from "../../shared/azure/tables/tableBackupCatalogue.ts";
import { createTableMigrationStore } from "../../shared/azure/tables/tableMigrationStore.ts";
import { createTableSizings } from "../../shared/azure/tables/tableSizings.ts";
import { createTableSweeps } from "../../shared/azure/tables/tableSweeps.ts";
import { createTableTargetClaims } from "../../shared/azure/tables/tableTargetClaims.ts";
import { createTableVmQueues } from "../../shared/azure/tables/tableVmQueues.ts";
import type { AuditEntry } from "../../shared/migration/migration.ts";
import { startAzurite } from "../support/azurite.ts";
import { aMigration } from "../support/facts.ts";
import { aSizing } from "../support/sizings.ts";
import { requestsDuring } from "../support/storageCalls.ts";
import { assessmentsContract } from "./assessments.contract.ts";
import { backupCatalogueContract } from "./backupCatalogue.contract.ts";
import { backupFilesContract } from "./backupFiles.contract.ts";
import { migrationStoreContract } from "./migrationStore.contract.ts";
import { sweepsContract } from "./sweeps.contract.ts";
import { targetClaimsContract } from "./targetClaims.contract.ts";
import { vmQueuesContract } from "./vmQueues.contract.ts";

describe("storage on Azurite", () => {
  let azurite: Azurite;
  let connection: Connection;
  let container: ContainerClient;
  let numbers = 0;
  const fresh = (): string => `it's-fresh-${++numbers}`;
  const table = (name: string): TableClient => stateTable(connection, name);

  before(async () => {
    azurite = await startAzurite();
    connection = { kind: "connectionString", connectionString: azurite.connectionString };
    container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient("backups");
    await container.create();
  });
  after(() => azurite?.stop());

  describe("backup files", () => {
    backupFilesContract(() => ({
      files: createBlobBackupFiles(blobContainer(connection, "backups")),
      drop: async (name, bytes, metadata = {}) => {
        await container.getBlockBlobClient(name).uploadData(bytes, { metadata });
      },
      remove: async (name) => {
        await container.getBlobClient(name).delete();
      },
      methodsDuring,
    }));

    test("a container that is not there is no empty one", async () => {
      const files = createBlobBackupFiles(blobContainer(connection, "nowhere"));
      await assert.rejects(files.find("Sales/full.bak"), { statusCode: 404 });
    });
  });

  describe("catalogue", () =>
    backupCatalogueContract(() => createTableBackupCatalogue(table("Backups"), refuse), fresh));
  describe("target claims", () => targetClaimsContract(() => createTableTargetClaims(table("VmQueues")), fresh));
  describe("assessments", () => assessmentsContract(() => createTableAssessments(table("Assessments")), fresh));
  test("a sizing is stored, replaced, and absent where there is none", async () => {
    const [sizings, id] = [createTableSizings(table("Assessments")), `srv-${++numbers}-00000000`];
    const stored = { ...aSizing(), publishedAt: "2026-01-06T00:00:00.000Z", publishedBy: "dba" };
    assert.equal(await sizings.load(id), undefined);
    const by = (person: string, at: string): AuditEntry => ({
      id: `audit-${at}`,
      at,
      by: person,
      action: "publish",
      result: "accepted",
      detail: "the size that SQL01 needs",
      facts: {},
    });
    const first = by("dba", "2026-01-06T00:00:00.000Z");
    const second = by("somebody else", "2026-01-07T00:00:00.000Z");
    await sizings.save(id, stored, first);
    assert.deepEqual(await sizings.load(id), stored);
    await sizings.save(id, { ...stored, publishedBy: "somebody else" }, second);
    assert.equal((await sizings.load(id))?.publishedBy, "somebody else");
    assert.deepEqual(await createTableAssessments(table("Assessments")).audit(id), [first, second]);
  });
  describe("sweeps", () => sweepsContract(() => createTableSweeps(table("Sweeps"), refuse), fresh));
  describe("VM queues", () => vmQueuesContract(() => createTableVmQueues(table("VmQueues")), fresh));

  describe("migrations", () => {
    const noRepair = (migrationId: string) => assert.fail(`The line of ${migrationId} was not written.`);
    const storeWith = (list: string, onRepairNeeded: (migrationId: string) => void) =>
      createTableMigrationStore({
        migrations: table("Migrations"),
        list: table(list),
        onRepairNeeded,
        onUnreadable: refuse,
      });
    migrationStoreContract(() => storeWith("MigrationList", noRepair), fresh);

    test("a change whose line cannot be written is committed and asks for a repair", async () => {
      const [migrationId, asked] = [fresh(), [] as string[]];
      const broken = storeWith("no-name-for-a-table", (id) => asked.push(id));
      assert.equal(await broken.commit({ migrationId, migration: aMigration(migrationId) }), "committed");
      assert.deepEqual(asked, [migrationId]);
      const store = storeWith("MigrationList", noRepair);
      const facts = await store.facts(migrationId);
      assert.ok(facts);
      await store.repairLine(facts);
      assert.ok((await store.list()).some(({ line }) => line.migrationId === migrationId));
    });
  });
});

const refuse = (fault: Error): never => assert.fail(fault.message);

const methodsDuring = async (work: () => Promise<unknown>): Promise<readonly string[]> =>
  (await requestsDuring(work)).map(({ method }) => method);
