// Writes the script that gives a login the least that an assessment needs. An administrator runs it at the source;
// sqlferry never does.
import { releaseName } from "../migration/sqlServerRelease.ts";
import { permissionName, SQL_SERVER_2014 } from "./query.ts";

/** As the script names it, where nobody says otherwise. */
const LOGIN = "ferry_reader";

const MSDB_TABLES = [
  "backupset",
  "backupmediafamily",
  "suspect_pages",
  "sysjobs",
  "sysjobsteps",
  "log_shipping_primary_databases",
  "log_shipping_secondary_databases",
];

/** For a release: 16 for SQL Server 2022. */
export function loginScript(major: number): string {
  const permissions = new Set(
    (["performance", "security", "definition"] as const).map((one) => permissionName(one, major)),
  );
  const mayEnter = major >= SQL_SERVER_2014;
  return `-- The least login for "ferry assess" on ${releaseName(major)}. Run it at the source as a member of sysadmin.
-- sqlferry itself never changes the source. DROP LOGIN [${LOGIN}] takes it back, after the users that are created here.
USE master;
CREATE LOGIN [${LOGIN}] WITH PASSWORD = N'<strong password>';
${[...permissions].map((permission) => `GRANT ${permission} TO [${LOGIN}];`).join("\n")}
${mayEnter ? `GRANT CONNECT ANY DATABASE TO [${LOGIN}];\n` : ""}GO
-- The history of backups, suspect pages, Agent jobs and log shipping.
USE msdb;
CREATE USER [${LOGIN}] FOR LOGIN [${LOGIN}];
${MSDB_TABLES.map((table) => `GRANT SELECT ON dbo.${table} TO [${LOGIN}];`).join("\n")}
GO
-- ${
    mayEnter
      ? "Optional: who names other databases (S73, S74). This one view takes a grant in each database; without it these checks are unknown."
      : `${releaseName(major)} knows no CONNECT ANY DATABASE: a user in each database lets the login in. The grant is for S73 and S74.`
  }
DECLARE @sql nvarchar(max) = N'';
SELECT @sql = @sql + N'USE ' + QUOTENAME(name) + N'; CREATE USER [${LOGIN}] FOR LOGIN [${LOGIN}]; GRANT SELECT ON sys.sql_expression_dependencies TO [${LOGIN}]; '
FROM sys.databases WHERE database_id > 4 AND state = 0 AND is_read_only = 0 AND source_database_id IS NULL;
EXEC sys.sp_executesql @sql;
GO`;
}
