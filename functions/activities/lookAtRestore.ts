// Step 5: how far is the restore, is it ready for the cutover, and has somebody asked for it? One turn of FollowRestore.
import type { ChainReport } from "../../shared/chain/chainReport.ts";
import { gateLines, isReady } from "../../shared/migration/cutoverGate.ts";
import { migrationEvent } from "../../shared/migration/eventBuilders.ts";
import type { GateLine, Migration } from "../../shared/migration/migration.ts";
import type { EngineOperation } from "../../shared/migration/ports.ts";
import { figures, progressFrom } from "../../shared/migration/progress.ts";
import { moveTo } from "../../shared/migration/transitions.ts";
import type { Services } from "../../shared/services.ts";
import { announceVerdicts } from "../announceVerdicts.ts";
import { assessEntries, recordsOf } from "../assessFolder.ts";
import { decide, factsOf } from "../decide.ts";
import { eventContext } from "../eventContext.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";
import { filesOfFolder, lookAgain } from "../takeBackup.ts";
import { serviceView } from "./serviceView.ts";
import { isOpen } from "./wishes.ts";

export const lookAtRestore =
  (services: Services): StepHandler<typeof steps.lookAtRestore> =>
  async ({ migrationId, run, watch }, log) => {
    const { migrations, engine, config } = services;
    await migrations.listen(migrationId, watch);
    const { migration, wishes } = await factsOf(services, migrationId);
    if (isOpen(wishes.cancel, run)) return { end: { end: "canceled" } };
    if (!migration.target) throw new Error(`Migration "${migrationId}" is restored without a target.`);

    const [entries, seen] = await Promise.all([filesOfFolder(services, migrationId), engine.observe(migration.target)]);
    if (seen.kind === "unavailable")
      return { nextLookSeconds: seen.failure.retryAfterSeconds ?? config.dms.pollSeconds };
    if (seen.kind === "absent" || seen.operation.operationId !== migration.operationId)
      return { end: { end: "failed", failure: operationGone(migration.operationId) } };
    const { operation } = seen;

    const followed = await noteProgress(services, migration, operation, entries, log);
    await announceVerdicts(services, log, migrationId, entries);
    if (operation.phase === "failed")
      return { end: { end: "failed", ...(operation.failure && { failure: operation.failure }) } };
    if (operation.phase === "canceled") return { end: { end: "canceled" } };
    if (operation.phase === "succeeded") return { end: { end: "succeeded" } };

    const asked = (await factsOf(services, migrationId)).wishes.cutover;
    if (isOpen(asked, run) && followed.mode === "online") return { end: { end: "cutoverRequested" } };
    return { nextLookSeconds: lookAgain(services, entries, config.dms.pollSeconds) };
  };

/** Writes what DMS shows into the migration, and whether it has become ready or has stopped being so. */
async function noteProgress(
  services: Services,
  before: Migration,
  operation: EngineOperation,
  entries: Parameters<typeof assessEntries>[2],
  log: Parameters<typeof decide>[1],
): Promise<Migration> {
  const progress = progressFrom(
    recordsOf(entries),
    assessEntries(services, before, entries),
    before.progress,
    operation,
  );
  const report = assessEntries(services, before, entries, progress);
  const gate = await gateNow(services, before, report, operation);
  const ready = before.mode === "online" && isReady(gate);

  return decide(services, log, before.migrationId, ({ migration: current }) => {
    const now = services.clock.now();
    const { readyFor, ...rest } = current;
    const noted: Migration = {
      ...rest,
      progress,
      gate,
      service: serviceView(operation, now),
      updatedAt: now.toISOString(),
      ...(readyFor !== undefined && ready && { readyFor }),
    };
    const state = ready ? "readyForCutover" : "restoring";
    const moved =
      current.state === "restoring" || current.state === "readyForCutover"
        ? current.state === state
          ? noted
          : moveTo(noted, state, now.toISOString())
        : noted;
    // announced on entry, after a healed gap, and on a tail log; not at every log
    const why = report.closed ? "closed" : `gaps-${current.summary?.gaps ?? 0}`;
    if (!ready || readyFor === why || (readyFor !== undefined && why !== "closed"))
      return { change: { migration: moved }, answer: moved };
    const announced = { ...moved, readyFor: why };
    const event = migrationEvent(eventContext(services, announced), "migration.ready", `run-${current.run}|${why}`, {
      lastBackupName: report.lastBackupName,
    });
    return { change: { migration: announced, events: [event] }, answer: announced };
  });
}

/** The gate's lines without a request. The VM is asked last, and only when everything else allows the cutover. */
async function gateNow(
  services: Services,
  migration: Migration,
  report: ChainReport,
  operation: EngineOperation,
): Promise<readonly GateLine[]> {
  const { loss } = figures(report, migration.progress, services.clock.now());
  const facts = { report, operation, unreadFiles: [], loss };
  if (!migration.target || !isReady(gateLines({ ...facts, powerState: "running" }))) return gateLines(facts);
  const { powerState } = await services.vm.observe(migration.target.sqlVmResourceId);
  return gateLines({ ...facts, ...(powerState !== undefined && { powerState }) });
}

const operationGone = (operationId: string | undefined) => ({
  code: "OPERATION_GONE",
  message: `DMS no longer shows the operation ${operationId ?? "of this run"} as the latest of this target.`,
  cause: "The migration was deleted or started anew outside sqlferry.",
  remedy: "Look at the migration service in the Azure portal. Restart the migration when nothing else uses the target.",
});
