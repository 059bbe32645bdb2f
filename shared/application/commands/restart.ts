// Decides about a restart: a new run after one that failed or was canceled, with another target if the request names
// one. Nothing is carried over from DMS.
import type { RestartBody } from "../../api/bodies.ts";
import { NOTHING_RESTORED } from "../../chain/backupRecord.ts";
import { hasEnded, type Migration, type MigrationTarget } from "../../migration/migration.ts";
import type { Services } from "../../ports.ts";
import { isSameTarget } from "../../start/targetClaim.ts";
import { claimNewTarget, claimTarget } from "../start/claimTarget.ts";
import { auditOf } from "./audit.ts";
import { type Command, onMigration } from "./command.ts";
import { underWay } from "./resume.ts";

export const restart: Command<RestartBody> = (services, invocation, asked) =>
  onMigration(services, invocation, asked, async ({ migration }) => {
    const { caller, body } = asked;
    const { migrationId, state } = migration;
    if (!hasEnded(migration) || state === "succeeded")
      return { refused: { problem: "not-restartable", detail: notRestartable(migration), state } };
    const target = correctedTarget(services, migration, body.target);
    const isMoved = target !== undefined && !(migration.target && isSameTarget(migration.target, target));
    const rival = target && (await (isMoved ? claimNewTarget : claimTarget)(services, migrationId, target));
    if (rival)
      return {
        refused: {
          problem: "duplicate-target",
          detail: `The migration ${rival} has the target "${target?.databaseName}" on this VM. Let it end or cancel it, then restart this one; or restart with another target.`,
          migrationId: rival,
        },
      };
    const again = nextRun(migration, target, services.clock.now().toISOString());
    const reason = body.reason ?? `Run ${again.run} by ${caller.name}.`;
    const facts = {
      run: again.run,
      ...(isMoved && { target: targetText(target), targetBefore: targetText(migration.target) }),
    };
    return {
      change: { migration: again, audit: [auditOf(services, caller, "restart", "accepted", reason, facts)] },
      outcome: underWay(again),
    };
  });

function notRestartable({ migrationId, state }: Migration): string {
  if (state === "succeeded")
    return "The migration has succeeded: the database is online on the target, and its run is never repeated. To restore these backups once more, register another folder with another target database name.";
  return `The migration is ${state}; a restart follows a run that failed or was canceled. Cancel it first: ferry cancel ${migrationId} --reason TEXT, or POST …/cancel.`;
}

/** The target of the run before, with the corrections of the request; the database has its folder's name by default. */
function correctedTarget(
  { config }: Services,
  { target, source }: Migration,
  corrected: RestartBody["target"],
): MigrationTarget | undefined {
  if (corrected === undefined) return target;
  const sqlVmResourceId = corrected.sqlVmResourceId ?? target?.sqlVmResourceId ?? config.target.sqlVmResourceId;
  const databaseName = corrected.databaseName ?? target?.databaseName ?? (source.folder || source.databaseName);
  return sqlVmResourceId && databaseName ? { sqlVmResourceId, databaseName } : undefined;
}

const targetText = (target: MigrationTarget | undefined): string =>
  target ? `${target.databaseName} on ${target.sqlVmResourceId}` : "none";

/** The migration as registered, without the results of the run before. */
const nextRun = (
  {
    migrationId,
    run,
    mode,
    start,
    priority,
    wave,
    source,
    assessed,
    acknowledgements,
    createdAt,
    createdBy,
  }: Migration,
  target: MigrationTarget | undefined,
  now: string,
): Migration => ({
  migrationId,
  run: run + 1,
  state: target ? "waitingForChain" : "draft",
  mode,
  start,
  ...(priority !== undefined && { priority }),
  ...(wave !== undefined && { wave }),
  source,
  ...(target && { target }),
  ...(assessed && { assessed }),
  ...(acknowledgements && { acknowledgements }),
  createdAt,
  createdBy,
  updatedAt: now,
  progress: NOTHING_RESTORED,
});
