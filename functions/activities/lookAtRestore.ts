// Step 5: how far is the restore, is it ready for the cutover, and has somebody asked for it? One turn of FollowRestore.
import type { ChainReport } from "../../shared/chain/chainReport.ts";
import { gateLines, isReady, readyFor } from "../../shared/migration/cutoverGate.ts";
import { migrationEvent } from "../../shared/migration/eventBuilders.ts";
import type { GateLine, Migration, RunEnd } from "../../shared/migration/migration.ts";
import type { CatalogueEntry, EngineOperation } from "../../shared/migration/ports.ts";
import { figures, paceAfter, progressFrom } from "../../shared/migration/progress.ts";
import { moveTo } from "../../shared/migration/transitions.ts";
import { summaryOf } from "../../shared/migration/verdictNews.ts";
import type { Services } from "../../shared/services.ts";
import { announceVerdicts } from "../announceVerdicts.ts";
import { assessEntries, recordsOf } from "../assessFolder.ts";
import { decide, factsOf, type Log } from "../decide.ts";
import { eventContext } from "../eventContext.ts";
import { nextLook } from "../nextLook.ts";
import { noteShare } from "../noteShare.ts";
import type { Look, StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";
import { filesOfFolder, isFinal, lookAgain } from "../takeBackup.ts";
import { operationGone } from "./operationGone.ts";
import { serviceView } from "./serviceView.ts";
import { isOpen } from "./wishes.ts";

export const lookAtRestore =
  (services: Services): StepHandler<typeof steps.lookAtRestore> =>
  async ({ migrationId, run, watch }, log) => {
    const { migrations, engine } = services;
    await migrations.listen(migrationId, watch);
    const { migration, wishes } = await factsOf(services, migrationId);
    if (migration.run !== run || isOpen(wishes.cancel, run)) return { end: { end: "canceled" } };
    if (!migration.target) throw new Error(`Migration "${migrationId}" is restored without a target.`);

    const [rows, seen] = await Promise.all([filesOfFolder(services, migrationId), engine.observe(migration.target)]);
    if (seen.kind === "unavailable")
      return nextLook(services, { migration, retryAfterSeconds: seen.failure.retryAfterSeconds });
    if (seen.kind === "absent" || isAnother(seen.operation, migration)) return whileGone(services, migration, log);
    const { operation } = seen;
    const entries = await noteShare(services, migration, operation, rows);

    const followed = await noteProgress(services, migration, operation, entries, log);
    await announceVerdicts(services, log, migrationId, entries);
    if (operation.phase === "failed")
      return { end: { end: "failed", ...(operation.failure && { failure: operation.failure }) } };
    if (operation.phase === "canceled") return { end: { end: "canceled" } };
    if (operation.phase === "succeeded") return { end: { end: "succeeded" } };

    const asked = (await factsOf(services, migrationId)).wishes.cutover;
    if (isOpen(asked, run) && followed.mode === "online") return { end: { end: "cutoverRequested" } };
    const next = await nextLook(services, { migration: followed, entries });
    return { nextLookSeconds: lookAgain(services, entries, next.nextLookSeconds) };
  };

/** An answer without an id says nothing about it. */
const isAnother = ({ operationId }: EngineOperation, migration: Migration): boolean =>
  operationId !== undefined && operationId !== migration.operationId;

/** How long DMS may fail to show the operation before it counts as gone: ending a run cancels what it finds at DMS. */
const GONE_AFTER_MINUTES = 10;

/** A stray 404 or a stale answer does not end a restore of days. */
async function whileGone(
  services: Services,
  migration: Migration,
  log: Log,
): Promise<Look<{ readonly end: "cutoverRequested" } | RunEnd>> {
  const now = services.clock.now();
  const since = await decide(services, log, migration.migrationId, ({ migration: current }) => {
    const goneSince = current.goneSince ?? now.toISOString();
    return {
      ...(current.goneSince === undefined && { change: { migration: { ...current, goneSince } } }),
      answer: goneSince,
    };
  });
  if (now.getTime() - Date.parse(since) < GONE_AFTER_MINUTES * 60_000) return nextLook(services, { migration });
  return { end: { end: "failed", failure: operationGone(migration) } };
}

/** Writes what DMS shows into the migration, and whether it has become ready or has stopped being so. */
async function noteProgress(
  services: Services,
  before: Migration,
  operation: EngineOperation,
  entries: readonly CatalogueEntry[],
  log: Log,
): Promise<Migration> {
  const known = assessEntries(services, before, entries);
  const progress = progressFrom(recordsOf(entries), known, before.progress, operation);
  const report = assessEntries(services, before, entries, progress);
  const restoredBytes = restoredBytesOf(report) - restoredBytesOf(known);
  const gate = await gateNow(services, before, { report, operation, entries });
  const ready = before.mode === "online" && isReady(gate);

  return decide(services, log, before.migrationId, ({ migration: current }) => {
    if (current.run !== before.run) return { answer: current }; // a look that hung until the next run had begun
    const now = services.clock.now();
    const { readyFor: announced, goneSince: _, ...rest } = current;
    const worth = readyFor(report, ready, announced);
    const noted: Migration = {
      ...rest,
      progress: progressFrom(recordsOf(entries), known, current.progress, operation),
      pace: paceAfter(current.pace, { restoredBytes, isBusy: report.plan.some((member) => !member.restored) }, now),
      gate,
      service: serviceView(operation, now, current.service),
      updatedAt: now.toISOString(),
      ...(worth !== undefined && { readyFor: worth }),
    };
    const state = ready ? "readyForCutover" : "restoring";
    const isFollowed = current.state === "restoring" || current.state === "readyForCutover";
    const moved = isFollowed && current.state !== state ? moveTo(noted, state, now.toISOString()) : noted;
    if (!ready || worth === announced) return { change: { migration: moved }, answer: moved };
    const told = eventContext(services, { ...moved, summary: summaryOf(report) }); // kept with the verdicts, a moment later
    const event = migrationEvent(told, "migration.ready", `run-${current.run}|${worth}`, {
      lastBackupName: report.lastBackupName,
    });
    return { change: { migration: moved, events: [event] }, answer: moved };
  });
}

const restoredBytesOf = ({ plan }: ChainReport): number =>
  plan.reduce((sum, { restored, bytes }) => sum + (restored ? bytes : 0), 0);

/** The gate's lines without a request. The VM is asked last, and only when everything else allows the cutover. */
async function gateNow(
  services: Services,
  migration: Migration,
  {
    report,
    operation,
    entries,
  }: { report: ChainReport; operation: EngineOperation; entries: readonly CatalogueEntry[] },
): Promise<readonly GateLine[]> {
  const { loss } = figures(report, migration.progress, services.clock.now());
  const unreadFiles = entries.filter(({ record }) => !isFinal(record.content)).map(({ record }) => record.name);
  const facts = { report, operation, unreadFiles, loss };
  if (!migration.target || !isReady(gateLines({ ...facts, powerState: "running" }))) return gateLines(facts);
  const { powerState } = await services.vm.observe(migration.target.sqlVmResourceId);
  return gateLines({ ...facts, ...(powerState !== undefined && { powerState }) });
}
