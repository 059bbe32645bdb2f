// Keeps what the last sweep found, how far the present one has come, and what it knows of each folder: table Sweeps.
import type { TableClient } from "@azure/data-tables";
import type { UnreadableRowError } from "../../migration/faults.ts";
import type { JsonRowKind } from "../../migration/stored/storedJson.ts";
import type { Sweeps } from "../../ports.ts";
import { FOLDER_MARK_ROW, SWEEP_PROGRESS_ROW, SWEEP_ROW } from "./storedRows.ts";
import { createdOnce, newerRowAt, orMissing, query, quoted, type Row, readRow, readRows, rowOf } from "./tableRows.ts";

const SWEEP = "sweep";
const LAST = "last";
const PROGRESS = "progress";
/** One row per migration, under its id. */
const FOLDERS = "folder";

/**
 * `onUnreadable`: a row cannot be read. All of them are written anew, and nothing hangs on one; a newer sqlferry's
 * stays, and what would stand there is not kept.
 */
export function createTableSweeps(sweeps: TableClient, onUnreadable: (fault: UnreadableRowError) => void): Sweeps {
  const table = createdOnce(sweeps);

  async function write<T>(kind: JsonRowKind<T>, partitionKey: string, rowKey: string, value: T): Promise<void> {
    const client = await table();
    const newer = await newerRowAt(client, kind, partitionKey, rowKey);
    if (newer) return onUnreadable(newer);
    await client.upsertEntity(rowOf(kind, partitionKey, rowKey, value), "Replace");
  }

  return {
    async last() {
      const row = await orMissing((await table()).getEntity<Row>(SWEEP, LAST));
      return row && readRow(SWEEP_ROW, row, "Sweeps");
    },

    note: (report) => write(SWEEP_ROW, SWEEP, LAST, report),

    async progress() {
      const row = await orMissing((await table()).getEntity<Row>(SWEEP, PROGRESS));
      return row && readRows(SWEEP_PROGRESS_ROW, [row], "Sweeps", onUnreadable)[0];
    },

    keep: (progress) => write(SWEEP_PROGRESS_ROW, SWEEP, PROGRESS, progress),

    async marks(first, last) {
      const range = `RowKey ge ${quoted(first)} and RowKey le ${quoted(last)}`;
      const rows = await query(await table(), `PartitionKey eq ${quoted(FOLDERS)} and ${range}`);
      return new Map(
        rows.flatMap((row) =>
          readRows(FOLDER_MARK_ROW, [row], "Sweeps", onUnreadable).map(
            (mark) => [String(row["rowKey"]), mark] as const,
          ),
        ),
      );
    },

    mark: (migrationId, mark) => write(FOLDER_MARK_ROW, FOLDERS, migrationId, mark),
  };
}
