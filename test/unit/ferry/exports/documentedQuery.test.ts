// Tests the query of docs/plan.md: its columns, and that its output is read.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { DOCUMENTED_COLUMNS } from "../../../../ferry/exports/delimitedText.ts";
import { notKnown } from "../../../../shared/dryRun/notKnown.ts";
import { readExport } from "../../../support/readExport.ts";
import { plan } from "./shop.ts";

/**
 * Columns of msdb by Microsoft's reference; the later ones came with 2014 (encryption) and 2022
 * (compression_algorithm).
 */
const BACKUPSET_2008_R2: readonly string[] = [
  ...[
    "backup_set_id",
    "backup_set_uuid",
    "media_set_id",
    "position",
    "type",
    "database_name",
    "server_name",
    "machine_name",
  ],
  ...[
    "first_lsn",
    "last_lsn",
    "checkpoint_lsn",
    "database_backup_lsn",
    "differential_base_lsn",
    "differential_base_guid",
  ],
  ...["family_guid", "database_guid", "first_recovery_fork_guid", "last_recovery_fork_guid", "fork_point_lsn"],
  ...["is_copy_only", "is_damaged", "is_snapshot", "is_force_offline", "is_readonly", "is_single_user"],
  ...["has_backup_checksums", "has_bulk_logged_data", "has_incomplete_metadata", "begins_log_chain", "recovery_model"],
  ...[
    "software_major_version",
    "software_minor_version",
    "flags",
    "time_zone",
    "backup_start_date",
    "backup_finish_date",
  ],
];
const LATER_COLUMNS: readonly string[] = ["key_algorithm", "encryptor_type", "compression_algorithm"];
const MEDIA_2008_R2: readonly string[] = [
  ...["m.media_set_id", "m.media_family_count"],
  ...["f.media_set_id", "f.family_sequence_number", "f.device_type", "f.physical_device_name", "f.mirror"],
];

describe("the documentation", () => {
  const page = readFileSync("docs/plan.md", "utf8");
  const query = /```sql\n(.*?)```/s.exec(page)?.[1] ?? "";
  const output = /```\n(type\|database_name.*?)```/s.exec(page)?.[1] ?? "";

  test("its query selects the columns that exports without names are read by, in that order", () => {
    const list = /SELECT (.*?)\nFROM \(SELECT NULL/s.exec(query)?.[1] ?? "";
    const columns = list
      .replaceAll(/CONVERT\(.*?\) AS /g, "")
      .split(",")
      .map((column) => column.trim().replace(/^[smf]\./, ""));
    assert.deepEqual(columns, DOCUMENTED_COLUMNS);
  });

  test("its columns are those of msdb.dbo.backupset in 2008 R2, and what came later is NULL where it is not there", () => {
    const [, older = "", inner = ""] =
      /FROM \(SELECT (.*?)\) AS older.*?CROSS APPLY \(\s*SELECT (.*?)\s+FROM/s.exec(query) ?? [];
    const later = older.split(",").map((column) => /^\s*NULL AS (\w+)$/.exec(column)?.[1]);
    assert.deepEqual(later, LATER_COLUMNS);
    const asked = inner.split(",").map((column) => column.trim());
    assert.deepEqual(
      asked.filter((column) => !BACKUPSET_2008_R2.includes(column)),
      LATER_COLUMNS,
    );
    const others = [...query.matchAll(/\b([mf])\.(\w+)/g)].map(([, table, column]) => `${table}.${column}`);
    assert.deepEqual(
      [...new Set(others)].filter((column) => !MEDIA_2008_R2.includes(column)),
      [],
    );
    assert.doesNotMatch(
      query,
      /\b(IIF|CONCAT|STRING_AGG|TRY_CONVERT|OFFSET|DROP TABLE IF)\b/i,
      "no syntax of a later version",
    );
  });

  test("its output is read to the last column, and ends where it says: what went to NUL is no file", () => {
    const report = plan(readExport(output));
    assert.deepEqual([report.verdict, report.restorableTo?.time], ["restorable", "2025-11-24T21:15:02"]);
    assert.equal(report.restorableTo?.utc, "2025-11-24T20:15:02.000Z");
    assert.deepEqual(
      report.unusableNewer.map(({ reason }) => reason),
      ["NO_FILE"],
    );
    assert.deepEqual(
      notKnown(readExport(output), []).map(({ message }) => message.split(":")[0]),
      ["TDEThumbprint of RESTORE FILELISTONLY"],
      "nothing is left out that the history has",
    );
  });

  test("its output without the names is the same", () => {
    const rows = output.trim().split("\n").slice(2).join("\n");
    assert.deepEqual(plan(readExport(rows)), plan(readExport(output)));
  });
});
