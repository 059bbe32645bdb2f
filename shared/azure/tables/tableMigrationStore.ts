// Keeps migrations, requests, events and audit: table Migrations, one partition each; table MigrationList, one line
// each.
import type { TableClient, TransactionAction } from "@azure/data-tables";
import type { FerryEvent } from "../../migration/events/events.ts";
import type { UnreadableRowError } from "../../migration/faults.ts";
import { runInstanceId } from "../../migration/ids.ts";
import { type IdempotencyNote, type MigrationFacts, NOTE_KEPT_MS } from "../../migration/migration.ts";
import type { JsonRowKind } from "../../migration/stored/storedJson.ts";
import type { Change, MigrationStore } from "../../ports.ts";
import { createMigrationLines } from "./migrationLines.ts";
import { parseVersion, printVersion, type RowVersion } from "./rowVersion.ts";
import {
  AUDIT_ROW,
  CLAIM_ROW,
  EVENT_ROW,
  MIGRATION_ROW,
  NOTE_ROW,
  REQUEST_ROW,
  requestOf,
  storedRequestOf,
  WAKE_ROW,
} from "./storedRows.ts";
import {
  checkSchema,
  createdOnce,
  newerFault,
  newerRowAt,
  orConflict,
  orMissing,
  partitionsOf,
  query,
  quoted,
  type Row,
  readRow,
  readRows,
  rowOf,
  rowsOf,
  rowsPage,
  unlessConflict,
} from "./tableRows.ts";

/** Most rows of one transaction (Performing entity group transactions). Azurite takes more. */
const MOST_ROWS = 100;
/** Of a transaction that moves events: two rows each. */
const MOST_MOVED = MOST_ROWS / 2;
const WAKE_UP_MS = 10_000;
/**
 * Longer than a webhook's answer is waited for, and than publishing takes: sending is given up after seconds, moving
 * a thousand rows takes half of it.
 */
const CLAIM_MS = 60_000;

export interface MigrationTables {
  readonly migrations: TableClient;
  readonly list: TableClient;
  /**
   * A change was committed and its line in MigrationList could not be written: it shows an older state until
   * repairLine is called.
   */
  readonly onRepairNeeded: (migrationId: string, error: unknown) => void;
  /** A row was left out of what is listed, or a request of a migration's facts. */
  readonly onUnreadable: (fault: UnreadableRowError) => void;
}

export function createTableMigrationStore({
  migrations,
  list,
  onRepairNeeded,
  onUnreadable,
}: MigrationTables): MigrationStore {
  const table = createdOnce(migrations);
  const lines = createMigrationLines(list, onUnreadable);
  const readable = <T>(kind: JsonRowKind<T>, rows: readonly Row[]) => readRows(kind, rows, MIGRATIONS, onUnreadable);
  const eventsIn = (rows: readonly Row[]) => inOrderOfTime(readable(EVENT_ROW, rows));
  const rows = async (migrationId: string, prefix: string) => rowsOf(await table(), migrationId, prefix);

  const factsIn = (found: readonly Row[]): MigrationFacts | undefined => {
    const row = found.find((one) => one["rowKey"] === MIGRATION);
    if (!row) return undefined;
    const requests = found.filter((one) => String(one["rowKey"]).startsWith(REQUEST));
    // nothing is decided without a request of a newer sqlferry, nor written over it
    for (const row of requests) checkSchema(REQUEST_ROW, row, MIGRATIONS);
    const newerEvents = found.filter((one) => isWaitingEvent(one) && newerFault(EVENT_ROW, one, MIGRATIONS));
    const left = newerEvents.map((one) => String(one["rowKey"]));
    return {
      migration: readRow(MIGRATION_ROW, row, MIGRATIONS),
      version: printVersion({ revision: Number(row["revision"]), etag: String(row["etag"]), left }),
      requests: Object.fromEntries(readable(REQUEST_ROW, requests).map((one) => [one.kind, requestOf(one)])),
    };
  };

  const facts = async (migrationId: string): Promise<MigrationFacts | undefined> =>
    factsIn(await query(await table(), `PartitionKey eq ${quoted(migrationId)} and ${FACTS}`));

  return {
    facts,

    async standing(migrationId) {
      const found = await query(await table(), `PartitionKey eq ${quoted(migrationId)} and ${STANDING}`);
      const facts = factsIn(found);
      return facts && { ...facts, hasWaitingEvents: found.some(isWaitingEvent) };
    },

    list: () => lines.all(),
    lines: (asked) => lines.page(asked),
    listedFolders: (after) => lines.behind(after),
    listedIds: () => lines.ids(),

    async ids(after, most) {
      return partitionsOf(await table(), after, most);
    },

    async commit(change) {
      const revision = change.version === undefined ? 1 : parseVersion(change.version).revision + 1;
      const client = await table();
      const work = transactionOf(change, revision);
      if (change.note) work.push(...(await outlived(client, change.migrationId, change.note, MOST_ROWS - work.length)));
      if (!(await unlessConflict(client.submitTransaction(work)))) return "conflict";
      try {
        await lines.write(change.migration, revision);
      } catch (error) {
        onRepairNeeded(change.migrationId, error);
      }
      return "committed";
    },

    async note(migrationId, key) {
      const row = await orMissing((await table()).getEntity<Row>(migrationId, `${NOTE}${key}`));
      return row && readRow(NOTE_ROW, row, MIGRATIONS);
    },

    async outbox(migrationId) {
      return eventsIn(await rows(migrationId, OUTBOX));
    },

    async published(migrationId, events) {
      const client = await table();
      // a key may occur once in a transaction
      const once = [...new Map(events.map((event) => [event.id, event])).values()];
      for (let first = 0; first < once.length; first += MOST_MOVED) {
        const some = once.slice(first, first + MOST_MOVED);
        if (await moveToPublished(client, migrationId, some)) continue;
        for (const event of some) {
          // Moved before, or told once more after a crash: then only its second copy has to leave the outbox.
          if (!(await moveToPublished(client, migrationId, [event])))
            await orMissing(client.deleteEntity(migrationId, `${OUTBOX}${event.id}`));
        }
      }
    },

    async claimOutbox(migrationId, now) {
      const client = await table();
      const row = claimOf(migrationId, PUBLISHING, now);
      const created = await orConflict(client.createEntity(row));
      if (created) return created.etag;
      const known = await orMissing(client.getEntity<Row>(row.partitionKey, row.rowKey));
      if (!known) return undefined; // gone since: who gave it back looks once more
      const newer = newerFault(CLAIM_ROW, known, MIGRATIONS);
      if (newer) onUnreadable(newer); // its events wait
      if (newer || !hasRunOut(known["claimed"], now)) return undefined;
      return (await orConflict(client.updateEntity(row, "Replace", { etag: known.etag })))?.etag;
    },

    async dropOutboxClaim(migrationId, claim) {
      await unlessConflict((await table()).deleteEntity(migrationId, PUBLISHING, { etag: claim }));
    },

    async events(migrationId) {
      return eventsIn(await rows(migrationId, EVENT));
    },

    async audit(migrationId) {
      return readable(AUDIT_ROW, await rows(migrationId, AUDIT));
    },

    async auditPage(migrationId, { top, after }) {
      const asked = { partitionKey: migrationId, prefix: AUDIT, top, after: after && `${AUDIT}${after}` };
      const { rows: found, next } = await rowsPage(await table(), asked);
      const items = readable(AUDIT_ROW, found);
      return { items, ...(next !== undefined && { next: next.slice(AUDIT.length) }) };
    },

    async beginTurn(migrationId, watchInstanceId) {
      const client = await table();
      const found = await query(client, `PartitionKey eq ${quoted(migrationId)} and ${FACTS_AND_WAKE}`);
      const known = found.find(({ rowKey }) => rowKey === WAKE);
      const newer = known && newerFault(WAKE_ROW, known, MIGRATIONS);
      if (newer) onUnreadable(newer); // then the watch looks when its time has come
      // As it is to be: a wake-up that comes now wakes this watch after this turn. Whoever wakes has written his fact
      // before, so that the record beside a row without a wake-up has it.
      if (newer || (known?.["watch"] === watchInstanceId && !known["pending"])) return factsIn(found);
      const row = { partitionKey: migrationId, rowKey: WAKE, schema: WAKE_ROW.schema, watch: watchInstanceId };
      await client.upsertEntity(row, "Replace"); // without `pending`: no wake-up is under way
      return facts(migrationId);
    },

    async dropWatch(run) {
      const client = await table();
      const { migrationId } = run;
      const ofRun = `${runInstanceId(migrationId, run.run)}-`;
      for (;;) {
        const row = await orMissing(client.getEntity<Row>(migrationId, WAKE));
        if (!row || newerFault(WAKE_ROW, row, MIGRATIONS)) return;
        if (typeof row["watch"] !== "string" || !row["watch"].startsWith(ofRun)) return;
        const nobody = { partitionKey: migrationId, rowKey: WAKE, schema: WAKE_ROW.schema };
        if (await unlessConflict(client.updateEntity(nobody, "Replace", { etag: row.etag }))) return;
      }
    },

    async watchToSignal(migrationId, now) {
      const client = await table();
      for (;;) {
        const row = await orMissing(client.getEntity<Row>(migrationId, WAKE));
        if (!row) return { kind: "nobody" };
        // a newer sqlferry's watch looks when its time has come
        if (newerFault(WAKE_ROW, row, MIGRATIONS) || isUnderWay(row["pending"], now)) return { kind: "underWay" };
        const { watch } = row;
        const pending = { partitionKey: migrationId, rowKey: WAKE, pending: now.toISOString() };
        // On a conflict somebody else was told, or a watch began a turn, which reads the facts after that, or the last
        // one was dropped.
        if (await unlessConflict(client.updateEntity(pending, "Merge", { etag: row.etag })))
          return typeof watch === "string" ? { kind: "watch", watch } : { kind: "nobody" };
      }
    },

    async signalAnswered(migrationId) {
      const client = await table();
      if (await newerRowAt(client, WAKE_ROW, migrationId, WAKE)) return;
      await orMissing(client.updateEntity({ partitionKey: migrationId, rowKey: WAKE, pending: "" }, "Merge"));
    },

    async claimCard(migrationId, eventId, now) {
      const client = await table();
      const row = claimOf(migrationId, `${CARD}${eventId}`, now);
      const known = await orMissing(client.getEntity<Row>(row.partitionKey, row.rowKey));
      if (known) checkSchema(CLAIM_ROW, known, MIGRATIONS);
      if (known?.["at"] !== undefined) return "posted";
      if (known && !hasRunOut(known["claimed"], now)) return "busy";
      const work = known ? client.updateEntity(row, "Replace", { etag: known.etag }) : client.createEntity(row);
      return (await unlessConflict(work)) ? "claimed" : "busy";
    },

    async dropCardClaim(migrationId, eventId) {
      await orMissing((await table()).deleteEntity(migrationId, `${CARD}${eventId}`));
    },

    async noteCardPosted(migrationId, eventId, at) {
      const row = { partitionKey: migrationId, rowKey: `${CARD}${eventId}`, schema: CLAIM_ROW.schema, at };
      await (await table()).upsertEntity(row, "Replace");
    },

    async repairLine({ migration, version }, listed) {
      const { revision } = parseVersion(version);
      if ((listed?.line?.revision ?? -1) < revision) await lines.write(migration, revision);
    },
  };
}

const MIGRATIONS = "Migrations";

// Row keys

const MIGRATION = "migration";
const WAKE = "wake";
/** Of a request, which 0.1.0 called a wish. */
const REQUEST = "wish|";
const PUBLISHING = "publishing";
const OUTBOX = "outbox|";
const EVENT = "event|";
const AUDIT = "audit|";
const CARD = "card|";
const NOTE = "idem|";

/**
 * The migration and its requests in one query, because they belong to one moment; with waiting events of a newer
 * sqlferry, if any.
 */
const UP_TO_REQUESTS = `RowKey ge '${MIGRATION}' and RowKey lt '${REQUEST}~'`;
const FACTS = `${UP_TO_REQUESTS} and (RowKey eq '${MIGRATION}' or RowKey ge '${REQUEST}' or schema gt ${EVENT_ROW.schema})`;
/**
 * With the row of the watch, which lies between the migration and its requests: even read one by one it is no older
 * than the record.
 */
const FACTS_AND_WAKE = `${UP_TO_REQUESTS} and (RowKey eq '${MIGRATION}' or RowKey eq '${WAKE}' or RowKey ge '${REQUEST}' or schema gt ${EVENT_ROW.schema})`;
/** With all events that wait, which lie between them. */
const STANDING = `${UP_TO_REQUESTS} and (RowKey lt '${OUTBOX}~' or RowKey ge '${REQUEST}')`;
const isWaitingEvent = (row: Row): boolean => String(row["rowKey"]).startsWith(OUTBOX);

/** True while a wake-up may still be on its way: set, and not older than ten seconds. */
export function isUnderWay(pending: unknown, now: Date): boolean {
  return typeof pending === "string" && now.getTime() - Date.parse(pending) <= WAKE_UP_MS;
}

const hasRunOut = (claimed: unknown, now: Date): boolean => now.getTime() - Date.parse(String(claimed)) > CLAIM_MS;

function transactionOf(change: Change, revision: number): TransactionAction[] {
  const { migrationId, version, migration, request, events = [], audit = [], note } = change;
  const { etag, left = [] }: Partial<RowVersion> = version === undefined ? {} : parseVersion(version);
  const row = { ...rowOf(MIGRATION_ROW, migrationId, MIGRATION, migration), revision };
  const others = [
    ...[request ?? []]
      .flat()
      .map((one) => rowOf(REQUEST_ROW, migrationId, `${REQUEST}${one.kind}`, storedRequestOf(one))),
    ...events
      .map((event) => rowOf(EVENT_ROW, migrationId, `${OUTBOX}${event.id}`, event))
      .filter(({ rowKey }) => !left.includes(rowKey)), // it waits already, as a newer sqlferry tells it
    ...audit.map((entry) => rowOf(AUDIT_ROW, migrationId, `${AUDIT}${entry.at}|${entry.id}`, entry)),
    ...(note ? [{ ...rowOf(NOTE_ROW, migrationId, `${NOTE}${note.key}`, note), at: note.at }] : []),
  ];
  // a key may occur once in a transaction
  const once = [...new Map(others.map((other) => [other.rowKey, other])).values()];
  if (once.length >= MOST_ROWS)
    throw new RangeError(`A change of ${once.length + 1} rows; a transaction takes ${MOST_ROWS}.`);
  return [
    etag === undefined ? ["create", row] : ["update", row, "Replace", { etag }],
    ...once.map((other): TransactionAction => ["upsert", other, "Replace"]),
  ];
}

/** All of them or none. False: one was moved before, or is listed as published already. */
const moveToPublished = (client: TableClient, migrationId: string, events: readonly FerryEvent[]): Promise<boolean> =>
  unlessConflict(
    client.submitTransaction(
      events.flatMap((event): TransactionAction[] => [
        ["create", rowOf(EVENT_ROW, migrationId, `${EVENT}${event.id}`, event)],
        ["delete", { partitionKey: migrationId, rowKey: `${OUTBOX}${event.id}` }],
      ]),
    ),
  );

/**
 * Notes that are no longer honoured when this one is written, as many as fit. One that another change removes
 * meanwhile is a conflict.
 */
async function outlived(
  client: TableClient,
  migrationId: string,
  { key, at }: IdempotencyNote,
  most: number,
): Promise<TransactionAction[]> {
  const before = new Date(Date.parse(at) - NOTE_KEPT_MS).toISOString();
  const old = `PartitionKey eq ${quoted(migrationId)} and RowKey ge '${NOTE}' and RowKey lt '${NOTE}~' and at le '${before}'`;
  const rows = (await query(client, old)).filter(({ rowKey }) => rowKey !== `${NOTE}${key}`);
  return rows
    .slice(0, most)
    .map(({ rowKey }) => ["delete", { partitionKey: migrationId, rowKey: String(rowKey) }] as const);
}

const claimOf = (partitionKey: string, rowKey: string, now: Date) => ({
  partitionKey,
  rowKey,
  schema: CLAIM_ROW.schema,
  claimed: now.toISOString(),
});

const inOrderOfTime = (events: readonly FerryEvent[]): FerryEvent[] =>
  events.toSorted((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
