// Keeps what servers need: a row "sizing" in the partition of each server in table Assessments.
import type { TableClient } from "@azure/data-tables";
import { SIZING_ROW } from "../../sizing/sizingShapes.ts";
import type { Sizings } from "../../sizing/sizings.ts";
import { AUDIT_ROW } from "./storedRows.ts";
import { createdOnce, newerRowAt, orMissing, type Row, readRow, rowOf } from "./tableRows.ts";

const TABLE = "Assessments";
const SIZING = "sizing";
/** As tableAssessments reads them: GET /assessments/{id} has both. */
const AUDIT = "audit|";

export function createTableSizings(assessments: TableClient): Sizings {
  const table = createdOnce(assessments);
  return {
    async load(assessmentId) {
      const row = await orMissing((await table()).getEntity<Row>(assessmentId, SIZING));
      return row && readRow(SIZING_ROW, row, TABLE);
    },
    async save(assessmentId, sizing, audit) {
      const client = await table();
      const newer = await newerRowAt(client, SIZING_ROW, assessmentId, SIZING);
      if (newer) throw newer;
      await client.submitTransaction([
        ["upsert", rowOf(SIZING_ROW, assessmentId, SIZING, sizing), "Replace"],
        ["upsert", rowOf(AUDIT_ROW, assessmentId, `${AUDIT}${audit.at}|${audit.id}`, audit), "Replace"],
      ]);
    },
  };
}
