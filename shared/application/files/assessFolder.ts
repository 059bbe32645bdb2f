// What does the chain say of a migration's folder right now? Verdicts are never stored: they are computed from the rows whenever somebody asks.
import { assessChain } from "../../chain/assessChain.ts";
import type { RestoreProgress } from "../../chain/backupRecord.ts";
import type { ChainReport } from "../../chain/chainReport.ts";
import type { Migration } from "../../migration/migration.ts";
import type { CatalogueEntry } from "../../migration/observed.ts";
import { majorOf } from "../../migration/sqlServerRelease.ts";
import type { Services } from "../../ports.ts";

export interface AssessedFolder {
  readonly entries: readonly CatalogueEntry[];
  readonly report: ChainReport;
}

/** Reads the folder's rows and assesses them against the migration's wants and the restore's progress. */
export async function assessFolder(services: Services, migration: Migration): Promise<AssessedFolder> {
  const entries = await services.catalogue.list(migration.migrationId);
  return { entries, report: assessEntries(services, migration, entries) };
}

/** The same for rows that are at hand already, for instance with newer progress. */
export function assessEntries(
  { config, clock }: Services,
  migration: Migration,
  entries: readonly CatalogueEntry[],
  progress: RestoreProgress = migration.progress,
): ChainReport {
  const { container: _, folder, rootIsADatabase, ...expected } = migration.source;
  const targetVersionMajor = majorOf(config.target.sqlVersion); // what the VM itself tells is the preflight's affair (P17)
  return assessChain(recordsOf(entries), {
    now: clock.now().toISOString(),
    mode: migration.mode,
    folder,
    rootIsADatabase,
    expected,
    ...(migration.target && { targetDatabaseName: migration.target.databaseName }),
    ...(targetVersionMajor !== undefined && { targetVersionMajor }),
    progress,
    settings: { gapDeadlineMinutes: config.chain.gapDeadlineMinutes, allowDamaged: config.chain.allowDamaged },
  });
}

export const recordsOf = (entries: readonly CatalogueEntry[]) => entries.map(({ record }) => record);
