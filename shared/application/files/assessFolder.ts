// Assesses the chain of a migration's folder as it is now. Verdicts are never stored: they are computed from the rows
// at each call.
import { assessChain } from "../../chain/assessChain.ts";
import type { BackupRecord, ChainContext, RestoreProgress } from "../../chain/backupRecord.ts";
import type { ChainReport } from "../../chain/chainReport.ts";
import type { Migration } from "../../migration/migration.ts";
import type { CatalogueEntry } from "../../migration/observed.ts";
import { majorOf } from "../../migration/sqlServerRelease.ts";
import { storedJson } from "../../migration/stored/storedJson.ts";
import type { Services } from "../../ports.ts";

export interface AssessedFolder {
  readonly entries: readonly CatalogueEntry[];
  readonly report: ChainReport;
}

/** Reads the folder's rows and assesses them against the migration's source and mode and the restore's progress. */
export async function assessFolder(services: Services, migration: Migration): Promise<AssessedFolder> {
  const entries = await services.catalogue.list(migration.migrationId);
  return { entries, report: assessEntries(services, migration, entries) };
}

/**
 * The same for rows that are already read, for instance with newer progress. While no input has changed, the report is
 * the one before.
 */
export function assessEntries(
  { config, clock }: Services,
  migration: Migration,
  entries: readonly CatalogueEntry[],
  progress: RestoreProgress = migration.progress,
): ChainReport {
  const { container: _, folder, rootIsADatabase, ...expected } = migration.source;
  const targetVersionMajor = majorOf(config.target.sqlVersion); // the VM's own answer is checked by the preflight (P17)
  return assessed(recordsOf(entries), {
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

interface Assessed {
  readonly records: readonly BackupRecord[];
  /** Everything besides the records and the clock, as text. */
  readonly given: string;
  /** Milliseconds between which no deadline of the report passes. */
  readonly from: number;
  readonly until: number;
  readonly report: ChainReport;
}

/**
 * The last reports by the folder's first record: records of an unchanged folder are the same objects
 * (BackupCatalogue.list), and once the catalogue drops them the report can be collected. Two, since a look at a restore
 * assesses with its progress before and after.
 */
const lastReports = new WeakMap<BackupRecord, readonly Assessed[]>();
const MOST_REPORTS = 2;

/** The report depends on the arguments, and on the clock only by the deadlines of gaps. */
function assessed(records: readonly BackupRecord[], context: ChainContext): ChainReport {
  const [first] = records;
  if (!first) return assessChain(records, context);
  const given = storedJson({ ...context, now: "" });
  const now = Date.parse(context.now);
  const known = lastReports.get(first) ?? [];
  const same = known.find(
    (one) => one.given === given && one.from <= now && now <= one.until && isSameList(one.records, records),
  );
  if (same) return same.report;
  const report = assessChain(records, context);
  const open = report.gaps.filter(({ overdue }) => !overdue).map(({ deadline }) => Date.parse(deadline));
  const fresh = { records, given, from: now, until: Math.min(...open, Number.POSITIVE_INFINITY), report };
  lastReports.set(first, [fresh, ...known.filter((one) => one.given !== given)].slice(0, MOST_REPORTS));
  return report;
}

const isSameList = (one: readonly BackupRecord[], other: readonly BackupRecord[]): boolean =>
  one.length === other.length && one.every((record, index) => record === other[index]);

export const recordsOf = (entries: readonly CatalogueEntry[]) => entries.map(({ record }) => record);
