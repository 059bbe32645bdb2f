// Makes rows of msdb's history as the query of docs/plan.md returns them, for tests: complete unless a test leaves
// something out.
import { DOCUMENTED_COLUMNS } from "../../ferry/exports/delimitedText.ts";

export type ExportedRow = Readonly<Record<string, string | number | null>>;

/** LSNs in the tests' notation: small numbers. */
const lsnOf = (place: number): string => String(37_000_000_000_000_001n + BigInt(place) * 100_000n);

/** One LSN a minute: "2025-11-24T21:28:00" for 88. */
export const finishOf = (place: number): string =>
  new Date(Date.UTC(2025, 10, 24, 20) + place * 60_000).toISOString().slice(0, 19);

export const guidOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

/** A backup of type D, I or L with its LSNs, which also identify its set. */
export const row = (type: "D" | "I" | "L", first: number, last: number, more: ExportedRow = {}): ExportedRow => ({
  ...Object.fromEntries(DOCUMENTED_COLUMNS.map((column) => [column, null])),
  ...{ type, database_name: "Sales", server_name: "SRV01", position: 1, recovery_model: "FULL", flags: 528 },
  ...{ backup_set_uuid: guidOf("DIL".indexOf(type) * 1_000_000 + first * 1_000 + last) },
  ...{ first_lsn: lsnOf(first), last_lsn: lsnOf(last), checkpoint_lsn: lsnOf(first), database_backup_lsn: lsnOf(0) },
  ...{ family_guid: guidOf(1), first_recovery_fork_guid: guidOf(2), last_recovery_fork_guid: guidOf(2) },
  ...{ is_copy_only: 0, is_damaged: 0, is_snapshot: 0, is_force_offline: 0, has_backup_checksums: 1 },
  ...{ has_bulk_logged_data: 0, has_incomplete_metadata: 0, begins_log_chain: 0 },
  ...{
    software_major_version: 15,
    time_zone: 4,
    backup_start_date: finishOf(last),
    backup_finish_date: finishOf(last),
  },
  ...{ media_family_count: 1, family_sequence_number: 1, device_type: 2 },
  physical_device_name: `D:\\Backup\\Sales_${type}_${first}_${last}.${type === "L" ? "trn" : "bak"}`,
  ...more,
});

/** A differential on a full backup. */
export const differentialOf = (full: ExportedRow, first: number, last: number, more: ExportedRow = {}): ExportedRow =>
  row("I", first, last, {
    differential_base_guid: full["backup_set_uuid"] ?? null,
    differential_base_lsn: full["checkpoint_lsn"] ?? null,
    database_backup_lsn: full["checkpoint_lsn"] ?? null,
    ...more,
  });

/** As sqlcmd -W -s "|" writes the rows, without the columns of `without`. */
export function asText(rows: readonly ExportedRow[], without: readonly string[] = []): string {
  const columns = Object.keys(rows[0] ?? {}).filter((column) => !without.includes(column));
  const lines = rows.map((one) => columns.map((column) => String(one[column] ?? "NULL")).join("|"));
  return `${[columns.join("|"), ...lines].join("\r\n")}\r\n`;
}
