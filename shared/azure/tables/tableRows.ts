// Maps values that are larger than a property to rows of a table, and answers of Table Storage to their meanings.
import { createHash } from "node:crypto";
import { RestError, type TableClient } from "@azure/data-tables";
import { NewerRowError, UnreadableRowError } from "../../migration/faults.ts";
import { type JsonRowKind, type RowKind, readStored, storedJson } from "../../migration/stored/storedJson.ts";

/** A property holds 64 KiB of UTF-16; more is 400 PropertyValueTooLarge. */
const MOST_CHARACTERS = 32_768;
/** A row holds 1 MiB, names and keys included; more is 413 or 400 EntityTooLarge. Azurite takes more. */
const MOST_CHARACTERS_OF_A_ROW = 520_000;

export type Row = Readonly<Record<string, unknown>>;

/**
 * Splits a text over numbered properties. Their number is stored too, because a merged row keeps those of a longer
 * predecessor.
 */
export function textProperties(text: string): Record<string, string | number> {
  if (text.length > MOST_CHARACTERS_OF_A_ROW)
    throw new RangeError(`A row of ${text.length} characters; a table takes ${MOST_CHARACTERS_OF_A_ROW}.`);
  const parts = Math.max(1, Math.ceil(text.length / MOST_CHARACTERS));
  const properties: Record<string, string | number> = { parts };
  for (let part = 0; part < parts; part++)
    properties[`text${part}`] = text.slice(part * MOST_CHARACTERS, (part + 1) * MOST_CHARACTERS);
  return properties;
}

/** The text that textProperties split. Throws when the row does not hold one. */
export function textOf(row: Row): string {
  const { parts } = row;
  if (parts === 1 && typeof row["text0"] === "string") return row["text0"];
  if (typeof parts !== "number") throw new Error(`Row ${String(row["rowKey"])} holds no text.`);
  return Array.from({ length: parts }, (_, part) => String(row[`text${part}`])).join("");
}

/** A row that holds a value as JSON, with the number of its shape. */
export const rowOf = <T>(kind: JsonRowKind<T>, partitionKey: string, rowKey: string, value: T) => ({
  partitionKey,
  rowKey,
  schema: kind.schema,
  ...textProperties(storedJson(value)),
});

/**
 * The fault of a row that a newer version of sqlferry wrote; undefined for any other. One without a number is of
 * 0.1.0.
 */
export function newerFault({ schema: known }: RowKind, row: Row, table: string): NewerRowError | undefined {
  const { partitionKey, rowKey, schema } = row;
  if (typeof schema !== "number" || schema <= known) return undefined;
  return new NewerRowError(table, String(partitionKey), String(rowKey), schema, known);
}

/** Throws it. */
export function checkSchema(kind: RowKind, row: Row, table: string): void {
  const fault = newerFault(kind, row, table);
  if (fault) throw fault;
}

/** The same of a row in the table: whoever writes or deletes one that he has not read asks first. */
export async function newerRowAt(
  table: TableClient,
  kind: RowKind,
  partitionKey: string,
  rowKey: string,
): Promise<NewerRowError | undefined> {
  const row = await orMissing(table.getEntity<Row>(partitionKey, rowKey, { queryOptions: { select: ["schema"] } }));
  return row && newerFault(kind, { ...row, partitionKey, rowKey }, table.tableName);
}

/**
 * What was stored in the row; UnreadableRowError when that is not what it holds, NewerRowError when a newer version
 * wrote it.
 */
export function readRow<T>(kind: JsonRowKind<T>, row: Row, table: string): T {
  checkSchema(kind, row, table);
  try {
    return readStored(kind.shape, textOf(row));
  } catch (error) {
    const { partitionKey, rowKey, etag } = row;
    throw new UnreadableRowError(
      table,
      String(partitionKey),
      String(rowKey),
      error,
      typeof etag === "string" ? etag : undefined,
    );
  }
}

/** Those rows that can be read; the others are told of, and stop nobody. */
export function readRows<T>(
  kind: JsonRowKind<T>,
  rows: readonly Row[],
  table: string,
  onUnreadable: (fault: UnreadableRowError) => void,
): T[] {
  return rows.flatMap((row) => {
    try {
      return [readRow(kind, row, table)];
    } catch (error) {
      if (!(error instanceof UnreadableRowError)) throw error;
      onUnreadable(error);
      return [];
    }
  });
}

/** 32 hex digits: keys may hold no slash, and blob names do. */
export const keyOf = (name: string): string => createHash("sha256").update(name).digest("hex").slice(0, 32);

/** The table, created when it is first used; a failure is forgotten, so that the next use tries again. */
export function createdOnce(table: TableClient): () => Promise<TableClient> {
  let created: Promise<TableClient> | undefined;
  return () => {
    created ??= table.createTable().then(
      () => table,
      (error: unknown) => {
        created = undefined;
        throw error;
      },
    );
    return created;
  };
}

/** Rows of a partition whose keys begin with `prefix`, in order of their keys. */
export function rowsOf(table: TableClient, partitionKey: string, prefix = ""): Promise<Row[]> {
  const partition = `PartitionKey eq ${quoted(partitionKey)}`;
  if (prefix === "") return query(table, partition);
  return query(table, `${partition} and RowKey ge ${quoted(prefix)} and RowKey lt ${quoted(`${prefix}~`)}`);
}

/** Query Entities: all pages of it. */
export async function query(table: TableClient, filter: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of table.listEntities<Row>({ queryOptions: { filter } })) rows.push(row);
  return rows;
}

/** Which rows of a partition, in the order of their keys. */
export interface RowsAsked {
  readonly partitionKey: string;
  /** Only keys that begin with it. */
  readonly prefix?: string;
  /** Only keys behind this one. */
  readonly after?: string | undefined;
  /**
   * Only what was written at this time or later, by the service's clock: it looks through the whole partition, and
   * sends only these.
   */
  readonly since?: Date | undefined;
  readonly top: number;
}

export interface RowsPage {
  readonly rows: readonly Row[];
  /** The key to go on behind; absent: that was all. */
  readonly next?: string;
  /** When the service answered, by its own clock, to the second before; the epoch where it does not tell. */
  readonly at: Date;
}

/** At most 1,000 rows by one query; by another one where the service has looked for long and found none of them yet. */
export async function rowsPage(table: TableClient, asked: RowsAsked): Promise<RowsPage> {
  const { partitionKey, prefix = "", after, since, top } = asked;
  const conditions = [
    `PartitionKey eq ${quoted(partitionKey)}`,
    prefix !== "" && `RowKey ge ${quoted(prefix)} and RowKey lt ${quoted(`${prefix}~`)}`,
    after !== undefined && `RowKey gt ${quoted(after)}`,
    since && `Timestamp ge datetime'${since.toISOString()}'`,
  ];
  let at: Date | undefined;
  const pages = table.listEntities<Row>({
    queryOptions: { filter: conditions.filter(Boolean).join(" and ") },
    onResponse: ({ headers }) => {
      at ??= new Date(Date.parse(headers.get("date") ?? "") || 0);
    },
  });
  for await (const rows of pages.byPage({ maxPageSize: top })) {
    const last = rows.at(-1);
    if (!last && rows.continuationToken) continue;
    const next = rows.continuationToken ? last?.rowKey : undefined;
    return { rows, ...(next !== undefined && { next }), at: at ?? new Date(0) };
  }
  return { rows: [], at: at ?? new Date(0) };
}

/** Keys of its rows, and nothing else of them. */
export async function keysOfPartition(table: TableClient, partitionKey: string): Promise<string[]> {
  const keys: string[] = [];
  const queryOptions = { filter: `PartitionKey eq ${quoted(partitionKey)}`, select: ["RowKey"] };
  for await (const { rowKey } of table.listEntities<Row>({ queryOptions })) keys.push(String(rowKey));
  return keys;
}

/**
 * Keys of all partitions, or of `most` behind `after`, in order. Each is looked up behind the one before: reading the
 * rows between them would be reading the table.
 */
export async function partitionsOf(table: TableClient, after = "", most = Number.POSITIVE_INFINITY): Promise<string[]> {
  const keys: string[] = [];
  while (keys.length < most) {
    const next = await firstBehind(table, keys.at(-1) ?? after);
    if (next === undefined) break;
    keys.push(next);
  }
  return keys;
}

async function firstBehind(table: TableClient, partitionKey: string): Promise<string | undefined> {
  const queryOptions = { filter: `PartitionKey gt ${quoted(partitionKey)}`, select: ["PartitionKey"] };
  // a page may be empty and not the last
  for await (const page of table.listEntities<Row>({ queryOptions }).byPage({ maxPageSize: 1 }))
    for (const row of page) return row.partitionKey;
  return undefined;
}

/** A text in an OData filter. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** What `answer` resolves to; undefined when there is no such row. */
export async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isMissingRow(error)) return undefined;
    throw error;
  }
}

/** True when done; false when the row is another version by now, exists already, or does not exist any more. */
export const unlessConflict = async (work: Promise<unknown>): Promise<boolean> =>
  (await orConflict(work.then(() => ({})))) !== undefined;

/** Writes the whole row over the version that it was decided on; undefined: there was none. */
export async function saveOver(
  table: TableClient,
  row: ReturnType<typeof rowOf>,
  version: string | undefined,
): Promise<"saved" | "conflict"> {
  const work = version === undefined ? table.createEntity(row) : table.updateEntity(row, "Replace", { etag: version });
  return (await unlessConflict(work)) ? "saved" : "conflict";
}

/** What `work` resolves to; undefined in the same cases. */
export async function orConflict<T extends object>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const isConflict =
      codeOf(error) === "UpdateConditionNotSatisfied" || codeOf(error) === "EntityAlreadyExists" || isMissingRow(error);
    if (isConflict) return undefined;
    throw error;
  }
}

const isMissingRow = (error: unknown): boolean => codeOf(error) === "ResourceNotFound";

const codeOf = (error: unknown): string | undefined => {
  if (!(error instanceof RestError)) return undefined;
  const details = error.details as { odataError?: { code?: string } } | undefined;
  return error.code ?? details?.odataError?.code;
};
