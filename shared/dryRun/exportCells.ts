// Reads one cell of an export: text, numbers, flags, GUIDs and LSNs in the spellings of many tools, and their NULLs.
import { parseLsn } from "../backup/lsn.ts";

export type Row = Readonly<Record<string, unknown>>;

export const isRow = (value: unknown): value is Row =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A row, or all of them, that nothing can be made of: `message` says which and why. */
export class UnusableHeaderError extends Error {}

/** A row's cells by their columns' names, in small letters without "_". */
export type Cells = ReadonlyMap<string, unknown>;

/** "first_lsn", "FirstLSN" and "firstLsn" are one name. */
export const lowered = (row: Row): Cells =>
  new Map(Object.entries(row).map(([name, value]) => [name.toLowerCase().replaceAll(/[^a-z0-9]/g, ""), known(value)]));

const NULLS = /^(null|\\n|\(null\)|<null>|\[null\]|dbnull|system\.dbnull)$/i;

/** SQL's NULL in its spellings; PowerShell writes DBNull as an object without members. */
function known(value: unknown): unknown {
  if (typeof value === "string") return NULLS.test(value.trim()) ? null : value;
  return isRow(value) && Object.keys(value).length === 0 ? null : value;
}

export const isEmpty = (cell: unknown): boolean => cell === undefined || cell === null || cell === "";

/** `undefined`: not known. A kind that ends in "?" keeps SQL's NULL. */
export function cellFrom(kind: string, value: unknown, what: string): unknown {
  if (isEmpty(value)) return kind.endsWith("?") && value === null ? null : undefined;
  switch (kind) {
    case "guid":
    case "guid?":
      return /^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i.test(String(value)) ? String(value) : undefined;
    case "text":
      return typeof value === "string" ? value : isRow(value) ? undefined : String(value);
    case "number":
      return wholeNumber(value);
    case "flag":
      if (/^true$/i.test(String(value)) || wholeNumber(value) === 1) return true;
      return /^false$/i.test(String(value)) || wholeNumber(value) === 0 ? false : undefined;
    default:
      return exactLsn(value, what);
  }
}

/** PowerShell 5 writes a BigInteger as an object that says whether it is even, and not what it is. */
function exactLsn(given: unknown, what: string): bigint {
  const value = isRow(given)
    ? (given["value"] ?? given["Value"] ?? given["ToString"] ?? "an object without its digits")
    : given;
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  const digits = typeof text === "string" ? withoutZeros(text) : "";
  try {
    return parseLsn(digits);
  } catch {
    throw new UnusableHeaderError(
      `${what} is no LSN of 1 to 25 digits: ${String(value).slice(0, 40)}. Export it as text.`,
    );
  }
}

export const textFrom = (members: Cells, names: readonly string[]): string | undefined => {
  const found = names
    .map((name) => members.get(name))
    .find((value) => value !== undefined && value !== null && value !== "");
  return found === undefined ? undefined : String(found);
};

export const numberFrom = (members: Cells, names: readonly string[]): number | undefined => {
  const found = textFrom(members, names);
  return found === undefined ? undefined : wholeNumber(found);
};

/** Spreadsheets write 1 as "1,00". */
export function wholeNumber(value: unknown): number | undefined {
  const number = Number(withoutZeros(String(value)));
  return Number.isInteger(number) ? number : undefined;
}

const withoutZeros = (text: string): string => text.trim().replace(/[.,]0+$/, "");

/** What was not understood, and so is not known. */
export interface OddCell {
  /** As the header knows it, "checkpointLsn". */
  readonly column: string;
  /** The beginning of what was found; "" where it is not told on. */
  readonly found: string;
}

export const oddCell = (column: string, found: unknown): OddCell => ({
  column,
  found: (isRow(found) ? JSON.stringify(found) : String(found)).slice(0, MOST_LETTERS),
});

const MOST_LETTERS = 40;
