// Keeps whose turn it is on each VM: table VmQueues, a partition per VM, its queue in one row, guarded by the row's
// ETag.
import type { TableClient } from "@azure/data-tables";
import { UnreadableRowError } from "../../migration/faults.ts";
import type { ListedQueue, VmQueues } from "../../ports.ts";
import { EMPTY_QUEUE } from "../../queue/vmQueue.ts";
import { QUEUE_ROW } from "./storedRows.ts";
import { createdOnce, orMissing, query, quoted, type Row, readRow, rowOf, saveOver } from "./tableRows.ts";

const ROW_KEY = "queue";

export function createTableVmQueues(vmQueues: TableClient): VmQueues {
  const table = createdOnce(vmQueues);

  return {
    async load(vmKey) {
      const row = await orMissing((await table()).getEntity<Row>(vmKey, ROW_KEY));
      if (!row) return { queue: EMPTY_QUEUE, version: undefined };
      return { queue: readRow(QUEUE_ROW, row, "VmQueues"), version: row.etag };
    },

    async list() {
      // few rows: a queue per VM, and a claim per target beside it
      const rows = await query(await table(), `RowKey eq ${quoted(ROW_KEY)}`);
      return rows.map((row): ListedQueue => {
        const vmKey = String(row["partitionKey"]);
        try {
          return { vmKey, queue: readRow(QUEUE_ROW, row, "VmQueues") };
        } catch (error) {
          if (error instanceof UnreadableRowError) return { vmKey, fault: error };
          throw error;
        }
      });
    },

    save: async (vmKey, queue, version) => saveOver(await table(), rowOf(QUEUE_ROW, vmKey, ROW_KEY, queue), version),
  };
}
