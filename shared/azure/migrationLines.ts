// Which migrations are there? Table MigrationList: a line each, because a table has no second index and partitions hold every event.
import type { TableClient } from "@azure/data-tables";
import { readStored, StoredMigration, storedJson } from "../migration/contracts.ts";
import type { Migration } from "../migration/migration.ts";
import { createdOnce, orMissing, type Row, rowsOf, textOf, textProperties, unlessConflict } from "./tableRows.ts";

const PARTITION = "list";
/** Each lost race means that somebody else wrote the line: this many in a row do not happen. */
const MOST_RACES = 20;

export interface MigrationLines {
  all(): Promise<Migration[]>;
  /** Writes the line unless it shows this revision already, or a newer one. */
  write(migration: Migration, revision: number): Promise<void>;
}

export function createMigrationLines(list: TableClient): MigrationLines {
  const table = createdOnce(list);

  return {
    async all() {
      return (await rowsOf(await table(), PARTITION)).map((row) => readStored(StoredMigration, textOf(row)));
    },

    async write(migration, revision) {
      const client = await table();
      const rowKey = migration.migrationId;
      const line = { partitionKey: PARTITION, rowKey, revision, ...textProperties(storedJson(migration)) };
      for (let race = 0; race < MOST_RACES; race++) {
        const known = await orMissing(client.getEntity<Row>(PARTITION, rowKey));
        if (known && Number(known["revision"]) >= revision) return;
        const work = known ? client.updateEntity(line, "Replace", { etag: known.etag }) : client.createEntity(line);
        if (await unlessConflict(work)) return;
      }
      throw new Error(`The line of ${rowKey} could not be written: it changed ${MOST_RACES} times meanwhile.`);
    },
  };
}
