// Checks whether everything around a migration is ready, by facts that were observed; none of the checks writes
// anything.
import type { BackupRecord } from "../chain/backupRecord.ts";
import type { ChainReport } from "../chain/chainReport.ts";
import type { Check, Failure, Migration, MigrationSource, MigrationTarget } from "../migration/migration.ts";
import type {
  BackupAccountFacts,
  MigrationServiceFacts,
  Observation,
  ServiceMigration,
  Sighting,
  TargetVmFacts,
} from "../migration/observed.ts";
import type { VmLimits, VmQueue } from "../queue/vmQueue.ts";
import { fileChecks } from "./fileChecks.ts";
import { storageChecks } from "./storageChecks.ts";
import { targetChecks } from "./targetChecks.ts";

export interface PreflightFacts {
  readonly mode: Migration["mode"];
  readonly source: MigrationSource;
  readonly target: MigrationTarget;
  /** Of this run, once DMS has given it one: then the migration that P20 sees is this one. */
  readonly operationId?: string;
  /** Another migration of sqlferry's that has this target. */
  readonly rival?: string;

  /** registrationState of Microsoft.DataMigration. */
  readonly registration: Sighting<string>;
  readonly vm: TargetVmFacts;
  /** SoftwareVersionMajor by the settings, for images that do not tell it. */
  readonly versionMajor?: number;
  readonly service: Sighting<MigrationServiceFacts>;
  /** What DMS shows of the target. */
  readonly seen: Observation;
  readonly queue: VmQueue;
  readonly limits: VmLimits;
  /** What the migration service runs, whoever started it. */
  readonly running: Sighting<readonly ServiceMigration[]>;

  readonly report: ChainReport;
  readonly records: readonly BackupRecord[];
  readonly requireChecksum: boolean;
  /** Files that cannot be used, and that a forced start goes past. */
  readonly passedOver: readonly string[];

  readonly account: Sighting<BackupAccountFacts>;
  readonly vmSubnets: Sighting<readonly string[]>;
  readonly blobAuth: "AccountKey" | "ManagedIdentity";
  readonly key: Sighting<true>;
}

/**
 * Checks that a setting, which holds for every migration, must not lower. P13, P14, P15: what is restored is one
 * database, whole, and the one that is meant. P20: two migrations never write one target. P28: each finding is
 * acknowledged by itself, with a reason and for one VM. Past a broken chain leads a forced start with its reason, of
 * one migration.
 */
const NEVER_LOWERED: readonly string[] = ["P13", "P14", "P15", "P20", "P28"];

/** PREFLIGHT_OVERRIDES may lower its failure to a warning. */
export const isOverridable = (id: Check["id"]): boolean => !NEVER_LOWERED.includes(id);

/**
 * All checks, in order, with `others` that were judged elsewhere. A check that fails and is overridden becomes a
 * warning that says so.
 */
export const preflight = (
  facts: PreflightFacts,
  overrides: readonly string[] = [],
  others: readonly Check[] = [],
): Check[] =>
  [...targetChecks(facts), ...fileChecks(facts), ...storageChecks(facts), ...others]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((check) => (check.outcome === "fail" && overrides.includes(check.id) ? lowered(check) : check));

const lowered = (check: Check): Check =>
  isOverridable(check.id)
    ? { ...check, outcome: "warn", overridden: true }
    : { ...check, remedy: `${check.remedy} PREFLIGHT_OVERRIDES does not lower ${check.id}.` };

/** No check failed: warnings, and what could not be found out, do not hold up a start. */
export const passed = (checks: readonly Check[]): boolean => checks.every(({ outcome }) => outcome !== "fail");

/** For the audit: what each check said, and whose failure was set aside. */
export const outcomes = (checks: readonly Check[]): Record<string, string> =>
  Object.fromEntries(checks.map(({ id, outcome, overridden }) => [id, overridden ? "fail, overridden" : outcome]));

/** Why the run ends here, in the words of the checks that failed. */
export function preflightFailure(checks: readonly Check[]): Failure {
  const failed = checks.filter(({ outcome }) => outcome === "fail");
  return {
    code: "PREFLIGHT_FAILED",
    message: failed.map(({ message }) => message).join(" "),
    cause: `The preflight failed: ${failed.map(({ id }) => id).join(", ")}. Nothing was started.`,
    remedy: `${failed.map(({ remedy }) => remedy).join(" ")} Then restart the migration: ferry restart, with --vm or --target-database where the target was wrong.`,
  };
}
