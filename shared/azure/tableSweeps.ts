// What did the last sweep find? Table Sweeps, one row.
import type { TableClient } from "@azure/data-tables";
import type { Sweeps } from "../migration/ports.ts";
import { storedJson } from "../migration/storedJson.ts";
import { StoredSweepReport } from "../migration/storedRows.ts";
import { createdOnce, orMissing, type Row, readRow, textProperties } from "./tableRows.ts";

const KEYS = { partitionKey: "sweep", rowKey: "last" };

export function createTableSweeps(sweeps: TableClient): Sweeps {
  const table = createdOnce(sweeps);

  return {
    async last() {
      const row = await orMissing((await table()).getEntity<Row>(KEYS.partitionKey, KEYS.rowKey));
      return row && readRow(StoredSweepReport, row, "Sweeps");
    },

    async note(report) {
      await (await table()).upsertEntity({ ...KEYS, ...textProperties(storedJson(report)) }, "Replace");
    },
  };
}
