// Tells what has changed in a folder's rows: a stamp for the folder, and one for each of 256 parts of it.
//
// Each transaction that changes rows writes a fresh stamp for the folder and for the parts that they lie in, whatever stands there: no
// ETag is asked for, so that a hundred files a second that arrive in one folder never conflict, and no clock or counter is compared. Stamps are
// different each time and stand there at once with what they stand for. Hence: who has read a stamp first and rows afterwards has at least
// all that was written up to that stamp, and as long as the same stamp stands there nothing has been written since.
import { randomUUID } from "node:crypto";
import type { TableClient, TransactionAction } from "@azure/data-tables";
import { query, quoted, type Row } from "./tableRows.ts";

/** Keys of files are hexadecimal: those of stamps lie behind all of them. */
export const GENERATION = "generation";
export const BEHIND_FILES = "g";
const OF_PART = `${GENERATION}|`;

/** Keys are hashes, so that parts are of like size: of a folder of 8,640 files 34 each. */
const PARTS = 256;

/** The part of a row, by its key: its first two digits. */
export const partOf = (rowKey: string): string => rowKey.slice(0, 2);

/** Rows and stamps of one transaction: at most so many. */
const MOST_ROWS = 100;

/** What a transaction adds for the rows that it changes. `etag`: only if the folder's stamp is still the one that was read with it. */
export function stampActions(
  folderId: string,
  rowKeys: readonly string[],
  stamp: string,
  etag?: string,
): TransactionAction[] {
  const row = (rowKey: string) => ({ partitionKey: folderId, rowKey, stamp });
  const parts = [...new Set(rowKeys.map(partOf))];
  return [
    ...parts.map((part): TransactionAction => ["upsert", row(`${OF_PART}${part}`), "Replace"]),
    etag === undefined ? ["upsert", row(GENERATION), "Replace"] : ["update", row(GENERATION), "Replace", { etag }],
  ];
}

export const freshStamp = (): string => randomUUID();

/** In order, each as many as fit into a transaction with their stamps: at least 49, more when they share parts. */
export function transactionsOf(rowKeys: readonly string[]): string[][] {
  const transactions: string[][] = [];
  let room = 0;
  let parts = new Set<string>();
  for (const key of [...rowKeys].sort()) {
    const cost = parts.has(partOf(key)) ? 1 : 2;
    const last = transactions.at(-1);
    if (last && cost <= room) last.push(key);
    else {
      transactions.push([key]);
      room = MOST_ROWS - 1;
      parts = new Set();
    }
    room -= parts.has(partOf(key)) ? 1 : 2;
    parts.add(partOf(key));
  }
  return transactions;
}

/** Part to stamp. A folder that only 0.1.0 has written to has none. */
export async function stampsOfParts(table: TableClient, folderId: string): Promise<ReadonlyMap<string, string>> {
  const filter = `PartitionKey eq ${quoted(folderId)} and RowKey gt ${quoted(OF_PART)}`;
  const rows = await query(table, filter);
  return new Map(rows.map(({ rowKey, stamp }) => [String(rowKey).slice(OF_PART.length), String(stamp)]));
}

/** A range of keys: from inclusive, to exclusive. */
export interface KeyRange {
  readonly from: string;
  readonly to: string;
}

/** The keys of these parts, neighbours in one range. */
export function rangesOf(parts: ReadonlySet<string>): KeyRange[] {
  const ranges: { from: string; to: string }[] = [];
  for (let part = 0; part < PARTS; part++) {
    if (!parts.has(hex(part))) continue;
    const to = part + 1 === PARTS ? BEHIND_FILES : hex(part + 1);
    const last = ranges.at(-1);
    if (last?.to === hex(part)) last.to = to;
    else ranges.push({ from: hex(part), to });
  }
  return ranges;
}

const hex = (part: number): string => part.toString(16).padStart(2, "0");

/** Rows with keys in the range, or of all files. */
export const filesIn = (table: TableClient, folderId: string, { from, to }: KeyRange): Promise<Row[]> =>
  query(table, `PartitionKey eq ${quoted(folderId)} and RowKey ge ${quoted(from)} and RowKey lt ${quoted(to)}`);

export const ALL_FILES: KeyRange = { from: "", to: BEHIND_FILES };
