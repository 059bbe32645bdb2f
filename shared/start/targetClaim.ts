// Decides whose a target is: one database name on one VM belongs to one migration, whoever registers it, and however
// often.
import { hasEnded, type Migration, type MigrationTarget } from "../migration/migration.ts";

/**
 * A row says which migration the target is for; what the migration's own record says decides whether that still
 * holds.
 */
export interface TargetClaim {
  readonly migrationId: string;
  /** UTC; when it was made, or made again. */
  readonly at: string;
}

/** A claim is made before the record is written that needs it: so long it holds by itself. */
const FRESH_MINUTES = 5;

/** As DMS and SQL Server compare: neither ids nor database names by case, and names without blanks at their end. */
export const targetKeyOf = ({ sqlVmResourceId, databaseName }: MigrationTarget): string =>
  `${sqlVmResourceId.replace(/\/+$/, "")}/${databaseName.trimEnd()}`.toLowerCase();

/** The same of the names alone. */
export const isSameDatabase = (a: string, b: string): boolean =>
  a.trimEnd().toLowerCase() === b.trimEnd().toLowerCase();

export const isSameTarget = (a: MigrationTarget, b: MigrationTarget): boolean => targetKeyOf(a) === targetKeyOf(b);

/** The migration is on its way to the target, or its database is there already. */
export const needs = ({ target: its, state }: Pick<Migration, "target" | "state">, target: MigrationTarget): boolean =>
  its !== undefined && isSameTarget(its, target) && (state === "succeeded" || !hasEnded({ state }));

export type Standing = "ours" | "theirs" | "free";

/**
 * What somebody's claim means to this migration. `owner` is the record of the migration that made it, if there is
 * one.
 */
export function standingOf(
  { claim, owner }: { readonly claim: TargetClaim | undefined; readonly owner: Migration | undefined },
  migrationId: string,
  target: MigrationTarget,
  now: Date,
): Standing {
  if (claim === undefined) return "free";
  const isNeeded = owner !== undefined && needs(owner, target);
  if (claim.migrationId === migrationId) return isNeeded ? "ours" : "free";
  const isFresh = now.getTime() - Date.parse(claim.at) < FRESH_MINUTES * 60_000;
  return isNeeded || isFresh ? "theirs" : "free";
}
