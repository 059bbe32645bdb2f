// Keeps what servers need: a row "sizing" in the partition of each server in table Assessments.
import type { TableClient } from "@azure/data-tables";
import { StoredSizing } from "../../sizing/contracts.ts";
import type { Sizings } from "../../sizing/sizings.ts";
import { createdOnce, orMissing, type Row, readRow, textProperties } from "./tableRows.ts";

const TABLE = "Assessments";
const SIZING = "sizing";
/** As tableAssessments reads them: GET /assessments/{id} has both. */
const AUDIT = "audit|";

export function createTableSizings(assessments: TableClient): Sizings {
  const table = createdOnce(assessments);
  return {
    async load(assessmentId) {
      const row = await orMissing((await table()).getEntity<Row>(assessmentId, SIZING));
      return row && readRow(StoredSizing, row, TABLE);
    },
    async save(assessmentId, sizing, audit) {
      const rowOf = (rowKey: string, value: object) => ({
        partitionKey: assessmentId,
        rowKey,
        ...textProperties(JSON.stringify(value)),
      });
      await (await table()).submitTransaction([
        ["upsert", rowOf(SIZING, sizing), "Replace"],
        ["upsert", rowOf(`${AUDIT}${audit.at}|${audit.id}`, audit), "Replace"],
      ]);
    },
  };
}
