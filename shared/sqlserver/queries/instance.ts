// Asks for what is the server's own: identity and permissions, settings, trace flags, deprecated features, objects
// outside of the databases.
import { z } from "zod";
import { Count, Listed, listText, type Part, permissionName, piecesOf, type Query, SQL_SERVER_2012 } from "../query.ts";

const Permitted = z
  .number()
  .nullable()
  .transform((one) => one === 1);

/** Anybody may ask this. Times: of the server, UTC and its wall clock. */
export const INSTANCE = {
  name: "instance",
  checks: [],
  text: (_, major) =>
    `SELECT CONVERT(nvarchar(128), SERVERPROPERTY('ServerName')) AS server_name,
  CONVERT(nvarchar(128), SERVERPROPERTY('Collation')) AS collation_name,
  CONVERT(nvarchar(23), SYSUTCDATETIME(), 126) AS now_utc,
  CONVERT(nvarchar(19), SYSDATETIME(), 126) AS now_local,
  HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW ANY DATABASE') AS can_view_any_database,
  HAS_PERMS_BY_NAME(NULL, NULL, '${permissionName("performance", major)}') AS can_view_performance,
  HAS_PERMS_BY_NAME(NULL, NULL, '${permissionName("security", major)}') AS can_view_security,
  HAS_PERMS_BY_NAME(NULL, NULL, '${permissionName("definition", major)}') AS can_view_definition;`,
  row: z.object({
    server_name: z.string().nullable(),
    collation_name: z.string().nullable(),
    now_utc: z.string(),
    now_local: z.string(),
    can_view_any_database: Permitted,
    can_view_performance: Permitted,
    can_view_security: Permitted,
    can_view_definition: Permitted,
  }),
} satisfies Query<unknown>;

export const CONFIGURATION = {
  name: "configuration",
  checks: ["S63", "S76"],
  text: () => "SELECT c.name, CONVERT(bigint, c.value_in_use) AS value_in_use FROM sys.configurations AS c;",
  row: z.object({ name: z.string(), value_in_use: Count }),
} satisfies Query<unknown>;

/** The one DBCC: it only tells. */
export const TRACE_FLAGS = {
  name: "trace flags",
  checks: ["S76"],
  text: () => "DBCC TRACESTATUS(-1) WITH NO_INFOMSGS;",
  row: z.object({ TraceFlag: z.number(), Global: z.number() }),
} satisfies Query<unknown>;

/** Uses since the instance started. */
export const DEPRECATED = {
  name: "deprecated features",
  needs: ["performance"],
  checks: ["S77"],
  text: () =>
    `SELECT RTRIM(c.instance_name) AS feature, c.cntr_value AS uses
FROM sys.dm_os_performance_counters AS c
WHERE c.object_name LIKE N'%Deprecated Features%' AND c.cntr_value > 0;`,
  row: z.object({ feature: z.string(), uses: Count }),
} satisfies Query<unknown>;

/** Names, never definitions. */
const OBJECTS: readonly Part[] = [
  { kind: "linked server", name: "s.name", detail: "s.provider", from: "sys.servers AS s WHERE s.is_linked = 1" },
  {
    kind: "server role",
    name: "p.name",
    from: "sys.server_principals AS p WHERE p.type = 'R' AND p.is_fixed_role = 0 AND p.name <> N'public'",
    since: SQL_SERVER_2012,
  },
  { kind: "credential", name: "c.name", detail: "c.credential_identity", from: "sys.credentials AS c" },
  { kind: "server trigger", name: "t.name", from: "sys.server_triggers AS t WHERE t.is_ms_shipped = 0" },
  { kind: "server audit", name: "a.name", from: "sys.server_audits AS a" },
  { kind: "endpoint", name: "e.name", detail: "e.type_desc", from: "sys.endpoints AS e WHERE e.endpoint_id > 65535" },
  { kind: "cryptographic provider", name: "y.name", detail: "y.dll_path", from: "sys.cryptographic_providers AS y" },
  {
    kind: "custom message",
    name: "CONVERT(nvarchar(20), m.message_id)",
    from: "sys.messages AS m WHERE m.message_id > 50000 AND m.language_id = 1033",
  },
  { kind: "backup device", name: "b.name", detail: "b.physical_name", from: "sys.backup_devices AS b" },
  {
    kind: "resource governor pool",
    name: "r.name",
    from: "sys.resource_governor_resource_pools AS r WHERE r.pool_id > 2",
  },
  {
    kind: "event session",
    name: "x.name",
    from: "sys.server_event_sessions AS x WHERE x.name NOT IN (N'system_health', N'AlwaysOn_health', N'telemetry_xevents')",
  },
  {
    kind: "object in master",
    name: "o.name",
    detail: "o.type_desc",
    from: "master.sys.objects AS o WHERE o.is_ms_shipped = 0 AND o.parent_object_id = 0",
  },
  { kind: "certificate in master", name: "k.name", from: "master.sys.certificates AS k WHERE k.name NOT LIKE N'##%'" },
];

export const INSTANCE_OBJECTS = {
  name: "instance objects",
  needs: ["definition", "security"],
  checks: ["S73", "S75"],
  pieces: piecesOf(OBJECTS),
  text: (has) => listText(OBJECTS, has),
  row: Listed,
} satisfies Query<unknown>;
