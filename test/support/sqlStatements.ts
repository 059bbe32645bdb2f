// Lists every statement that an assessment can send, for each release, for tests and for ScriptDom.
import { PRODUCT, SESSION } from "../../shared/sqlserver/connection.ts";
import { AVAILABILITY, JOBS, LOG_SHIPPING, MIRRORING } from "../../shared/sqlserver/queries/companions.ts";
import { DATABASES, ENCRYPTION, FILES, LOG_FILES, SUSPECT_PAGES } from "../../shared/sqlserver/queries/databases.ts";
import { BACKUPS, LOG_RATE } from "../../shared/sqlserver/queries/history.ts";
import {
  EDITION_FEATURES,
  FEATURES,
  IN_MEMORY,
  MODULE_REFERENCES,
  PERMISSIONS,
  SYNONYMS,
  USERS,
} from "../../shared/sqlserver/queries/insideDatabase.ts";
import {
  CONFIGURATION,
  DEPRECATED,
  INSTANCE,
  INSTANCE_OBJECTS,
  TRACE_FLAGS,
} from "../../shared/sqlserver/queries/instance.ts";
import { type Query, statementOf } from "../../shared/sqlserver/query.ts";
import { bracketed } from "../../shared/sqlserver/tsql.ts";

/** Statements for the whole server, in the order in which they are sent. */
const SERVER_QUERIES: readonly Query<unknown>[] = [
  INSTANCE,
  CONFIGURATION,
  TRACE_FLAGS,
  DEPRECATED,
  INSTANCE_OBJECTS,
  DATABASES,
  FILES,
  ENCRYPTION,
  SUSPECT_PAGES,
  LOG_FILES,
  BACKUPS,
  LOG_RATE,
  AVAILABILITY,
  MIRRORING,
  LOG_SHIPPING,
  JOBS,
];

/** Statements for each database. */
const DATABASE_QUERIES: readonly Query<unknown>[] = [
  PERMISSIONS,
  EDITION_FEATURES,
  FEATURES,
  IN_MEMORY,
  USERS,
  MODULE_REFERENCES,
  SYNONYMS,
];

export const OLDEST_MAJOR = 10;
export const NEWEST_MAJOR = 17;

export interface Statement {
  readonly name: string;
  /** Major version: 10 is SQL Server 2008. */
  readonly major: number;
  readonly sql: string;
}

/** The statement that enters a database appears once, since nothing but the database's name varies in it. */
export function everyStatement(): readonly Statement[] {
  const majors = Array.from({ length: NEWEST_MAJOR - OLDEST_MAJOR + 1 }, (_, index) => OLDEST_MAJOR + index);
  return majors.flatMap((major) => [
    { name: "product", major, sql: PRODUCT },
    { name: "session", major, sql: SESSION },
    { name: "use", major, sql: `USE ${bracketed("Sales ]; DROP DATABASE x --")};` },
    ...[...SERVER_QUERIES, ...DATABASE_QUERIES]
      .filter(({ since = 0 }) => major >= since)
      .flatMap((query) =>
        variantsOf(query).map((unknown) => ({ name: query.name, major, sql: statementOf(query, major, unknown) })),
      ),
  ]);
}

/** The whole statement, and the statement without each of the pieces that a build may lack. */
const variantsOf = ({ pieces = [] }: Query<unknown>): readonly ReadonlySet<string>[] => [
  new Set(),
  ...pieces.map(({ name }) => new Set([name])),
];
