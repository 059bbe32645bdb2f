// Keeps table MigrationList: a line for each migration, because a table has no second index and partitions hold every
// event.
import type { TableClient } from "@azure/data-tables";
import type { UnreadableRowError } from "../../migration/faults.ts";
import { type ListedMigration, listed } from "../../migration/lists/listLine.ts";
import type { LinesAsked, LinesSeen } from "../../migration/lists/page.ts";
import { hasEnded, type Migration } from "../../migration/migration.ts";
import type { ListedFolder, ListedFolders } from "../../ports.ts";
import { LINE_ROW, WHOLE_LINE_ROW } from "./storedRows.ts";
import {
  createdOnce,
  keysOfPartition,
  newerFault,
  orMissing,
  type Row,
  readRows,
  rowOf,
  rowsOf,
  rowsPage,
  unlessConflict,
} from "./tableRows.ts";

const TABLE = "MigrationList";
const PARTITION = "list";
/** Each lost race means that somebody else wrote the line: this many in a row do not happen. */
const MOST_RACES = 20;
/** Of one query. */
const MOST_ROWS = 1_000;

/**
 * How far before the service's answer the next question for what has changed begins. A row that was stamped before the
 * answer may be missing in it: the query had begun seconds earlier, and after a move the partition's server has another
 * clock. What is told twice does no harm.
 */
const OVERLAP_MS = 15_000;

export interface MigrationLines {
  /** Those that can be read. */
  all(): Promise<ListedMigration[]>;
  page(asked: LinesAsked): Promise<LinesSeen>;
  /** See MigrationStore.listedFolders. */
  behind(migrationId: string | undefined): Promise<ListedFolders>;
  /** See MigrationStore.listedIds. */
  ids(): Promise<ReadonlySet<string>>;
  /**
   * Writes the line unless it shows this revision already, or a newer one, and can be read; or a newer sqlferry wrote
   * it. One that holds the whole migration is written anew.
   */
  write(migration: Migration, revision: number): Promise<void>;
}

export function createMigrationLines(
  list: TableClient,
  onUnreadable: (fault: UnreadableRowError) => void,
): MigrationLines {
  const table = createdOnce(list);

  const read = (row: Row): ListedMigration[] =>
    isWhole(row)
      ? readRows(WHOLE_LINE_ROW, [row], TABLE, onUnreadable).map(listed)
      : readRows(LINE_ROW, [row], TABLE, onUnreadable).map((line) => ({ line, ...keysOf(row) }));

  /** A newer sqlferry's line, and a slim one that can be read and is not older. */
  function isToStay(row: Row, revision: number): boolean {
    const newer = newerFault(LINE_ROW, row, TABLE);
    if (newer) onUnreadable(newer);
    if (newer) return true;
    const shown = Number(row["revision"]);
    return (isWhole(row) ? shown > revision : shown >= revision) && read(row).length > 0;
  }

  return {
    async all() {
      return (await rowsOf(await table(), PARTITION)).flatMap(read);
    },

    async page({ after, since, top, wanted }) {
      const asked = { partitionKey: PARTITION, after, since, top: wanted ? MOST_ROWS : top };
      const { rows, next, at } = await rowsPage(await table(), asked);
      const asOf = new Date(Math.max(0, at.getTime() - OVERLAP_MS));
      const items: ListedMigration[] = [];
      for (const [index, row] of rows.entries()) {
        const known = read(row).filter(({ isForgotten }) => since !== undefined || !isForgotten);
        items.push(...known.filter((one) => wanted?.(one) ?? true));
        if (items.length === top && index < rows.length - 1) return { items, next: String(row["rowKey"]), asOf };
      }
      return { items, ...(next !== undefined && { next }), asOf };
    },

    async behind(migrationId) {
      const asked = { partitionKey: PARTITION, after: migrationId, top: MOST_ROWS };
      const { rows, next } = await rowsPage(await table(), asked);
      return { folders: rows.map((row) => listedFolder(row, read(row)[0])), ...(next !== undefined && { next }) };
    },

    async ids() {
      return new Set(await keysOfPartition(await table(), PARTITION));
    },

    async write(migration, revision) {
      const client = await table();
      const rowKey = migration.migrationId;
      const { line, ...keys } = listed(migration);
      const row = { ...rowOf(LINE_ROW, PARTITION, rowKey, line), revision, ...keys };
      for (let race = 0; race < MOST_RACES; race++) {
        const known = await orMissing(client.getEntity<Row>(PARTITION, rowKey));
        if (known && isToStay(known, revision)) return;
        const work = known ? client.updateEntity(row, "Replace", { etag: known.etag }) : client.createEntity(row);
        if (await unlessConflict(work)) return;
      }
      throw new Error(`The line of ${rowKey} could not be written: it changed ${MOST_RACES} times meanwhile.`);
    },
  };
}

/** Up to number 1, and without one, a row holds the whole migration. */
const isWhole = ({ schema }: Row): boolean => (typeof schema === "number" ? schema : 0) < LINE_ROW.schema;

/** They lie beside the line, since nobody is shown them. */
const keysOf = ({ vmKey, guidsKey, restoredUtc, isAllRestored, isForgotten }: Row): Omit<ListedMigration, "line"> => ({
  ...(typeof vmKey === "string" && { vmKey }),
  ...(typeof guidsKey === "string" && { guidsKey }),
  ...(typeof restoredUtc === "string" && { restoredUtc }),
  ...(isAllRestored === true && { isAllRestored }),
  ...(isForgotten === true && { isForgotten }),
});

const listedFolder = (row: Row, known: ListedMigration | undefined): ListedFolder => ({
  migrationId: String(row["rowKey"]),
  ...(known && {
    line: {
      folder: known.line.source.folder,
      hasEnded: hasEnded(known.line),
      ...(known.vmKey !== undefined && { vmKey: known.vmKey }),
      ...(!isWhole(row) && { revision: Number(row["revision"]) }),
    },
  }),
});
