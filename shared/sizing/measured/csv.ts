// Reads a table of the official collector: comma-separated, or by semicolons where decimals have commas.
import { SizingError } from "../sizingError.ts";

export interface CsvTable {
  /** For messages. */
  readonly name: string;
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/**
 * A row may have one cell too many where `joinsDecimals` says that the last two are one number, written with a comma
 * and no quotes.
 */
export function csvTable(
  name: string,
  text: string,
  columns: readonly string[],
  joinsDecimals: (cells: readonly string[]) => boolean = () => false,
): CsvTable {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const head = lines[0] ?? "";
  const separator = [",", ";", "\t"].find((one) => head.split(one).length >= columns.length);
  const names = separator === undefined ? [] : cellsOf(head, separator);
  const absent = columns.filter((column) => !names.includes(column));
  if (separator === undefined || absent.length > 0)
    throw new SizingError(
      `${name} is not what the official collector writes: ${
        head.trim() === "" ? "it is empty" : `${absent.join(", ")} not among its columns`
      }. Expected: ${columns.join(",")}. Take the files as the collector wrote them.`,
    );
  const rows: Record<string, string>[] = [];
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] as string;
    if (line.trim() === "") continue;
    let cells = cellsOf(line, separator);
    if (cells.length === names.length + 1 && joinsDecimals(cells))
      cells = [...cells.slice(0, -2), `${cells.at(-2)},${cells.at(-1)}`];
    if (cells.length !== names.length)
      throw new SizingError(
        `${name}, line ${at + 1}: ${cells.length} cells under ${names.length} columns. ${
          separator === "," && cells.length > names.length
            ? "Probably decimals with commas and without quotes, which cannot be told from separators: collect again on a computer with English regional settings, or quote them"
            : "The line is not whole, as when the collector was stopped while it wrote: remove it"
        }.`,
      );
    const row: Record<string, string> = {};
    for (let column = 0; column < names.length; column++) row[names[column] as string] = cells[column] as string;
    rows.push(row);
  }
  return { name, rows };
}

/** RFC 4180, without line breaks in cells. */
function cellsOf(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator);
  const cells: string[] = [];
  for (let at = 0; at <= line.length; ) {
    if (line[at] === '"') {
      let text = "";
      for (at++; at < line.length; at++) {
        if (line[at] !== '"') text += line[at];
        else if (line[at + 1] === '"') text += line[++at];
        else break;
      }
      cells.push(text);
      at = line.indexOf(separator, at) < 0 ? line.length + 1 : line.indexOf(separator, at) + 1;
    } else {
      const end = line.indexOf(separator, at) < 0 ? line.length : line.indexOf(separator, at);
      cells.push(line.slice(at, end));
      at = end + 1;
    }
  }
  return cells;
}

/**
 * Numbers of one collector's run, which has one culture: "3.75" or "3,75", and never both. .NET writes no thousands
 * separators here, so a comma is a decimal comma.
 */
export class Decimals {
  private sign: "." | "," | undefined;

  /**
   * Undefined cells and empty ones are 0. Throws a SizingError for what is no number, or is of another culture than
   * the rest.
   */
  read(name: string, column: string, text: string | undefined): number {
    const trimmed = (text ?? "").trim();
    if (trimmed === "") return 0;
    const number = /^-?\d+(?:([.,])\d+)?(?:[eE][+-]?\d+)?$/.exec(trimmed);
    if (number === null)
      throw new SizingError(`${name}: "${trimmed}" in the column ${column} is not a number. Expected: 3.75 or 3,75.`);
    const [, sign] = number;
    if (sign === undefined) return Number(trimmed);
    if (this.sign !== undefined && this.sign !== sign)
      throw new SizingError(
        `${name}: "${trimmed}" in the column ${column} has a decimal "${sign}", and others a "${this.sign}": these files are not of one computer's regional settings. Put the files of one collection into a folder.`,
      );
    this.sign = sign as "." | ",";
    return Number(trimmed.replace(",", "."));
  }
}
