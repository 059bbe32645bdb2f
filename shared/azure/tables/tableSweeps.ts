// Keeps what the last sweep found: table Sweeps, one row.
import type { TableClient } from "@azure/data-tables";
import type { UnreadableRowError } from "../../migration/faults.ts";
import type { Sweeps } from "../../ports.ts";
import { SWEEP_ROW } from "./storedRows.ts";
import { createdOnce, newerRowAt, orMissing, type Row, readRow, rowOf } from "./tableRows.ts";

const KEYS = { partitionKey: "sweep", rowKey: "last" };

/** `onUnreadable`: a newer version of sqlferry wrote the row, and a report is not kept. */
export function createTableSweeps(sweeps: TableClient, onUnreadable: (fault: UnreadableRowError) => void): Sweeps {
  const table = createdOnce(sweeps);

  return {
    async last() {
      const row = await orMissing((await table()).getEntity<Row>(KEYS.partitionKey, KEYS.rowKey));
      return row && readRow(SWEEP_ROW, row, "Sweeps");
    },

    async note(report) {
      const client = await table();
      const newer = await newerRowAt(client, SWEEP_ROW, KEYS.partitionKey, KEYS.rowKey);
      if (newer) return onUnreadable(newer);
      await client.upsertEntity(rowOf(SWEEP_ROW, KEYS.partitionKey, KEYS.rowKey, report), "Replace");
    },
  };
}
