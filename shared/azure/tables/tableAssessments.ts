// Keeps published assessments: table Assessments, one partition per server, with pointers from the GUIDs of databases to its rows.
//
// A pointer is written before what it points to: one that leads nowhere is harmless, a row that nothing points to would be missed.
import type { TableClient, TableEntity, TransactionAction } from "@azure/data-tables";
import {
  type AssessmentChange,
  type AssessmentStore,
  type KnownDatabase,
  lineOf,
  nameKeyOf,
  rowKeyOf,
} from "../../assessed/assessmentStore.ts";
import { StoredDatabase, StoredLine, StoredServer } from "../../assessed/contracts.ts";
import { compareText } from "../../chain/files/identity.ts";
import { StoredAuditEntry, storedJson } from "../../migration/contracts.ts";
import type { AuditEntry } from "../../migration/migration.ts";
import {
  createdOnce,
  orMissing,
  type Row,
  readRow,
  rowsOf,
  rowsPage,
  textProperties,
  unlessConflict,
} from "./tableRows.ts";

const TABLE = "Assessments";
const SERVER = "server";
const DATABASE = "database|";
const LINE = "line|";
const AUDIT = "audit|";
/** Partition of the pointers to servers: an assessment's id always ends with "-" and eight digits. */
const LIST = "list";

/** A transaction takes 100 rows and 4 MiB; text is ASCII, and its quotes are escaped on the way. */
const MOST_ROWS = 98;
const MOST_CHARACTERS = 2_500_000;

export function createTableAssessments(assessments: TableClient): AssessmentStore {
  const table = createdOnce(assessments);
  const get = async (partitionKey: string, rowKey: string): Promise<Row | undefined> =>
    orMissing((await table()).getEntity<Row>(partitionKey, rowKey));

  async function serverOf(assessmentId: string) {
    const row = await get(assessmentId, SERVER);
    return row && { server: readRow(StoredServer, row, TABLE), version: String(row["etag"]) };
  }

  async function databaseAt(assessmentId: string, key: string): Promise<KnownDatabase | undefined> {
    const row = await get(assessmentId, DATABASE + key);
    return row && knownIn(assessmentId, row);
  }

  return {
    async ids({ top, after }) {
      const { rows, next } = await rowsPage(await table(), { partitionKey: LIST, top, after });
      const items = rows.map((row) => String(row["rowKey"]));
      return { items, ...(next !== undefined && { next }) };
    },

    server: serverOf,

    async lines(assessmentId) {
      const rows = await rowsOf(await table(), assessmentId, LINE);
      return rows.map((row) => readRow(StoredLine, row, TABLE)).sort((a, b) => compareText(a.name, b.name));
    },

    find: (assessmentId, database) => databaseAt(assessmentId, rowKeyOf(database)),

    async byGuids(familyGuid, databaseGuid) {
      const pointers = await rowsOf(await table(), guidKeyOf(familyGuid, databaseGuid));
      const known = await Promise.all(
        pointers.map((row) => databaseAt(String(row["assessmentId"]), String(row["database"]))),
      );
      return known.filter((one) => one !== undefined);
    },

    async byName(assessmentId, databaseName) {
      const rows = await rowsOf(await table(), assessmentId, `${DATABASE}${nameKeyOf(databaseName)}|`);
      return rows.map((row) => knownIn(assessmentId, row));
    },

    async audit(assessmentId) {
      const rows = await rowsOf(await table(), assessmentId, AUDIT);
      return rows.map((row) => readRow(StoredAuditEntry, row, TABLE));
    },

    async commit(change) {
      const client = await table();
      await Promise.all(pointersOf(change).map((pointer) => client.upsertEntity(pointer, "Replace")));
      for (const work of transactionsOf(change))
        if (!(await unlessConflict(client.submitTransaction(work)))) return "conflict";
      return "committed";
    },

    async remove(assessmentId, databaseName, entry) {
      const client = await table();
      const audit = { partitionKey: assessmentId, rowKey: auditKeyOf(entry), ...textProperties(storedJson(entry)) };
      await client.upsertEntity(audit, "Replace");
      const of = databaseName === undefined ? "" : `${nameKeyOf(databaseName)}|`;
      // A row that nothing points to would be missed, a pointer to nothing is harmless: pointers from GUIDs stay.
      for (const kind of [LINE, DATABASE])
        for (const row of await rowsOf(client, assessmentId, kind + of))
          await gone(client, assessmentId, row["rowKey"]);
      if (databaseName !== undefined) return;
      await gone(client, assessmentId, SERVER); // the last one: until then it can be repeated
      await gone(client, LIST, assessmentId);
    },
  };
}

/** Whatever its version, and also when it is gone already. */
async function gone(client: TableClient, partitionKey: string, rowKey: unknown): Promise<void> {
  await orMissing(client.deleteEntity(partitionKey, String(rowKey)));
}

const auditKeyOf = ({ at, id }: AuditEntry): string => `${AUDIT}${at}|${id}`;

const knownIn = (assessmentId: string, row: Row): KnownDatabase => ({
  assessmentId,
  database: readRow(StoredDatabase, row, TABLE),
  version: String(row["etag"]),
});

const guidKeyOf = (familyGuid: string, databaseGuid: string): string => `guid|${familyGuid}|${databaseGuid}`;

function pointersOf({ server: { assessmentId }, databases }: AssessmentChange): readonly TableEntity[] {
  const ofDatabases = databases.flatMap(({ database }): TableEntity[] => {
    const { familyGuid, databaseGuid } = database;
    if (!familyGuid || !databaseGuid) return [];
    const rowKey = `${assessmentId}|${nameKeyOf(database.name)}`;
    return [{ partitionKey: guidKeyOf(familyGuid, databaseGuid), rowKey, assessmentId, database: rowKeyOf(database) }];
  });
  return [...ofDatabases, { partitionKey: LIST, rowKey: assessmentId }];
}

/** Databases first, each with its line; what tells of the whole comes last: it is there when they all are. */
function transactionsOf({ server, serverVersion, databases, audit }: AssessmentChange): TransactionAction[][] {
  const partitionKey = server.assessmentId;
  const rowOf = (rowKey: string, value: unknown) => ({ partitionKey, rowKey, ...textProperties(storedJson(value)) });
  const written = (row: ReturnType<typeof rowOf>, version: string | undefined): TransactionAction =>
    version === undefined ? ["create", row] : ["update", row, "Replace", { etag: version }];
  const transactions: TransactionAction[][] = [[]];
  let size = 0;
  for (const { database, version } of databases) {
    const key = rowKeyOf(database);
    const row = rowOf(DATABASE + key, database);
    const characters = storedJson(database).length;
    const open = transactions.at(-1) as TransactionAction[];
    const isFull = open.length + 2 > MOST_ROWS || (open.length > 0 && size + characters > MOST_CHARACTERS);
    if (isFull) transactions.push([]);
    size = isFull ? characters : size + characters;
    transactions.at(-1)?.push(written(row, version), ["upsert", rowOf(LINE + key, lineOf(database)), "Replace"]);
  }
  const last = [
    written(rowOf(SERVER, server), serverVersion),
    ...audit.map((entry): TransactionAction => ["upsert", rowOf(auditKeyOf(entry), entry), "Replace"]),
  ];
  const open = transactions.at(-1) as TransactionAction[];
  if (open.length + last.length <= 100) open.push(...last);
  else transactions.push(last);
  return transactions;
}
