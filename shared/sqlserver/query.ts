// Defines a query to a source: a statement for each release, what the login needs for it, and the checks that stay
// unknown without it.
import { z } from "zod";
import type { CheckId } from "../source/facts.ts";

export interface Query<Row> {
  /** Stands as a comment before the statement, so that whoever traces the server sees who asks, and for what. */
  readonly name: string;
  /** Release that has what is asked: 13 for SQL Server 2016. Absent: all from 2008 on. */
  readonly since?: number;
  /** Server permissions without which the answer would be empty, not refused. */
  readonly needs?: readonly Permission[];
  /** Where SQL Server refuses: the statement that would help. */
  readonly grant?: string;
  /** Checks that rest on it. */
  readonly checks: readonly CheckId[];
  /** Columns and views that a build may lack. */
  readonly pieces?: readonly Piece[];
  /** `has`: the release has this piece, and SQL Server did not say that it does not know it. Ends in a semicolon. */
  text(has: (piece: string) => boolean, major: number): string;
  /** Of one row; later columns are optional. */
  readonly row: z.ZodType<Row>;
}

export interface Piece {
  readonly name: string;
  /** Release that has it; absent: all. */
  readonly since?: number;
  /** Columns and views that are in it. */
  readonly words: string;
}

/** A column that came later. */
export const column = (name: string, since: number): Piece => ({ name, since, words: name });

/** What a login is allowed on the whole server, by what it is for. */
export type Permission = "performance" | "security" | "definition";

/** SQL Server 2022 divided VIEW SERVER STATE. */
export function permissionName(permission: Permission, major: number): string {
  if (permission === "definition") return "VIEW ANY DEFINITION";
  if (major < SQL_SERVER_2022) return "VIEW SERVER STATE";
  return permission === "performance" ? "VIEW SERVER PERFORMANCE STATE" : "VIEW SERVER SECURITY STATE";
}

export const SQL_SERVER_2012 = 11;
export const SQL_SERVER_2014 = 12;
export const SQL_SERVER_2016 = 13;
export const SQL_SERVER_2022 = 16;

/** The statement for a release, without the pieces that are named in `unknown`. */
export function statementOf(query: Query<unknown>, major: number, unknown: ReadonlySet<string> = new Set()): string {
  const lacking = new Set(query.pieces?.filter(({ since = 0 }) => major < since).map(({ name }) => name));
  return `/* sqlferry: ${query.name} */ ${query.text((piece) => !lacking.has(piece) && !unknown.has(piece), major)}`;
}

/**
 * Errors 207 and 208 name in quotes, in whatever language, the column or view that the server does not know: the
 * pieces that have it.
 */
export function piecesNamedIn(message: string, { pieces = [] }: Query<unknown>): readonly string[] {
  const quoted = [...message.matchAll(/['"\u00ab\u201e\u201c]([\w.$#@]+)['"\u00bb\u201c\u201d]/gu)].map(
    ([, word = ""]) => word,
  );
  return pieces
    .filter(({ words }) =>
      quoted.some((word) => words.split(/[^\w.$#@]+/).some((one) => one === word || one.endsWith(`.${word}`))),
    )
    .map(({ name }) => name);
}

/** One row per thing in use, by kind: a part of a UNION ALL. */
export interface Part {
  readonly kind: string;
  readonly since?: number;
  /** Expressions of its name, and of what else is told. */
  readonly name: string;
  readonly detail?: string;
  /** "sys.assemblies AS a WHERE a.is_user_defined = 1". */
  readonly from: string;
}

export const Listed = z.object({ kind: z.string(), name: z.string().nullable(), detail: z.string().nullable() });
export type Listed = z.infer<typeof Listed>;

export const piecesOf = (parts: readonly Part[]): readonly Piece[] =>
  parts.map(({ kind, since, name, detail, from }) => ({
    name: kind,
    ...(since !== undefined && { since }),
    words: [name, detail, from].join(" "),
  }));

/** Names come in collations of their own: each part is brought to the database's. */
export const listText = (parts: readonly Part[], has: (kind: string) => boolean): string =>
  `${parts
    .filter(({ kind }) => has(kind))
    .map(({ kind, name, detail, from }, index) => {
      const as = (expression: string, column: string): string =>
        index === 0 ? `${expression} AS ${column}` : expression;
      return `SELECT ${as(`N'${kind}'`, "kind")}, ${as(inCollation(name), "name")}, ${as(inCollation(detail), "detail")} FROM ${from}`;
    })
    .join("\nUNION ALL ")};`;

const inCollation = (expression = "NULL"): string => `CONVERT(nvarchar(260), ${expression}) COLLATE DATABASE_DEFAULT`;

/** bigint comes as decimal text. */
export const Count = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);
/** A bit, or 1 and 0. */
export const Bit = z.union([z.boolean(), z.number().transform((one) => one === 1)]);
/** undefined where it is NULL, which most bits of msdb may be. */
export const NullableBit = Bit.nullable().transform((bit) => bit ?? undefined);
