// Tells what has changed in a folder's rows by one more row, its generation: a stamp of the whole, and one for each of
// 128 parts.
//
// Each transaction that changes rows merges a fresh stamp into it, for the whole and for the parts that they lie in,
// whatever stands there: no ETag is asked for, so that a hundred files a second that arrive in one folder never
// conflict, and no clock or counter is compared. Stamps are different each time and stand there at once with what they
// stand for. Hence: who has read the generation first and rows afterwards has at least all that was written up to its
// stamps, and as long as the same stamp stands there nothing has been written since.
import { randomBytes } from "node:crypto";
import type { TableClient, TransactionAction } from "@azure/data-tables";
import { GENERATION_ROW } from "./storedRows.ts";
import { orMissing, query, quoted, type Row } from "./tableRows.ts";

/** Keys of files are hexadecimal: this one lies behind all of them. */
export const GENERATION = "generation";
const BEHIND_FILES = "g";

/**
 * A row holds 252 properties of ours. Keys are hashes, so that parts are of like size: of a folder of 8,640 files 68
 * each.
 */
const PARTS = 128;

/** The part of a row, by its key: its first seven bits. */
export const partOf = (rowKey: string): number => Number.parseInt(rowKey.slice(0, 2), 16) >> 1;

const propertyOf = (part: number): string => `part${hex(part)}`;
const hex = (number: number): string => number.toString(16).padStart(2, "0");

export interface Generation {
  readonly stamp: string;
  readonly etag: string;
  readonly stampOfPart: ReadonlyMap<number, string>;
}

/** Undefined: only 0.1.0 has written to the folder, or nobody. */
export async function readGeneration(table: TableClient, folderId: string): Promise<Generation | undefined> {
  const row = await orMissing(table.getEntity<Row>(folderId, GENERATION));
  if (!row) return undefined;
  const stampOfPart = new Map<number, string>();
  for (let part = 0; part < PARTS; part++) {
    const stamp = row[propertyOf(part)];
    if (typeof stamp === "string") stampOfPart.set(part, stamp);
  }
  return { stamp: String(row["stamp"]), etag: String(row.etag), stampOfPart };
}

export const freshStamp = (): string => randomBytes(9).toString("base64url");

/**
 * What a transaction adds for the rows that it changes. `etag`: only if the generation is still the one that was read
 * with it.
 */
export function stampAction(
  folderId: string,
  rowKeys: readonly string[],
  stamp: string,
  etag?: string,
): TransactionAction {
  const parts = Object.fromEntries(rowKeys.map((key) => [propertyOf(partOf(key)), stamp]));
  const row = { partitionKey: folderId, rowKey: GENERATION, schema: GENERATION_ROW.schema, stamp, ...parts };
  return etag === undefined ? ["upsert", row, "Merge"] : ["update", row, "Merge", { etag }];
}

/** The generation after a change of these rows alone. */
export function generationAfter(
  before: Generation,
  rowKeys: readonly string[],
  { stamp, etag }: Pick<Generation, "stamp" | "etag">,
): Generation {
  const changed = rowKeys.map((key): [number, string] => [partOf(key), stamp]);
  return { stamp, etag, stampOfPart: new Map([...before.stampOfPart, ...changed]) };
}

/** A range of keys: from inclusive, to exclusive. */
export interface KeyRange {
  readonly from: string;
  readonly to: string;
}

export const ALL_FILES: KeyRange = { from: "", to: BEHIND_FILES };

/**
 * The keys of the parts that differ, neighbours in one range. A part that nobody has stamped yet holds what 0.1.0 has
 * written.
 */
export function changedSince(before: Generation | undefined, now: Generation | undefined): KeyRange[] {
  const ranges: { readonly from: string; to: string }[] = [];
  for (let part = 0; part < PARTS; part++) {
    if (before?.stampOfPart.get(part) === now?.stampOfPart.get(part)) continue;
    const from = hex(2 * part);
    const to = part + 1 === PARTS ? BEHIND_FILES : hex(2 * (part + 1));
    const last = ranges.at(-1);
    if (last?.to === from) last.to = to;
    else ranges.push({ from, to });
  }
  return ranges;
}

/** The files' rows with keys in the range. */
export const filesIn = (table: TableClient, folderId: string, { from, to }: KeyRange): Promise<Row[]> =>
  query(table, `PartitionKey eq ${quoted(folderId)} and RowKey ge ${quoted(from)} and RowKey lt ${quoted(to)}`);
