// Asks inside of one database: features in use, memory of tables in memory, users, and names of other databases and
// servers.
import { z } from "zod";
import {
  Bit,
  Count,
  Listed,
  listText,
  type Part,
  piecesOf,
  type Query,
  SQL_SERVER_2014,
  SQL_SERVER_2016,
  SQL_SERVER_2022,
} from "../query.ts";

const Permitted = z
  .number()
  .nullable()
  .transform((one) => one === 1);

/** What the login may see here, by grants here or on the server. */
export const PERMISSIONS = {
  name: "permissions",
  checks: [],
  text: (_, major) =>
    `SELECT HAS_PERMS_BY_NAME(NULL, 'DATABASE', 'VIEW DEFINITION') AS can_view_definition,
  HAS_PERMS_BY_NAME(NULL, 'DATABASE', '${major >= SQL_SERVER_2022 ? "VIEW DATABASE PERFORMANCE STATE" : "VIEW DATABASE STATE"}') AS can_view_state;`,
  row: z.object({ can_view_definition: Permitted, can_view_state: Permitted }),
} satisfies Query<unknown>;

/** Features that not every edition has. Needs VIEW DATABASE STATE. */
export const EDITION_FEATURES = {
  name: "edition features",
  checks: ["S05"],
  text: () => "SELECT f.feature_name FROM sys.dm_db_persisted_sku_features AS f;",
  row: z.object({ feature_name: z.string() }),
} satisfies Query<unknown>;

const FEATURE_PARTS: readonly Part[] = [
  {
    kind: "assembly",
    name: "a.name",
    detail: "a.permission_set_desc",
    from: "sys.assemblies AS a WHERE a.is_user_defined = 1",
  },
  {
    kind: "filegroup",
    name: "g.type",
    detail: "CONVERT(nvarchar(20), g.data_space_id)",
    from: "sys.filegroups AS g WHERE g.type <> 'FG'",
  },
  { kind: "full-text catalog", name: "c.name", from: "sys.fulltext_catalogs AS c" },
  { kind: "broker queue", name: "q.name", from: "sys.service_queues AS q WHERE q.is_ms_shipped = 0" },
  {
    kind: "broker route",
    name: "r.name",
    detail: "r.address",
    from: "sys.routes AS r WHERE r.name <> N'AutoCreatedLocal'",
  },
  {
    kind: "change tracking",
    name: "DB_NAME(h.database_id)",
    from: "sys.change_tracking_databases AS h WHERE h.database_id = DB_ID()",
  },
  {
    kind: "external data source",
    name: "e.name",
    detail: "e.type_desc",
    from: "sys.external_data_sources AS e",
    since: SQL_SERVER_2016,
  },
  {
    kind: "database scoped credential",
    name: "d.name",
    from: "sys.database_scoped_credentials AS d",
    since: SQL_SERVER_2016,
  },
  {
    kind: "column master key",
    name: "k.name",
    detail: "k.key_store_provider_name",
    from: "sys.column_master_keys AS k",
    since: SQL_SERVER_2016,
  },
];

/** Needs VIEW DEFINITION. A kind that the release does not know is not in use. */
export const FEATURES = {
  name: "features",
  checks: ["S15", "S16", "S17", "S18", "S21", "S55", "S56", "S63"],
  pieces: piecesOf(FEATURE_PARTS),
  text: (has) => listText(FEATURE_PARTS, has),
  row: Listed,
} satisfies Query<unknown>;

/** Asked only where there is a filegroup for it. Needs VIEW DATABASE STATE. */
export const IN_MEMORY = {
  name: "memory of tables",
  since: SQL_SERVER_2014,
  checks: [],
  text: () =>
    `SELECT SUM(m.memory_allocated_for_table_kb + m.memory_allocated_for_indexes_kb) / 1024 AS in_memory_mb
FROM sys.dm_db_xtp_table_memory_stats AS m
WHERE m.object_id > 0;`,
  row: z.object({ in_memory_mb: Count.nullable() }),
} satisfies Query<unknown>;

/**
 * Needs VIEW ANY DEFINITION: without it no login but the own one is to be seen, and every user would look like an
 * orphan.
 */
export const USERS = {
  name: "users",
  needs: ["definition"],
  checks: ["S70", "S71"],
  text: () =>
    `SELECT u.name, u.type, CASE WHEN p.sid IS NULL THEN 0 ELSE 1 END AS has_login
FROM sys.database_principals AS u
LEFT JOIN sys.server_principals AS p ON p.sid = u.sid
WHERE u.type IN ('S', 'U', 'G', 'C', 'K', 'E', 'X') AND u.principal_id > 4 AND u.sid IS NOT NULL;`,
  row: z.object({ name: z.string(), type: z.string(), has_login: Bit }),
} satisfies Query<unknown>;

const Reference = z.object({
  server_name: z.string().nullable(),
  database_name: z.string().nullable(),
  example: z.string().nullable(),
});

/** Only the owner of a database may read this view unless somebody grants it. */
export const MODULE_REFERENCES = {
  name: "references of modules",
  grant: "GRANT SELECT ON sys.sql_expression_dependencies, in each database",
  checks: ["S73", "S74"],
  text: () =>
    `SELECT e.referenced_server_name AS server_name, e.referenced_database_name AS database_name,
  MIN(OBJECT_SCHEMA_NAME(e.referencing_id) + N'.' + OBJECT_NAME(e.referencing_id)) AS example
FROM sys.sql_expression_dependencies AS e
WHERE e.referenced_server_name IS NOT NULL OR (e.referenced_database_name IS NOT NULL AND e.referenced_database_name <> DB_NAME())
GROUP BY e.referenced_server_name, e.referenced_database_name;`,
  row: Reference,
} satisfies Query<unknown>;

export const SYNONYMS = {
  name: "synonyms",
  checks: ["S73", "S74"],
  text: () =>
    `SELECT PARSENAME(s.base_object_name, 4) AS server_name, PARSENAME(s.base_object_name, 3) AS database_name, MIN(s.name) AS example
FROM sys.synonyms AS s
WHERE PARSENAME(s.base_object_name, 3) IS NOT NULL AND PARSENAME(s.base_object_name, 3) <> DB_NAME()
GROUP BY PARSENAME(s.base_object_name, 4), PARSENAME(s.base_object_name, 3);`,
  row: Reference,
} satisfies Query<unknown>;
