// Tests GET /migrations over Azurite's tables: how many requests a page costs, rows of version 0.1, rows that cannot be
// read.
import assert from "node:assert/strict";
import { channel } from "node:diagnostics_channel";
import { after, before, beforeEach, describe, test } from "node:test";
import type { TableClient } from "@azure/data-tables";
import { listMigrations } from "../../functions/http/migrations/listMigrations.ts";
import type { Azurite } from "../../local/azurite.ts";
import { stateTable } from "../../shared/azure/clients.ts";
import { LINE_ROW } from "../../shared/azure/tables/storedRows.ts";
import { createTableMigrationStore } from "../../shared/azure/tables/tableMigrationStore.ts";
import { rowOf } from "../../shared/azure/tables/tableRows.ts";
import { vmKeyOf } from "../../shared/migration/ids.ts";
import { listed } from "../../shared/migration/lists/listLine.ts";
import type { Migration } from "../../shared/migration/migration.ts";
import { storedJson } from "../../shared/migration/stored/storedJson.ts";
import type { MigrationStore } from "../../shared/ports.ts";
import { startAzurite } from "../support/azurite.ts";
import { aMigration, aSummary } from "../support/facts.ts";
import { ask, aWorld, VM } from "../support/world.ts";

const MANY = 450;
const idOf = (index: number): string => `db-${String(index).padStart(4, "0")}-1a2b3c4d`;

describe("the list of migrations on Azurite", () => {
  let azurite: Azurite;
  let list: TableClient;
  let store: MigrationStore;
  let numbers = 0;
  const unreadable: string[] = [];
  const world = aWorld();

  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite?.stop());
  beforeEach(async () => {
    const connection = { kind: "connectionString", connectionString: azurite.connectionString } as const;
    const suffix = ++numbers;
    list = stateTable(connection, `MigrationList${suffix}`);
    store = createTableMigrationStore({
      migrations: stateTable(connection, `Migrations${suffix}`),
      list,
      onRepairNeeded: (id) => assert.fail(`The line of ${id} was not written.`),
      onUnreadable: ({ message }) => unreadable.push(message),
    });
    await store.list(); // makes the table
    unreadable.length = 0;
  });

  const get = (query: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    ask(listMigrations({ ...world.services, migrations: store }), world, { method: "GET", query, headers });
  const put = (migration: Migration) => store.commit({ migrationId: migration.migrationId, migration });
  const putMany = async (count: number): Promise<void> => {
    const rows = Array.from({ length: count }, (_, index) => {
      const { line } = listed(aMigration(idOf(index), { state: index % 100 === 7 ? "failed" : "restoring" }));
      return { ...rowOf(LINE_ROW, "list", line.migrationId, line), revision: 1 };
    });
    for (let first = 0; first < count; first += 100)
      await list.submitTransaction(rows.slice(first, first + 100).map((row) => ["create", row]));
  };
  /** As version 0.1 wrote it. */
  const putOld = (migration: Migration) =>
    list.upsertEntity(
      { partitionKey: "list", rowKey: migration.migrationId, revision: 1, parts: 1, text0: storedJson(migration) },
      "Replace",
    );

  test("a page is one query, a filtered one as well, and so is the answer that nothing has changed", async () => {
    await putMany(MANY);
    const pages = [];
    let query: Record<string, string> | undefined = {};
    while (query) {
      const { result, requests } = await counted(() => get(query));
      assert.deepEqual(requests, ["GET"]);
      pages.push(result.body.items.length);
      query = result.body.nextCursor && { cursor: result.body.nextCursor };
    }
    assert.deepEqual(pages, [200, 200, 50]);
    const failed = await counted(() => get({ state: "failed", top: "3" }));
    assert.deepEqual([failed.requests.length, failed.result.body.items.length], [1, 3]);
    const rest = await counted(() => get({ state: "failed", top: "3", cursor: failed.result.body.nextCursor }));
    assert.deepEqual([rest.requests.length, rest.result.body.items.length], [1, 2]);
    const later = changeToken("2200-01-01T00:00:00.000Z");
    const unchanged = await counted(() => get({ since: later }, { "if-none-match": `"${later}"` }));
    assert.deepEqual([unchanged.requests.length, unchanged.result.status], [1, 304]);
    const tagged = await counted(() => get({}, { "if-none-match": `"${later}"` }));
    assert.deepEqual([tagged.requests.length, tagged.result.status], [1, 304]);
  });

  test("what has changed is one query, whatever else there is, and holds only that", async () => {
    await putMany(MANY);
    const later = changeToken(new Date().toISOString());
    await put(aMigration("new-1a2b3c4d"));
    const { result, requests } = await counted(() => get({ since: later }));
    assert.equal(requests.length, 1);
    assert.deepEqual(idsIn(result), ["new-1a2b3c4d"]);
  });

  test("rows of version 0.1, which hold the whole migration, are lines like others, and written anew once they are looked at", async () => {
    const target = { sqlVmResourceId: VM, databaseName: "Sales" };
    const checks = Array.from({ length: 30 }, (_, index) => ({
      ...{ id: `P${index}`, outcome: "pass", source: "DMS", observed: "", message: "m".repeat(200), remedy: "" },
    }));
    const summary = aSummary({ familyGuid: "F", databaseGuid: "D" });
    const migration = { ...aMigration("old-1a2b3c4d", { target, summary }), checks } as Migration;
    await putOld(migration);
    assert.deepEqual(idsIn(await get({ vm: "sqlvm-07" })), ["old-1a2b3c4d"]);
    assert.deepEqual(await store.list(), [listed(migration)]);
    await put(migration); // its record; the line has this revision already
    const facts = (await store.facts(migration.migrationId)) ?? assert.fail();
    await putOld(migration);
    const [toSweep] = (await store.listedFolders(undefined)).folders;
    assert.deepEqual(toSweep?.line, { folder: "Sales", hasEnded: false, vmKey: vmKeyOf(VM) });
    await store.repairLine(facts, toSweep);
    const row = await list.getEntity<{ text0: string }>("list", "old-1a2b3c4d");
    assert.ok(row.text0.length < 400, `${row.text0.length} characters`);
    assert.deepEqual(await store.list(), [listed(migration)]);
    assert.deepEqual(unreadable, []);
  });

  test("a row that cannot be read stops no page, and is told", async () => {
    for (const id of ["a", "b", "c", "d"]) await put(aMigration(`${id}-1a2b3c4d`));
    for (const rowKey of ["b-1a2b3c4d", "c-1a2b3c4d"])
      await list.upsertEntity({ partitionKey: "list", rowKey, parts: 1, text0: '{"state":"resting"}' }, "Merge");
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await get({ top: "1", ...(cursor && { cursor }) });
      seen.push(...idsIn(page));
      cursor = page.body.nextCursor;
    } while (cursor !== undefined);
    assert.deepEqual(seen, ["a-1a2b3c4d", "d-1a2b3c4d"]);
    assert.equal(unreadable.length, 2);
  });
});

const idsIn = ({ body }: { readonly body: { readonly items: readonly { readonly migrationId: string }[] } }) =>
  body.items.map(({ migrationId }) => migrationId);

const changeToken = (instant: string): string =>
  Buffer.from(JSON.stringify(["changes", instant])).toString("base64url");

/** Counts requests as Node's own HTTP client reports them, so that none is missed. */
async function counted<Result>(work: () => Promise<Result>): Promise<{ result: Result; requests: readonly string[] }> {
  const requests: string[] = [];
  const note = (message: unknown) => void requests.push((message as { request: { method: string } }).request.method);
  const sent = channel("http.client.request.start");
  sent.subscribe(note);
  try {
    return { result: await work(), requests };
  } finally {
    sent.unsubscribe(note);
  }
}
