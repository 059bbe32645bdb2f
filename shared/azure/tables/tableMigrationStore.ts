// Where do migrations, wishes, events and audit lie? Table Migrations, one partition each; table MigrationList, one line each.
import type { TableClient, TransactionAction } from "@azure/data-tables";
import type { z } from "zod";
import { StoredAuditEntry, StoredEvent, StoredMigration, StoredWish, storedJson } from "../../migration/contracts.ts";
import type { FerryEvent } from "../../migration/events/events.ts";
import type { UnreadableRowError } from "../../migration/faults.ts";
import type { Change, MigrationStore } from "../../ports.ts";
import { createMigrationLines } from "./migrationLines.ts";
import { parseVersion, printVersion } from "./rowVersion.ts";
import {
  createdOnce,
  orConflict,
  orMissing,
  partitionsOf,
  query,
  quoted,
  type Row,
  readRow,
  readRows,
  rowsOf,
  rowsPage,
  textProperties,
  unlessConflict,
} from "./tableRows.ts";

/** Most rows of one transaction (Performing entity group transactions). Azurite takes more. */
const MOST_ROWS = 100;
const WAKE_UP_MS = 10_000;
/** Longer than a webhook's answer is waited for, and than publishing takes: sending is given up after seconds, moving a thousand rows takes half of it. */
const CLAIM_MS = 60_000;

export interface MigrationTables {
  readonly migrations: TableClient;
  readonly list: TableClient;
  /** A change was committed and its line in MigrationList could not be written: it shows an older state until repairLine is called. */
  readonly onRepairNeeded: (migrationId: string, error: unknown) => void;
  /** A row was left out of what is listed, or a wish of a migration's facts. */
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
  const readable = <T>(schema: z.ZodType<T>, rows: readonly Row[]) => readRows(schema, rows, MIGRATIONS, onUnreadable);
  const eventsIn = (rows: readonly Row[]) => inOrderOfTime(readable(StoredEvent, rows));
  const rows = async (migrationId: string, prefix: string) => rowsOf(await table(), migrationId, prefix);

  return {
    async facts(migrationId) {
      const found = await query(await table(), `PartitionKey eq ${quoted(migrationId)} and ${FACTS}`);
      const row = found.find((one) => one["rowKey"] === MIGRATION);
      if (!row) return undefined;
      const wishes = found.filter((one) => one !== row);
      return {
        migration: readRow(StoredMigration, row, MIGRATIONS),
        version: printVersion({ revision: Number(row["revision"]), etag: String(row["etag"]) }),
        wishes: Object.fromEntries(readable(StoredWish, wishes).map((wish) => [wish.kind, wish])),
      };
    },

    list: () => lines.all(),

    lines: (asked) => lines.page(asked),

    async ids() {
      return partitionsOf(await table());
    },

    async commit(change) {
      const revision = change.version === undefined ? 1 : parseVersion(change.version).revision + 1;
      const work = transactionOf(change, revision);
      const client = await table();
      if (!(await unlessConflict(client.submitTransaction(work)))) return "conflict";
      try {
        await lines.write(change.migration, revision);
      } catch (error) {
        onRepairNeeded(change.migrationId, error);
      }
      return "committed";
    },

    async outbox(migrationId) {
      return eventsIn(await rows(migrationId, OUTBOX));
    },

    async published(migrationId, event) {
      const told = rowOf(migrationId, `${EVENT}${event.id}`, event);
      const gone = { partitionKey: migrationId, rowKey: `${OUTBOX}${event.id}` };
      const client = await table();
      const move = client.submitTransaction([
        ["create", told],
        ["delete", gone],
      ]);
      // Moved before, or told once more after a crash: then only its second copy has to leave the outbox.
      if (!(await unlessConflict(move))) await orMissing(client.deleteEntity(gone.partitionKey, gone.rowKey));
    },

    async claimOutbox(migrationId, now) {
      const client = await table();
      const row = { partitionKey: migrationId, rowKey: PUBLISHING, claimed: now.toISOString() };
      const created = await orConflict(client.createEntity(row));
      if (created) return created.etag;
      const known = await orMissing(client.getEntity<Row>(row.partitionKey, row.rowKey));
      if (!known || !hasRunOut(known["claimed"], now)) return undefined; // gone since: who gave it back looks once more
      return (await orConflict(client.updateEntity(row, "Replace", { etag: known.etag })))?.etag;
    },

    async dropOutboxClaim(migrationId, claim) {
      await unlessConflict((await table()).deleteEntity(migrationId, PUBLISHING, { etag: claim }));
    },

    async events(migrationId) {
      return eventsIn(await rows(migrationId, EVENT));
    },

    async audit(migrationId) {
      return readable(StoredAuditEntry, await rows(migrationId, AUDIT));
    },

    async auditPage(migrationId, { top, after }) {
      const asked = { partitionKey: migrationId, prefix: AUDIT, top, after: after && `${AUDIT}${after}` };
      const { rows: found, next } = await rowsPage(await table(), asked);
      const items = readable(StoredAuditEntry, found);
      return { items, ...(next !== undefined && { next: next.slice(AUDIT.length) }) };
    },

    async registerWatch(migrationId, watchInstanceId) {
      const row = { partitionKey: migrationId, rowKey: WAKE, watch: watchInstanceId };
      await (await table()).upsertEntity(row, "Replace"); // without `pending`: no wake-up is under way
    },

    async watchToSignal(migrationId, now) {
      const client = await table();
      const row = await orMissing(client.getEntity<Row>(migrationId, WAKE));
      if (!row || isUnderWay(row["pending"], now)) return undefined;
      const pending = { partitionKey: migrationId, rowKey: WAKE, pending: now.toISOString() };
      // On a conflict somebody else knocked, or the watch began a turn: it reads the facts after that, ours among them.
      const knocked = await unlessConflict(client.updateEntity(pending, "Merge", { etag: row.etag }));
      return knocked ? String(row["watch"]) : undefined;
    },

    async claimCard(migrationId, eventId, now) {
      const client = await table();
      const row = { partitionKey: migrationId, rowKey: `${CARD}${eventId}`, claimed: now.toISOString() };
      const known = await orMissing(client.getEntity<Row>(row.partitionKey, row.rowKey));
      if (known?.["at"] !== undefined) return "posted";
      if (known && !hasRunOut(known["claimed"], now)) return "busy";
      const work = known ? client.updateEntity(row, "Replace", { etag: known.etag }) : client.createEntity(row);
      return (await unlessConflict(work)) ? "claimed" : "busy";
    },

    async dropCardClaim(migrationId, eventId) {
      await orMissing((await table()).deleteEntity(migrationId, `${CARD}${eventId}`));
    },

    async noteCardPosted(migrationId, eventId, at) {
      await (await table()).upsertEntity({ partitionKey: migrationId, rowKey: `${CARD}${eventId}`, at }, "Replace");
    },

    repairLine: ({ migration, version }) => lines.write(migration, parseVersion(version).revision),
  };
}

const MIGRATIONS = "Migrations";

// Row keys

const MIGRATION = "migration";
const WAKE = "wake";
const WISH = "wish|";
const PUBLISHING = "publishing";
const OUTBOX = "outbox|";
const EVENT = "event|";
const AUDIT = "audit|";
const CARD = "card|";

/** The migration and its wishes in one query: they belong to one moment. */
const FACTS = `RowKey ge '${MIGRATION}' and RowKey lt '${WISH}~' and (RowKey eq '${MIGRATION}' or RowKey ge '${WISH}')`;

/** True while a wake-up may still be on its way: set, and not older than ten seconds. */
export function isUnderWay(pending: unknown, now: Date): boolean {
  return typeof pending === "string" && now.getTime() - Date.parse(pending) <= WAKE_UP_MS;
}

const hasRunOut = (claimed: unknown, now: Date): boolean => now.getTime() - Date.parse(String(claimed)) > CLAIM_MS;

function transactionOf(change: Change, revision: number): TransactionAction[] {
  const { migrationId, version, migration, wish, events = [], audit = [] } = change;
  const row = { ...rowOf(migrationId, MIGRATION, migration), revision };
  const others = [
    ...[wish ?? []].flat().map((one) => rowOf(migrationId, `${WISH}${one.kind}`, one)),
    ...events.map((event) => rowOf(migrationId, `${OUTBOX}${event.id}`, event)),
    ...audit.map((entry) => rowOf(migrationId, `${AUDIT}${entry.at}|${entry.id}`, entry)),
  ];
  const once = [...new Map(others.map((other) => [other.rowKey, other])).values()]; // a key may occur once in a transaction
  if (once.length >= MOST_ROWS)
    throw new RangeError(`A change of ${once.length + 1} rows; a transaction takes ${MOST_ROWS}.`);
  return [
    version === undefined ? ["create", row] : ["update", row, "Replace", { etag: parseVersion(version).etag }],
    ...once.map((other): TransactionAction => ["upsert", other, "Replace"]),
  ];
}

const rowOf = (partitionKey: string, rowKey: string, value: unknown) => ({
  partitionKey,
  rowKey,
  ...textProperties(storedJson(value)),
});

const inOrderOfTime = (events: readonly FerryEvent[]): FerryEvent[] =>
  events.toSorted((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
