// Keeps published assessments: table Assessments, one partition per server, with pointers from the GUIDs of databases
// to its rows.
//
// A pointer is written before what it points to: one that leads nowhere is harmless, a row that nothing points to
// would be missed.
import type { TableClient, TableEntity, TransactionAction } from "@azure/data-tables";
import { DATABASE_LINE_ROW, DATABASE_ROW, POINTER_ROW, SERVER_ROW } from "../../assessed/assessmentShapes.ts";
import {
  type AssessmentChange,
  type AssessmentStore,
  type KnownDatabase,
  lineOf,
  nameKeyOf,
  rowKeyOf,
} from "../../assessed/assessmentStore.ts";
import { compareText } from "../../chain/files/identity.ts";
import type { AuditEntry } from "../../migration/migration.ts";
import { type RowKind, storedJson } from "../../migration/stored/storedJson.ts";
import { AUDIT_ROW } from "./storedRows.ts";
import {
  checkSchema,
  createdOnce,
  orMissing,
  query,
  quoted,
  type Row,
  readRow,
  rowOf,
  rowsOf,
  rowsPage,
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
    return row && { server: readRow(SERVER_ROW, row, TABLE), version: String(row["etag"]) };
  }

  async function databaseAt(assessmentId: string, key: string): Promise<KnownDatabase | undefined> {
    const row = await get(assessmentId, DATABASE + key);
    return row && knownIn(assessmentId, row);
  }

  /** NewerRowError when a newer sqlferry wrote one of them. */
  async function checked(kind: RowKind, partitionKey: string, prefix = ""): Promise<Row[]> {
    const rows = await rowsOf(await table(), partitionKey, prefix);
    for (const row of rows) checkSchema(kind, row, TABLE);
    return rows;
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
      return rows.map((row) => readRow(DATABASE_LINE_ROW, row, TABLE)).sort((a, b) => compareText(a.name, b.name));
    },

    find: (assessmentId, database) => databaseAt(assessmentId, rowKeyOf(database)),

    async byGuids(familyGuid, databaseGuid) {
      const pointers = await checked(POINTER_ROW, guidKeyOf(familyGuid, databaseGuid));
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
      return rows.map((row) => readRow(AUDIT_ROW, row, TABLE));
    },

    async commit(change) {
      const client = await table();
      const lines = `PartitionKey eq ${quoted(change.server.assessmentId)} and RowKey ge '${LINE}' and RowKey lt '${LINE}~'`;
      const newer = await query(client, `${lines} and schema gt ${DATABASE_LINE_ROW.schema}`);
      // databases are checked by whoever has found them
      for (const line of newer) checkSchema(DATABASE_LINE_ROW, line, TABLE);
      // One that is there already says the same: its key tells all of it.
      await Promise.all(pointersOf(change).map((pointer) => unlessConflict(client.createEntity(pointer))));
      for (const work of transactionsOf(change))
        if (!(await unlessConflict(client.submitTransaction(work)))) return "conflict";
      return "committed";
    },

    async remove(assessmentId, databaseName, entry) {
      const client = await table();
      const of = databaseName === undefined ? "" : `${nameKeyOf(databaseName)}|`;
      // A row that nothing points to would be missed, a pointer to nothing is harmless: pointers from GUIDs stay.
      const doomed = [
        ...(await checked(DATABASE_LINE_ROW, assessmentId, LINE + of)),
        ...(await checked(DATABASE_ROW, assessmentId, DATABASE + of)),
      ];
      // The last ones: until then it can be repeated.
      if (databaseName === undefined)
        doomed.push(
          ...(await checked(SERVER_ROW, assessmentId, SERVER)),
          ...(await checked(POINTER_ROW, LIST, assessmentId)),
        );
      await client.upsertEntity(rowOf(AUDIT_ROW, assessmentId, auditKeyOf(entry), entry), "Replace");
      // Whatever its version, and also when it is gone already.
      for (const { partitionKey, rowKey } of doomed)
        await orMissing(client.deleteEntity(String(partitionKey), String(rowKey)));
    },
  };
}

const auditKeyOf = ({ at, id }: AuditEntry): string => `${AUDIT}${at}|${id}`;

const knownIn = (assessmentId: string, row: Row): KnownDatabase => ({
  assessmentId,
  database: readRow(DATABASE_ROW, row, TABLE),
  version: String(row["etag"]),
});

const guidKeyOf = (familyGuid: string, databaseGuid: string): string => `guid|${familyGuid}|${databaseGuid}`;

function pointersOf({ server: { assessmentId }, databases }: AssessmentChange): readonly TableEntity[] {
  const ofDatabases = databases.flatMap(({ database }): TableEntity[] => {
    const { familyGuid, databaseGuid } = database;
    if (!familyGuid || !databaseGuid) return [];
    const rowKey = `${assessmentId}|${nameKeyOf(database.name)}`;
    const partitionKey = guidKeyOf(familyGuid, databaseGuid);
    return [{ partitionKey, rowKey, ...POINTER_ROW, assessmentId, database: rowKeyOf(database) }];
  });
  return [...ofDatabases, { partitionKey: LIST, rowKey: assessmentId, ...POINTER_ROW }];
}

/** Databases first, each with its line; what tells of the whole comes last: it is there when they all are. */
function transactionsOf({ server, serverVersion, databases, audit }: AssessmentChange): TransactionAction[][] {
  const partitionKey = server.assessmentId;
  const written = (row: TableEntity, version: string | undefined): TransactionAction =>
    version === undefined ? ["create", row] : ["update", row, "Replace", { etag: version }];
  const transactions: TransactionAction[][] = [[]];
  let size = 0;
  for (const { database, version } of databases) {
    const key = rowKeyOf(database);
    const row = rowOf(DATABASE_ROW, partitionKey, DATABASE + key, database);
    const characters = storedJson(database).length;
    const open = transactions.at(-1) as TransactionAction[];
    const isFull = open.length + 2 > MOST_ROWS || (open.length > 0 && size + characters > MOST_CHARACTERS);
    if (isFull) transactions.push([]);
    size = isFull ? characters : size + characters;
    transactions
      .at(-1)
      ?.push(written(row, version), [
        "upsert",
        rowOf(DATABASE_LINE_ROW, partitionKey, LINE + key, lineOf(database)),
        "Replace",
      ]);
  }
  const last = [
    written(rowOf(SERVER_ROW, partitionKey, SERVER, server), serverVersion),
    ...audit.map(
      (entry): TransactionAction => ["upsert", rowOf(AUDIT_ROW, partitionKey, auditKeyOf(entry), entry), "Replace"],
    ),
  ];
  const open = transactions.at(-1) as TransactionAction[];
  if (open.length + last.length <= 100) open.push(...last);
  else transactions.push(last);
  return transactions;
}
