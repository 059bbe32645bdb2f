// Links each check to the page that it rests on.

const LEARN = "https://learn.microsoft.com";

const SOURCES = {
  dmsOnline: "/data-migration/sql-server/virtual-machines/database-migration-service-online",
  restore: "/sql/t-sql/statements/restore-statements-transact-sql",
  dmsIssues: "/azure/dms/known-issues-azure-sql-migration-azure-data-studio",
  permissions: "/azure/dms/ads-sku-recommend",
  editionFeatures:
    "/sql/relational-databases/system-dynamic-management-views/sys-dm-db-persisted-sku-features-transact-sql",
  serverCollation: "/sql/relational-databases/collations/set-or-change-the-server-collation",
  tde: "/sql/relational-databases/security/encryption/move-a-tde-protected-database-to-another-sql-server",
  backupEncryption: "/sql/relational-databases/backup-restore/backup-encryption",
  metadata: "/sql/relational-databases/databases/manage-metadata-when-making-a-database-available-on-another-server",
  alwaysEncrypted: "/sql/relational-databases/security/encryption/always-encrypted-database-engine",
  discontinued: "/sql/database-engine/discontinued-database-engine-functionality-in-sql-server",
  compatibility: "/sql/t-sql/statements/alter-database-transact-sql-compatibility-level",
  inMemory: "/sql/relational-databases/in-memory-oltp/estimate-memory-requirements-for-memory-optimized-tables",
  recoveryModels: "/sql/relational-databases/backup-restore/recovery-models-sql-server",
  mediaErrors: "/sql/relational-databases/backup-restore/possible-media-errors-during-backup-and-restore-sql-server",
  toVm: "/data-migration/sql-server/virtual-machines/overview",
  clrStrict: "/sql/database-engine/configure-windows/clr-strict-security",
} as const;

/** "own": our arithmetic, nobody's page. */
export type SourceId = keyof typeof SOURCES | "own";

export const linkOf = (source: SourceId): string => (source === "own" ? "sqlferry" : `${LEARN}${SOURCES[source]}`);
