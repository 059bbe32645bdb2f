// Splits an export into rows: JSON, PowerShell's CliXml, or separated text, in any encoding that tools write.
import { isRow } from "../../shared/dryRun/exportCells.ts";
import { EXIT, FerryError } from "../exit.ts";
import { cliXmlRows } from "./cliXml.ts";
import { delimitedRows, isNotSeparated } from "./delimitedText.ts";

/** What is no object is handed on as it is: the reader tells it by its number. */
export function exportRows(text: string): readonly unknown[] {
  const whole = text.replace(/^\uFEFF/, "");
  const [first = ""] = whole.trimStart();
  if (first === "<") return cliXmlRows(whole);
  if (first === "[" || first === "{" || /^\s*JSON_[0-9A-F-]+\s/i.test(whole)) return jsonRows(whole);
  const rows = delimitedRows(whole);
  if (rows) return rows;
  if (isNotSeparated(whole))
    throw new FerryError(
      EXIT.failed,
      'The columns of this table are not separated: export it with sqlcmd by -W -w 65535 -s "|", or save it as CSV.',
    );
  throw new FerryError(EXIT.failed, WHAT_IS_READ);
}

const WHAT_IS_READ =
  "This is no export that can be read: neither JSON, nor CliXml, nor a table with separators (comma, semicolon, tab or bar) with a line that names its columns, first_lsn and last_lsn among them. docs/plan.md has the queries to export headers with, and how sqlcmd writes them with -s and -W.";

function jsonRows(text: string): readonly unknown[] {
  const parsed = parseExactly(text);
  return Array.isArray(parsed) ? parsed : (rootOf(parsed) ?? [parsed]);
}

/**
 * FOR JSON with ROOT, or PowerShell 5 around an array: the rows under the only name, or under "value" beside a count.
 */
function rootOf(parsed: unknown): readonly unknown[] | undefined {
  if (!isRow(parsed)) return undefined;
  const { Count: _, ...members } = parsed;
  const [only, ...others] = Object.values(members);
  return others.length === 0 && Array.isArray(only) ? only : undefined;
}

/** UTF-16 with its mark, or by its zeros, as Windows PowerShell and SSMS write it; else UTF-8. */
export function decoded(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  const isUtf16 = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0 && bytes.length > 2);
  return new TextDecoder(isUtf16 ? "utf-16le" : "utf-8").decode(bytes);
}

/**
 * sqlcmd and SSMS write the column's name and a rule over the JSON of FOR JSON, and break it every 2,033 characters,
 * texts included.
 */
const withoutBreaks = (text: string): string =>
  text
    .replace(/^\s*JSON_[0-9A-F-]+\s+-*\s*/i, "")
    .replace(/\(\d+ rows? affected\)\s*$/, "")
    .replaceAll(/\r?\n/g, "");

/** JSON.parse gives the digits of a number only through the source text of its reviver (Node 22 and later). */
function parseExactly(text: string): unknown {
  const reviver = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "")
      ? context?.source
      : value;
  const parse = (json: string): unknown => JSON.parse(json, reviver as Parameters<typeof JSON.parse>[1]);
  try {
    return parse(text);
  } catch {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    try {
      return lines.length > 0 && lines.every((line) => /^\s*\{.*\}\s*$/.test(line)) // JSON Lines
        ? lines.map(parse)
        : parse(withoutBreaks(text));
    } catch (error) {
      throw new FerryError(EXIT.failed, `This is not JSON: ${(error as Error).message}`);
    }
  }
}
