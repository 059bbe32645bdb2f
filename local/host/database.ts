// Opens the host's SQLite file; what is committed survives kill -9.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

type Value = SQLInputValue;

export interface Database {
  run(sql: string, ...values: readonly Value[]): number;
  get<Row>(sql: string, ...values: readonly Value[]): Row | undefined;
  all<Row>(sql: string, ...values: readonly Value[]): readonly Row[];
  /** All or nothing; must not be nested. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}

/** Numbers are never used again: whoever deletes a row by its number must not hit a newer one. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS instances (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, version TEXT, status TEXT NOT NULL, input TEXT NOT NULL, output TEXT, customStatus TEXT,
    created INTEGER NOT NULL, updated INTEGER NOT NULL, execution TEXT NOT NULL, numbering TEXT NOT NULL,
    parent TEXT, parentExecution TEXT, parentTask INTEGER) STRICT;
  CREATE TABLE IF NOT EXISTS history (seq INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, event TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS historyOfInstance ON history (instance, seq);
  CREATE TABLE IF NOT EXISTS inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, execution TEXT, due INTEGER NOT NULL, timer INTEGER, message TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS inboxOfInstance ON inbox (instance, due, seq);
  CREATE INDEX IF NOT EXISTS inboxByDue ON inbox (due);
  CREATE TABLE IF NOT EXISTS work (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, execution TEXT NOT NULL, task INTEGER NOT NULL, name TEXT NOT NULL, input TEXT,
    due INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS workByDue ON work (due);
  CREATE TABLE IF NOT EXISTS timers (name TEXT PRIMARY KEY, last INTEGER, next INTEGER NOT NULL, updated INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, functionName TEXT NOT NULL, container TEXT NOT NULL, blob TEXT NOT NULL, etag TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS deliveriesByDue ON deliveries (due);
  CREATE TABLE IF NOT EXISTS lives (life INTEGER PRIMARY KEY AUTOINCREMENT, began INTEGER NOT NULL) STRICT;
  PRAGMA user_version = 2;
`;
const OF_ANOTHER_SCHEMA = "SELECT 1 AS yes FROM sqlite_schema, pragma_user_version WHERE user_version <> 2 LIMIT 1";

/** Instead of a folder: nothing is written, and everything forgotten at the end. */
export const IN_MEMORY = ":memory:";

/**
 * Opens <dir>/host.db, alone: a second host on the same directory is refused. It does not wait for the disk at each
 * commit: that took a quarter of the host's time, and a power cut takes Azurite's last seconds with it anyway.
 */
export function openDatabase(dir: string): Database {
  if (dir !== IN_MEMORY) mkdirSync(dir, { recursive: true });
  const db = new DatabaseSync(dir === IN_MEMORY ? IN_MEMORY : join(dir, "host.db"));
  try {
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    if (db.prepare(OF_ANOTHER_SCHEMA).get())
      throw new Error(`${dir} was written by another version of this host. Delete it, or choose another --data.`);
    db.exec(SCHEMA);
  } catch (error) {
    db.close();
    if (/locked/.test(String(error))) throw new Error(`Another host uses ${dir}. Stop it, or choose another --data.`);
    throw error;
  }
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const statement = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  return {
    run: (sql, ...values) => Number(prepare(sql).run(...values).changes),
    get: <Row>(sql: string, ...values: readonly Value[]) => prepare(sql).get(...values) as Row | undefined,
    all: <Row>(sql: string, ...values: readonly Value[]) => prepare(sql).all(...values) as unknown as readonly Row[],
    transaction(work) {
      db.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        db.exec("COMMIT");
        return result;
      } catch (error) {
        db.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => db.close(),
  };
}
