// Claims a target for a migration, so that no two migrations restore to one database.
import { vmKeyOf } from "../../migration/ids.ts";
import type { MigrationTarget } from "../../migration/migration.ts";
import type { Refusal } from "../../migration/refusals.ts";
import type { Services } from "../../ports.ts";
import { isSameDatabase, needs, type Standing, standingOf, type TargetClaim } from "../../start/targetClaim.ts";

/**
 * The migration that has the target instead; undefined when this one has it from now on. Called before the record that
 * needs it is written.
 */
export async function claimTarget(
  services: Services,
  migrationId: string,
  target: MigrationTarget,
): Promise<string | undefined> {
  for (let attempt = 1; attempt <= 10; attempt++) {
    const { claim, version, standing } = await lookAtClaim(services, migrationId, target);
    if (standing === "ours") return undefined;
    if (claim && standing === "theirs") return claim.migrationId;
    const ours = { migrationId, at: services.clock.now().toISOString() };
    if ((await services.claims.save(target, ours, version)) === "saved") return undefined;
  }
  throw new Error(`The claim on the target of "${migrationId}" changed ten times while it was being made.`);
}

/**
 * The same for a target that a request names: migrations of version 0.1 made no claim, so the list is read as well, and
 * the records of those that have, or had, the target. The claim on the former target ends by itself once the next
 * record no longer names it.
 */
export async function claimNewTarget(
  services: Services,
  migrationId: string,
  target: MigrationTarget,
): Promise<string | undefined> {
  const vmKey = vmKeyOf(target.sqlVmResourceId);
  for (const { line, vmKey: its } of await services.migrations.list()) {
    const isAnother = line.migrationId !== migrationId && its === vmKey;
    if (!isAnother || !isSameDatabase(line.target?.databaseName ?? "", target.databaseName)) continue;
    const other = (await services.migrations.facts(line.migrationId))?.migration;
    if (other && needs(other, target)) return other.migrationId;
  }
  return claimTarget(services, migrationId, target);
}

/** The refusal of a target that another migration has. */
export const duplicateTarget = (rival: string, target: MigrationTarget | undefined): Refusal => ({
  problem: "duplicate-target",
  detail: `The migration ${rival} already has the target "${target?.databaseName}" on this VM. Choose another target database name.`,
  migrationId: rival,
});

/** The migration that has the target instead, if any; nothing is written. */
export async function rivalFor(
  services: Services,
  migrationId: string,
  target: MigrationTarget,
): Promise<string | undefined> {
  const { claim, standing } = await lookAtClaim(services, migrationId, target);
  return standing === "theirs" ? claim?.migrationId : undefined;
}

async function lookAtClaim(
  { claims, migrations, clock }: Services,
  migrationId: string,
  target: MigrationTarget,
): Promise<{
  readonly claim: TargetClaim | undefined;
  readonly version: string | undefined;
  readonly standing: Standing;
}> {
  const { claim, version } = await claims.load(target);
  const owner = claim && (await migrations.facts(claim.migrationId))?.migration;
  return { claim, version, standing: standingOf({ claim, owner }, migrationId, target, clock.now()) };
}
