// Answers a batch as a scripted instance would: refuses what is not scripted, what its release does not know, and
// what the login may not see.
import { type Token, tokensOf } from "../../shared/sqlserver/tsql.ts";
import { type Catalog, type Grant, refusalOf } from "./catalog.ts";
import type { Answer, Session } from "./tdsServer.ts";
import type { Cell, ServerError } from "./wire.ts";

export type ScriptedRow = Readonly<Record<string, Cell>>;

export interface ScriptedDatabase {
  readonly name: string;
  /** USE is refused with this. */
  readonly closed?: ServerError;
  /** Rows by the name of the query, where there are any. */
  readonly inside: Readonly<Record<string, readonly ScriptedRow[]>>;
  /** Queries that are refused in it. */
  readonly refused?: Readonly<Record<string, ServerError>>;
}

export interface ScriptedInstance extends Catalog {
  /** "SRC01\PROD". */
  readonly serverName: string;
  readonly productVersion: string;
  /** As SERVERPROPERTY('Edition') says it. */
  readonly edition: string;
  readonly engineEdition: number;
  readonly collation: string;
  /** Milliseconds. */
  readonly now: number;
  /** Rows by the name of the query. */
  readonly rows: Readonly<Record<string, readonly ScriptedRow[]>>;
  readonly databases: readonly ScriptedDatabase[];
}

const QUERIES_INSIDE = [
  "permissions",
  "edition features",
  "features",
  "memory of tables",
  "users",
  "references of modules",
  "synonyms",
];

/** What sqlferry names its statements by. */
const NAME = /^\/\* sqlferry: (.+?) \*\//;

export function answerOf(
  instance: ScriptedInstance,
  grants: ReadonlySet<Grant>,
  batch: string,
  session: Session,
): Answer {
  const tokens = tokensOf(batch);
  const begins = (word: string): boolean => tokens[0]?.text.toUpperCase() === word;
  if (begins("SET")) return { sets: [] };
  if (begins("USE")) return use(instance, grants, tokens[1]?.text ?? "");
  const name = NAME.exec(batch)?.[1];
  if (name === undefined) return forOtherClients(instance, batch) ?? unscripted(batch);
  const refusal = refusalOf(batch, instance, grants);
  if (refusal !== undefined && refusal !== "nothing") return { error: refusal };
  const database = instance.databases.find((one) => one.name === session.database);
  const refused = database?.refused?.[name];
  if (refused) return { error: refused };
  const scripted = rowsOf(instance, grants, database, name);
  if (scripted === undefined) return unscripted(batch);
  const columns = begins("DBCC") ? ["TraceFlag", "Status", "Global", "Session"] : columnsOf(tokens);
  const rows = refusal === "nothing" ? [] : scripted;
  return {
    sets: [
      {
        columns,
        rows: rows.map((row) =>
          columns.map((column) => {
            const cell = row[column];
            if (cell === undefined) throw new Error(`the script of "${name}" has no column "${column}"`);
            return cell;
          }),
        ),
      },
    ],
  };
}

const unscripted = (batch: string): Answer => ({
  error: { number: 50_000, message: `The stand-in has no script for this statement: ${batch.slice(0, 200)}` },
});

function use(instance: ScriptedInstance, grants: ReadonlySet<Grant>, name: string): Answer {
  if (["master", "msdb", "tempdb"].includes(name)) return { database: name };
  const database = instance.databases.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (database === undefined)
    return {
      error: {
        number: 911,
        message: `Database '${name}' does not exist. Make sure that the name is entered correctly.`,
      },
    };
  if (!mayEnter(instance, grants))
    return {
      error: {
        number: 916,
        message: `The server principal is not able to access the database "${name}" under the current security context.`,
      },
    };
  return database.closed ? { error: database.closed } : { database: database.name };
}

/** Before 2014 a user in each database lets in; the scripted ones have it where they may see definitions. */
const mayEnter = ({ major }: Catalog, grants: ReadonlySet<Grant>): boolean =>
  grants.has(major >= 12 ? "CONNECT ANY DATABASE" : "VIEW ANY DEFINITION");

function rowsOf(
  instance: ScriptedInstance,
  grants: ReadonlySet<Grant>,
  database: ScriptedDatabase | undefined,
  name: string,
): readonly ScriptedRow[] | undefined {
  const holds = (...any: Grant[]): number => (any.some((grant) => grants.has(grant)) ? 1 : 0);
  if (name === "product")
    return [
      {
        product_version: instance.productVersion,
        edition: instance.edition,
        engine_edition: instance.engineEdition,
      },
    ];
  if (name === "instance")
    return [
      {
        server_name: instance.serverName,
        collation_name: instance.collation,
        now_utc: new Date(instance.now).toISOString().slice(0, 23),
        now_local: new Date(instance.now).toISOString().slice(0, 19),
        can_view_any_database: holds("VIEW ANY DATABASE"),
        can_view_performance: holds("VIEW SERVER STATE", "VIEW SERVER PERFORMANCE STATE"),
        can_view_security: holds("VIEW SERVER STATE", "VIEW SERVER SECURITY STATE"),
        can_view_definition: holds("VIEW ANY DEFINITION"),
      },
    ];
  if (name === "permissions")
    return [
      {
        can_view_definition: holds("VIEW ANY DEFINITION"),
        can_view_state: holds("VIEW SERVER STATE", "VIEW SERVER PERFORMANCE STATE"),
      },
    ];
  if (name === "databases")
    return instance.rows[name]?.map((row) => ({
      ...row,
      has_access: mayEnter(instance, grants) ? (row["has_access"] ?? 1) : 0,
    }));
  if (QUERIES_INSIDE.includes(name)) return database && (database.inside[name] ?? []);
  return instance.rows[name];
}

/** What people type first. */
function forOtherClients(instance: ScriptedInstance, batch: string): Answer | undefined {
  const sql = batch.trim().replace(/;$/, "").replaceAll(/\s+/g, " ").toLowerCase();
  if (sql === "select @@version")
    return {
      sets: [
        { columns: [""], rows: [[`Microsoft SQL Server (stand-in) - ${instance.productVersion} ${instance.edition}`]] },
      ],
    };
  if (sql === "select @@servername") return { sets: [{ columns: [""], rows: [[instance.serverName]] }] };
  if (sql === "select name from sys.databases")
    return {
      sets: [
        { columns: ["name"], rows: ["master", ...instance.databases.map(({ name }) => name)].map((name) => [name]) },
      ],
    };
  return undefined;
}

/** Names of the columns of the first SELECT: behind AS, or the last word of the expression. */
function columnsOf(tokens: readonly Token[]): readonly string[] {
  const columns: string[] = [];
  let depth = 0;
  let last = "";
  for (const { kind, text } of tokens.slice(1)) {
    if (text === "(" && kind === "sign") depth += 1;
    if (text === ")" && kind === "sign") depth -= 1;
    const isEnd =
      depth === 0 && ((kind === "word" && text.toUpperCase() === "FROM") || (kind === "sign" && text === ";"));
    if (isEnd || (depth === 0 && kind === "sign" && text === ",")) {
      columns.push(last);
      if (isEnd) return columns;
    } else if (kind === "word" || kind === "name") last = text;
  }
  return columns;
}
