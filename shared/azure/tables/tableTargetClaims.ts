// Keeps which migration a target is for: table VmQueues, one row per target in its VM's partition, guarded by the
// row's ETag.
import type { TableClient } from "@azure/data-tables";
import { vmKeyOf } from "../../migration/ids.ts";
import type { MigrationTarget } from "../../migration/migration.ts";
import type { TargetClaims } from "../../ports.ts";
import { targetKeyOf } from "../../start/targetClaim.ts";
import { TARGET_ROW } from "./storedRows.ts";
import { createdOnce, keyOf, orMissing, type Row, readRow, rowOf, saveOver } from "./tableRows.ts";

export function createTableTargetClaims(vmQueues: TableClient): TargetClaims {
  const table = createdOnce(vmQueues);

  return {
    async load(target) {
      const row = await orMissing((await table()).getEntity<Row>(...keysOf(target)));
      return row
        ? { claim: readRow(TARGET_ROW, row, "VmQueues"), version: String(row["etag"]) }
        : { claim: undefined, version: undefined };
    },

    save: async (target, claim, version) =>
      saveOver(await table(), rowOf(TARGET_ROW, ...keysOf(target), claim), version),
  };
}

const keysOf = (target: MigrationTarget): [string, string] => [
  vmKeyOf(target.sqlVmResourceId.replace(/\/+$/, "")),
  `target|${keyOf(targetKeyOf(target))}`,
];
