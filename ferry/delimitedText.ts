// What does a table say that was saved as text? Columns apart by comma, semicolon, tab or bar, as SSMS, sqlcmd, bcp and Export-Csv write it.

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

/** A row with more cells than there are columns: a separator stands inside one of them, and nobody can tell in which. */
export class OddRow {
  readonly why: string;
  constructor(cells: number, columns: number) {
    this.why = `it has ${cells} cells for ${columns} columns: export it with quotes, or with a separator that no name holds`;
  }
}

/** Undefined where the text is no table of backups. A row that ends early knows nothing of the columns behind. */
export function delimitedRows(text: string): readonly (Readonly<Record<string, string>> | OddRow)[] | undefined {
  const lines = text.replace(/^#TYPE .*\r?\n/, "").replace(/^sep=.\r?\n/i, "");
  for (const separator of SEPARATORS) {
    const [first, ...others] = cellsOf(lines, separator).filter(isData);
    if (!first || first.length < 4) continue;
    const names = first.map((name) => name.trim());
    const isHead = names.some((name) => /^(first|last)_?lsn$/i.test(name));
    if (!isHead && names.length !== DOCUMENTED_COLUMNS.length) continue;
    const columns = isHead ? names : DOCUMENTED_COLUMNS;
    return (isHead ? others : [first, ...others]).map((cells) =>
      cells.slice(columns.length).some((cell) => cell.trim() !== "")
        ? new OddRow(cells.length, columns.length)
        : Object.fromEntries(
            columns.slice(0, cells.length).map((column, index) => [column, cells[index]?.trim() ?? ""]),
          ),
    );
  }
  return undefined;
}

/** Neither empty, nor the rule below sqlcmd's names, nor its count at the end. */
const isData = (cells: readonly string[]): boolean =>
  cells.some((cell) => cell.trim() !== "") &&
  !cells.every((cell) => /^-*$/.test(cell.trim())) &&
  !/^\(\d+ rows? affected\)$/.test(cells.join("").trim());

/** RFC 4180: quoted cells may hold separators, doubled quotes and line breaks. */
function cellsOf(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let isQuoted = false;
  const endCell = (): void => {
    row.push(cell);
    cell = "";
  };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] as string;
    if (isQuoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') cell += text[++at];
      else isQuoted = false;
    } else if (letter === '"' && cell.trim() === "") {
      isQuoted = true;
      cell = "";
    } else if (letter === separator) endCell();
    else if (letter === "\n") {
      endCell();
      rows.push(row);
      row = [];
    } else if (letter !== "\r") cell += letter;
  }
  endCell();
  return [...rows, row];
}
