// Asks a source one query and tells what came of it: rows, or why there are none. A missing column drops a column,
// not the run.
import { releaseName } from "../migration/sqlServerRelease.ts";
import type { SourceConnection } from "./connection.ts";
import { type Permission, permissionName, piecesNamedIn, type Query, statementOf } from "./query.ts";
import { StatementRefused } from "./sourceFailure.ts";

export type Asked<Row> =
  | {
      readonly rows: readonly Row[];
      /** Pieces that the server did not know although its release should. */
      readonly unknown: ReadonlySet<string>;
    }
  /** Why there are no rows, for people. */
  | { readonly withheld: string };

/** Permission denied on an object, a column, in a database, on the server; no access to a database. */
const DENIED = [229, 230, 262, 297, 300, 371, 916, 15562];
const UNKNOWN_NAME = [207, 208];
const LOCK_TIMEOUT = 1222;

/**
 * What a login may not see is often not refused but left out: `held` says what it may see. Throws when the connection
 * is lost.
 */
export async function ask<Row>(
  connection: SourceConnection,
  query: Query<Row>,
  held: ReadonlySet<Permission>,
): Promise<Asked<Row>> {
  const { major } = connection.product;
  if (major < (query.since ?? 0)) return { withheld: `only ${releaseName(query.since ?? 0)} and later tell it` };
  const missing = (query.needs ?? []).filter((need) => !held.has(need)).map((need) => permissionName(need, major));
  if (missing.length > 0) return { withheld: `not allowed: GRANT ${[...new Set(missing)].join(", ")}` };
  const unknown = new Set<string>();
  for (;;) {
    try {
      const [rows = []] = await connection.query(statementOf(query, major, unknown));
      const read = query.row.array().safeParse(rows);
      if (read.success) return { rows: read.data, unknown };
      const [issue] = read.error.issues;
      return { withheld: `the answer is not as expected: ${issue?.path.join(".")}: ${issue?.message}` };
    } catch (error) {
      if (!(error instanceof StatementRefused)) throw error;
      const lacking = error.numbers.some((number) => UNKNOWN_NAME.includes(number))
        ? piecesNamedIn(error.message, query).filter((piece) => !unknown.has(piece))
        : [];
      if (lacking.length === 0) return { withheld: whyRefused(error, query.grant) };
      for (const piece of lacking) unknown.add(piece);
    }
  }
}

/** undefined: it knew everything that its release should. */
export const lackOf = (unknown: ReadonlySet<string>): string | undefined =>
  unknown.size > 0 ? `this build does not know ${[...unknown].join(", ")}` : undefined;

/** In few words, with what would help. */
export function whyRefused({ numbers, message, isTimeout }: StatementRefused, grant?: string): string {
  if (isTimeout) return "it took too long";
  const [number] = numbers;
  if (numbers.includes(LOCK_TIMEOUT)) return "locked for longer than five seconds (1222)";
  const denied = numbers.find((one) => DENIED.includes(one));
  if (denied !== undefined)
    return grant === undefined ? `not allowed (${denied})` : `not allowed (${denied}): ${grant}`;
  if (numbers.some((one) => UNKNOWN_NAME.includes(one))) return `this build does not have it (${number})`;
  return `SQL Server refuses it (${number}): ${message}`;
}
