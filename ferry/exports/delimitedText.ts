// Reads a table saved as text, with columns separated by comma, semicolon, tab or bar, as SSMS, sqlcmd, bcp and
// Export-Csv write it.
import { OddRow } from "../../shared/dryRun/headerRows.ts";

/** The columns of the query in docs/plan.md, for exports that leave their names out, as bcp does. */
export const DOCUMENTED_COLUMNS: readonly string[] = [
  "type",
  "database_name",
  "server_name",
  "backup_set_uuid",
  "position",
  "first_lsn",
  "last_lsn",
  "checkpoint_lsn",
  "database_backup_lsn",
  "differential_base_guid",
  "differential_base_lsn",
  "family_guid",
  "first_recovery_fork_guid",
  "last_recovery_fork_guid",
  "fork_point_lsn",
  "is_copy_only",
  "is_damaged",
  "is_snapshot",
  "is_force_offline",
  "has_backup_checksums",
  "has_bulk_logged_data",
  "has_incomplete_metadata",
  "begins_log_chain",
  "recovery_model",
  "software_major_version",
  "flags",
  "time_zone",
  "backup_start_date",
  "backup_finish_date",
  "media_family_count",
  "family_sequence_number",
  "device_type",
  "physical_device_name",
  "key_algorithm",
  "encryptor_type",
  "compression_algorithm",
];

const SEPARATORS = ["\t", ";", ",", "|"];

type TextRow = Readonly<Record<string, string>>;

/**
 * Undefined where the text is no table of backups. What stands above the table, and lines of one cell below an empty
 * line, are a title, a message or a count; a count that is not that of the rows is a row that is not read.
 */
export function delimitedRows(text: string): readonly (TextRow | OddRow)[] | undefined {
  const lines = text.replace(/^#TYPE .*\r?\n/, "").replace(/^sep=.\r?\n/i, "");
  const separator = SEPARATORS.find((one) => cellsOf(lines.slice(0, ENOUGH), one).some(isFirst));
  if (separator === undefined) return undefined;
  const all = cellsOf(lines, separator);
  const first = all.findIndex(isFirst);
  const names = all[first] ?? [];
  return isHead(names)
    ? rowsOf(all.slice(first + 1), names.map(trimmed))
    : rowsOf(all.slice(first), DOCUMENTED_COLUMNS);
}

/** Letters within which a table begins, whatever stands above it. */
const ENOUGH = 65_536;

/** The names of the columns, or a row of the documented query without them. */
const isFirst = (cells: readonly string[]): boolean =>
  isHead(cells) || (cells.length === DOCUMENTED_COLUMNS.length && !isRule(cells));

const trimmed = (cell: string): string => cell.trim();

const isHead = (cells: readonly string[]): boolean =>
  cells.length >= 4 && cells.some((cell) => /^(first|last)_?lsn$/i.test(cell.trim()));

const isBlank = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === "");

/** Below sqlcmd's names. */
const isRule = (cells: readonly string[]): boolean => cells.every((cell) => /^-*$/.test(cell.trim()));

/** "(3 rows affected)" in the server's language: of sqlcmd and of SSMS. */
const COUNT = /^\((\d+) [^()]+(\([^()]*\))?[^()]*\)$/;

function rowsOf(below: readonly (readonly string[])[], columns: readonly string[]): (TextRow | OddRow)[] {
  const rows: (TextRow | OddRow)[] = [];
  let counted: number | undefined;
  let isBelowEmpty = false;
  for (const cells of below) {
    const [only = "", ...others] = cells.map(trimmed);
    const count = others.length === 0 ? COUNT.exec(only)?.[1] : undefined;
    if (count !== undefined) counted = (counted ?? 0) + Number(count);
    const isRemark: boolean = count !== undefined || (others.length === 0 && isBelowEmpty);
    isBelowEmpty = isBlank(cells) || isRemark;
    if (isBelowEmpty || isRule(cells) || isHead(cells)) continue;
    rows.push(rowOf(cells, columns));
  }
  if (counted === undefined || counted === rows.length) return rows;
  const why = `the export counts ${counted} rows, and ${rows.length} are in it: export it again`;
  return [...rows, new OddRow(why)];
}

/** With more cells than there are columns a separator stands inside one of them, and nobody can tell in which. */
function rowOf(cells: readonly string[], columns: readonly string[]): TextRow | OddRow {
  const isLong = cells.slice(columns.length).some((cell) => cell.trim() !== "");
  if (!isLong && cells.length >= columns.length)
    return Object.fromEntries(columns.map((column, index) => [column, cells[index]?.trim() ?? ""]));
  const what = `it has ${cells.length} cells for ${columns.length} columns`;
  return new OddRow(
    isLong
      ? `${what}: export it with quotes, or with a separator that no name holds`
      : `${what}: it was cut off or wrapped; export it again, with sqlcmd by -W -w 65535`,
  );
}

/** Does it look like a table whose columns are not apart, as sqlcmd writes it without -s? */
export const isNotSeparated = (text: string): boolean => /^.*\bfirst_?lsn\s.*\blast_?lsn\b.*$/im.test(text);

/** RFC 4180: quoted cells may hold separators, doubled quotes and line breaks. */
function cellsOf(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let [cell, from] = ["", 0]; // what of the cell is read already, and where the rest of it begins
  let isQuoted = false;
  const endCell = (end: number): void => {
    row.push(cell + text.slice(from, end));
    [cell, from] = ["", end + 1];
  };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (isQuoted) {
      if (letter !== '"') continue;
      cell += text.slice(from, at);
      isQuoted = text[at + 1] === '"';
      if (isQuoted) at++;
      from = isQuoted ? at : at + 1;
    } else if (letter === '"' && `${cell}${text.slice(from, at)}`.trim() === "") {
      isQuoted = true;
      [cell, from] = ["", at + 1];
    } else if (letter === separator) endCell(at);
    else if (letter === "\n") {
      endCell(at);
      rows.push(row);
      row = [];
    }
  }
  endCell(text.length);
  return [...rows, row];
}
