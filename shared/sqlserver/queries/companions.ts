// Asks what works with the databases besides: availability groups, mirroring, log shipping, Agent jobs.
import { z } from "zod";
import { Bit, Count, type Query, SQL_SERVER_2012 } from "../query.ts";

/** One row per database and replica. */
export const AVAILABILITY = {
  name: "availability groups",
  since: SQL_SERVER_2012,
  needs: ["performance", "definition"],
  checks: ["S50"],
  text: () =>
    `SELECT ds.database_id, g.name AS group_name, g.automated_backup_preference_desc, ar.replica_server_name
FROM sys.dm_hadr_database_replica_states AS ds
JOIN sys.availability_groups AS g ON g.group_id = ds.group_id
JOIN sys.availability_replicas AS ar ON ar.group_id = ds.group_id
WHERE ds.is_local = 1;`,
  row: z.object({
    database_id: z.number(),
    group_name: z.string(),
    automated_backup_preference_desc: z.string(),
    replica_server_name: z.string(),
  }),
} satisfies Query<unknown>;

export type AvailabilityRow = z.infer<typeof AVAILABILITY.row>;

export const MIRRORING = {
  name: "mirroring",
  checks: ["S51"],
  text: () =>
    `SELECT m.database_id, m.mirroring_role_desc, m.mirroring_partner_instance
FROM sys.database_mirroring AS m
WHERE m.mirroring_guid IS NOT NULL;`,
  row: z.object({
    database_id: z.number(),
    mirroring_role_desc: z.string(),
    mirroring_partner_instance: z.string().nullable(),
  }),
} satisfies Query<unknown>;

export const LOG_SHIPPING = {
  name: "log shipping",
  grant: "GRANT SELECT ON msdb.dbo.log_shipping_primary_databases, msdb.dbo.log_shipping_secondary_databases",
  checks: ["S52"],
  text: () =>
    `SELECT N'primary' AS role, p.primary_database AS database_name FROM msdb.dbo.log_shipping_primary_databases AS p
UNION ALL SELECT N'secondary', s.secondary_database FROM msdb.dbo.log_shipping_secondary_databases AS s;`,
  row: z.object({ role: z.enum(["primary", "secondary"]), database_name: z.string() }),
} satisfies Query<unknown>;

/** By the database of their steps. What a step runs is looked through for backups by the server, and not read. */
export const JOBS = {
  name: "Agent jobs",
  grant: "GRANT SELECT ON msdb.dbo.sysjobs, msdb.dbo.sysjobsteps",
  checks: ["S72"],
  text: () =>
    `SELECT s.database_name, j.name AS job_name, CONVERT(int, j.enabled) AS is_enabled, COUNT_BIG(*) AS steps,
  MAX(CASE WHEN s.command LIKE N'%BACKUP LOG%' OR s.command LIKE N'%BACKUP DATABASE%' OR s.command LIKE N'%sqlbackup%'
    OR s.command LIKE N'%DatabaseBackup%' THEN 1 ELSE 0 END) AS takes_backups
FROM msdb.dbo.sysjobs AS j
JOIN msdb.dbo.sysjobsteps AS s ON s.job_id = j.job_id
WHERE s.database_name IS NOT NULL
GROUP BY s.database_name, j.name, j.enabled;`,
  row: z.object({
    database_name: z.string(),
    job_name: z.string(),
    is_enabled: Bit,
    steps: Count,
    takes_backups: Bit,
  }),
} satisfies Query<unknown>;
