// Writes values as the JSON of a stored row and reads it back: LSNs are decimal text there and bigint here.
import { z } from "zod";
import { formatLsn, type Lsn, parseLsn } from "../../backup/lsn.ts";
import { MIGRATION_MODES } from "../../chain/backupRecord.ts";

/**
 * The text that is stored; the schemas below read it back. ASCII alone: a text may be cut anywhere to fit into
 * properties, which would tear a surrogate pair, and Azurite 3.37 spoils other characters in requests above 64 KiB.
 */
export const storedJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? formatLsn(part) : part)).replaceAll(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** From stored text. Throws a ZodError, or a SyntaxError, when the row is not what was written. */
export const readStored = <T>(schema: z.ZodType<T>, text: string): T => schema.parse(JSON.parse(text));

/** Every field of T is listed: one that is forgotten would be lost on its way through the table. */
export type Fields<T> = { readonly [K in keyof T]-?: z.ZodType<T[K]> };

export const text = z.string();
export const maybeText = text.exactOptional();
export const number = z.number();
export const maybeNumber = number.exactOptional();
export const flag = z.boolean();
export const maybeFlag = flag.exactOptional();

export const lsn: z.ZodType<Lsn> = z
  .string()
  .regex(/^\d{1,25}$/)
  .transform(parseLsn);
export const maybeLsn = lsn.exactOptional();
export const nullableLsn = lsn.nullable();

export const mode = z.enum(MIGRATION_MODES);

/**
 * A kind of stored row. `schema` is the number of its shape, which stands in the row's column of that name; a row of
 * 0.1.0 has none, and counts as 0.
 */
export interface RowKind {
  readonly schema: number;
}

/**
 * One whose row holds JSON. `shape` reads the newest shape, and every older one that differs from it by absent
 * members alone: up to now all of them. Raise the number when an older sqlferry could misread, or lose, what is new:
 * it leaves such rows alone.
 */
export interface JsonRowKind<T> extends RowKind {
  readonly shape: z.ZodType<T>;
}
