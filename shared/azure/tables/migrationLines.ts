// Which migrations are there? Table MigrationList: a line each, because a table has no second index and partitions hold every event.
import type { TableClient } from "@azure/data-tables";
import type { UnreadableRowError } from "../../migration/faults.ts";
import { vmKeyOf } from "../../migration/ids.ts";
import { hasEnded, type Migration } from "../../migration/migration.ts";
import type { ListedFolder, ListedFolders } from "../../ports.ts";
import { LINE_ROW } from "./storedRows.ts";
import {
  createdOnce,
  keysOfPartition,
  newerFault,
  orMissing,
  type Row,
  readRows,
  rowOf,
  rowsBehind,
  rowsOf,
  unlessConflict,
} from "./tableRows.ts";

const TABLE = "MigrationList";
const PARTITION = "list";
/** Each lost race means that somebody else wrote the line: this many in a row do not happen. */
const MOST_RACES = 20;

export interface MigrationLines {
  /** Those that can be read. */
  all(): Promise<Migration[]>;
  /** See MigrationStore.listedFolders. */
  behind(migrationId: string | undefined): Promise<ListedFolders>;
  /** See MigrationStore.listedIds. */
  ids(): Promise<ReadonlySet<string>>;
  /** Writes the line unless it shows this revision already, or a newer one, and can be read; or a newer sqlferry wrote it. */
  write(migration: Migration, revision: number): Promise<void>;
}

export function createMigrationLines(
  list: TableClient,
  onUnreadable: (fault: UnreadableRowError) => void,
): MigrationLines {
  const table = createdOnce(list);
  const read = (rows: readonly Row[]) => readRows(LINE_ROW, rows, TABLE, onUnreadable);

  /** A newer sqlferry's line, and one that can be read and is not older. */
  function isToStay(line: Row, revision: number): boolean {
    const newer = newerFault(LINE_ROW, line, TABLE);
    if (newer) onUnreadable(newer);
    return newer !== undefined || (Number(line["revision"]) >= revision && read([line]).length > 0);
  }

  return {
    async all() {
      return read(await rowsOf(await table(), PARTITION));
    },

    async behind(migrationId) {
      const { rows, next } = await rowsBehind(await table(), PARTITION, migrationId);
      return { folders: rows.map((row) => listedFolder(row, read([row])[0])), ...(next !== undefined && { next }) };
    },

    async ids() {
      return new Set(await keysOfPartition(await table(), PARTITION));
    },

    async write(migration, revision) {
      const client = await table();
      const rowKey = migration.migrationId;
      const line = { ...rowOf(LINE_ROW, PARTITION, rowKey, migration), revision };
      for (let race = 0; race < MOST_RACES; race++) {
        const known = await orMissing(client.getEntity<Row>(PARTITION, rowKey));
        if (known && isToStay(known, revision)) return;
        const work = known ? client.updateEntity(line, "Replace", { etag: known.etag }) : client.createEntity(line);
        if (await unlessConflict(work)) return;
      }
      throw new Error(`The line of ${rowKey} could not be written: it changed ${MOST_RACES} times meanwhile.`);
    },
  };
}

const listedFolder = (row: Row, migration: Migration | undefined): ListedFolder => ({
  migrationId: String(row["rowKey"]),
  ...(migration && {
    line: {
      folder: migration.source.folder,
      hasEnded: hasEnded(migration),
      ...(migration.target && { vmKey: vmKeyOf(migration.target.sqlVmResourceId) }),
      revision: Number(row["revision"]),
    },
  }),
});
