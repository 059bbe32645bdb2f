// Asks msdb for the backups that were taken: by whom and how, gathered by the server, and how much log each hour wrote.
import { z } from "zod";
import { Bit, Count, column, NullableBit, type Query, SQL_SERVER_2014 } from "../query.ts";

/** A month and some days, so that monthly jobs are seen. */
export const HISTORY_DAYS = 35;
/** Of the log by the hour: two weeks show the days of the week twice. */
const LOG_DAYS = 14;

/**
 * Sets that differ in nothing that matters are one row: a thousand databases with a log backup every quarter of an
 * hour have three million sets a month. One processor does for it: the source has other things to do. The folder is
 * that of the first file; a virtual device (VDI) has a name of its own each time.
 */
export const BACKUPS = {
  name: "backup history",
  grant: "GRANT SELECT ON msdb.dbo.backupset, msdb.dbo.backupmediafamily",
  checks: ["S13", "S32", "S33", "S34", "S35", "S36", "S39", "S42"],
  pieces: [column("encryptor_thumbprint", SQL_SERVER_2014)],
  text: (has) => {
    const thumbprint = has("encryptor_thumbprint") ? ", b.thumbprint" : "";
    return `SELECT b.database_name, b.database_guid, b.type, b.is_copy_only, b.is_snapshot, b.is_damaged, b.has_backup_checksums,
  b.has_incomplete_metadata, b.is_appended, b.user_name, b.device_type, b.folder, b.families${thumbprint},
  COUNT_BIG(*) AS backups, CONVERT(nvarchar(19), MAX(b.backup_finish_date), 126) AS newest, MAX(b.set_bytes) AS set_bytes,
  MIN(b.physical_device_name) AS example
FROM (
  SELECT s.database_name, CONVERT(nvarchar(36), s.database_guid) AS database_guid, s.type, s.is_copy_only, s.is_snapshot, s.is_damaged,
    s.has_backup_checksums, s.has_incomplete_metadata, CASE WHEN s.position > 1 THEN 1 ELSE 0 END AS is_appended, s.user_name,
    CONVERT(int, m.device_type) AS device_type, m.physical_device_name, f.families, s.backup_finish_date,
    CONVERT(bigint, COALESCE(s.compressed_backup_size, s.backup_size)) AS set_bytes,
    CASE WHEN m.device_type IN (7, 107) THEN NULL ELSE LEFT(m.physical_device_name,
      LEN(m.physical_device_name) - CHARINDEX(N'\\', REVERSE(REPLACE(RTRIM(m.physical_device_name), N'/', N'\\')))) END AS folder${
        has("encryptor_thumbprint")
          ? ",\n    CONVERT(nvarchar(130), CONVERT(varchar(130), s.encryptor_thumbprint, 2)) AS thumbprint"
          : ""
      }
  FROM msdb.dbo.backupset AS s
  JOIN msdb.dbo.backupmediafamily AS m ON m.media_set_id = s.media_set_id AND m.family_sequence_number = 1 AND m.mirror = 0
  JOIN (SELECT a.media_set_id, COUNT(*) AS families FROM msdb.dbo.backupmediafamily AS a WHERE a.mirror = 0 GROUP BY a.media_set_id) AS f
    ON f.media_set_id = s.media_set_id
  WHERE s.backup_finish_date >= DATEADD(DAY, -${HISTORY_DAYS}, GETDATE()) AND s.type IN ('D', 'I', 'L', 'F', 'G', 'P', 'Q')
) AS b
GROUP BY b.database_name, b.database_guid, b.type, b.is_copy_only, b.is_snapshot, b.is_damaged, b.has_backup_checksums,
  b.has_incomplete_metadata, b.is_appended, b.user_name, b.device_type, b.folder, b.families${thumbprint}
OPTION (MAXDOP 1);`;
  },
  row: z.object({
    database_name: z.string(),
    database_guid: z.string().nullable(),
    type: z.string(),
    is_copy_only: NullableBit,
    is_snapshot: NullableBit,
    is_damaged: NullableBit,
    has_backup_checksums: NullableBit,
    has_incomplete_metadata: NullableBit,
    is_appended: Bit,
    user_name: z.string().nullable(),
    device_type: z.number().nullable(),
    folder: z.string().nullable(),
    families: z.number(),
    thumbprint: z.string().nullable().optional(),
    backups: Count,
    newest: z.string(),
    set_bytes: Count.nullable(),
    example: z.string().nullable(),
  }),
} satisfies Query<unknown>;

export type BackupRow = z.infer<typeof BACKUPS.row>;

/** Bytes as they travel: compressed where the backup is. */
export const LOG_RATE = {
  name: "log rate",
  grant: "GRANT SELECT ON msdb.dbo.backupset",
  checks: ["S40"],
  text: () =>
    `SELECT s.database_name, CONVERT(nvarchar(19), DATEADD(HOUR, DATEDIFF(HOUR, 0, s.backup_finish_date), 0), 126) AS hour_start,
  COUNT_BIG(*) AS log_backups, CONVERT(bigint, SUM(COALESCE(s.compressed_backup_size, s.backup_size))) AS log_bytes
FROM msdb.dbo.backupset AS s
WHERE s.type = 'L' AND COALESCE(s.is_copy_only, 0) = 0 AND s.backup_finish_date >= DATEADD(DAY, -${LOG_DAYS}, GETDATE())
GROUP BY s.database_name, DATEADD(HOUR, DATEDIFF(HOUR, 0, s.backup_finish_date), 0)
OPTION (MAXDOP 1);`,
  row: z.object({ database_name: z.string(), hour_start: z.string(), log_backups: Count, log_bytes: Count }),
} satisfies Query<unknown>;

export type LogRateRow = z.infer<typeof LOG_RATE.row>;
