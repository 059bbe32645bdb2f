// Asks for all databases at once: properties, files, encryption, suspect pages, virtual log files.
import { z } from "zod";
import { Count, column, NullableBit, type Query, SQL_SERVER_2012, SQL_SERVER_2016 } from "../query.ts";

/**
 * Most columns may be NULL of a database that is not open. Offline databases have no GUIDs and no log backup's LSN.
 * LastGoodCheckDbTime is null where the build does not know the property (before 2012 SP4, 2014 SP3, 2016 SP2) and
 * 1900-01-01 where CHECKDB never ended without errors.
 */
export const DATABASES = {
  name: "databases",
  checks: "S03 S06 S14 S20 S30 S31 S36 S38 S53 S54 S56 S60 S61 S62 S64 S66".split(" ") as `S${number}`[],
  pieces: [column("containment_desc", SQL_SERVER_2012), column("is_remote_data_archive_enabled", SQL_SERVER_2016)],
  text: (has) =>
    `SELECT d.database_id, d.name, d.state_desc, d.recovery_model_desc, CONVERT(int, d.compatibility_level) AS compatibility_level, d.collation_name,
  d.page_verify_option_desc, d.is_in_standby, d.is_broker_enabled, d.is_cdc_enabled, d.is_encrypted,
  d.is_published, d.is_merge_published, d.is_subscribed, d.is_distributor,
  d.is_trustworthy_on, d.is_db_chaining_on, d.is_master_key_encrypted_by_server, d.source_database_id,
  SUSER_SNAME(d.owner_sid) AS owner_name, HAS_DBACCESS(d.name) AS has_access,
  CONVERT(nvarchar(36), r.database_guid) AS database_guid, CONVERT(nvarchar(36), r.family_guid) AS family_guid,
  CONVERT(nvarchar(25), r.last_log_backup_lsn) AS last_log_backup_lsn,
  CONVERT(nvarchar(19), CONVERT(datetime, DATABASEPROPERTYEX(d.name, 'LastGoodCheckDbTime')), 126) AS last_good_checkdb${
    has("containment_desc") ? ",\n  d.containment_desc" : ""
  }${has("is_remote_data_archive_enabled") ? ",\n  d.is_remote_data_archive_enabled" : ""}
FROM sys.databases AS d
LEFT JOIN sys.database_recovery_status AS r ON r.database_id = d.database_id
WHERE d.database_id > 4
ORDER BY d.name;`,
  row: z.object({
    database_id: z.number(),
    name: z.string(),
    state_desc: z.string(),
    recovery_model_desc: z.enum(["FULL", "BULK_LOGGED", "SIMPLE"]).nullable(),
    compatibility_level: z.number().nullable(),
    collation_name: z.string().nullable(),
    page_verify_option_desc: z.string().nullable(),
    is_in_standby: NullableBit,
    is_broker_enabled: NullableBit,
    is_cdc_enabled: NullableBit,
    is_encrypted: NullableBit,
    is_published: NullableBit,
    is_merge_published: NullableBit,
    is_subscribed: NullableBit,
    is_distributor: NullableBit,
    is_trustworthy_on: NullableBit,
    is_db_chaining_on: NullableBit,
    is_master_key_encrypted_by_server: NullableBit,
    source_database_id: z.number().nullable(),
    owner_name: z.string().nullable(),
    has_access: z.number().nullable(),
    database_guid: z.string().nullable(),
    family_guid: z.string().nullable(),
    last_log_backup_lsn: z.string().nullable(),
    last_good_checkdb: z.string().nullable(),
    containment_desc: z.string().optional(),
    is_remote_data_archive_enabled: NullableBit.optional(),
  }),
} satisfies Query<unknown>;

export type DatabaseRow = z.infer<typeof DATABASES.row>;

/** FILESTREAM and In-Memory OLTP have one type here; the filegroup (data_space_id) tells them apart. */
export const FILES = {
  name: "files",
  needs: ["definition"],
  checks: ["S07", "S16", "S17", "S19"],
  text: () =>
    `SELECT f.database_id, f.type_desc, f.data_space_id, f.name, f.physical_name, CONVERT(bigint, f.size) * 8 / 1024 AS size_mb
FROM sys.master_files AS f
WHERE f.database_id > 4
ORDER BY f.database_id, f.file_id;`,
  row: z.object({
    database_id: z.number(),
    type_desc: z.string(),
    data_space_id: z.number(),
    name: z.string(),
    physical_name: z.string(),
    size_mb: Count,
  }),
} satisfies Query<unknown>;

export type FileRow = z.infer<typeof FILES.row>;

/** Databases without a key have no row. encryption_state: 1 not encrypted, 3 encrypted, 2, 4, 5 and 6 on the way. */
export const ENCRYPTION = {
  name: "encryption",
  needs: ["security", "definition"],
  checks: ["S10", "S11", "S12"],
  text: () =>
    `SELECT k.database_id, k.encryption_state, CONVERT(int, k.percent_complete) AS percent_complete,
  CONVERT(nvarchar(130), CONVERT(varchar(130), k.encryptor_thumbprint, 2)) AS thumbprint,
  c.name AS certificate_name, a.name AS asymmetric_key_name
FROM sys.dm_database_encryption_keys AS k
LEFT JOIN master.sys.certificates AS c ON c.thumbprint = k.encryptor_thumbprint
LEFT JOIN master.sys.asymmetric_keys AS a ON a.thumbprint = k.encryptor_thumbprint
WHERE k.database_id > 4;`,
  row: z.object({
    database_id: z.number(),
    encryption_state: z.number(),
    percent_complete: z.number().nullable(),
    thumbprint: z.string().nullable(),
    certificate_name: z.string().nullable(),
    asymmetric_key_name: z.string().nullable(),
  }),
} satisfies Query<unknown>;

export type EncryptionRow = z.infer<typeof ENCRYPTION.row>;

/** event_type 1: errors 823 and 824, 2: bad checksum, 3: torn page; others have been repaired. */
export const SUSPECT_PAGES = {
  name: "suspect pages",
  grant: "GRANT SELECT ON msdb.dbo.suspect_pages",
  checks: ["S37"],
  text: () =>
    `SELECT p.database_id, COUNT_BIG(*) AS pages
FROM msdb.dbo.suspect_pages AS p
WHERE p.event_type IN (1, 2, 3)
GROUP BY p.database_id;`,
  row: z.object({ database_id: z.number(), pages: Count }),
} satisfies Query<unknown>;

/** From 2016 SP2 on. Before it takes DBCC LOGINFO and sysadmin, which are not asked for. */
export const LOG_FILES = {
  name: "virtual log files",
  since: SQL_SERVER_2016,
  needs: ["performance"],
  checks: ["S41"],
  text: () =>
    `SELECT d.database_id, CONVERT(bigint, s.total_vlf_count) AS total_vlf_count
FROM sys.databases AS d
CROSS APPLY sys.dm_db_log_stats(d.database_id) AS s
WHERE d.database_id > 4 AND d.state = 0;`,
  row: z.object({ database_id: z.number(), total_vlf_count: Count }),
} satisfies Query<unknown>;
