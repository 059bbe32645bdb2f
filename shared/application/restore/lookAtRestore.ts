// Carries out step 5, one turn of FollowRestore: reads how far the restore is, whether the cutover is possible, and
// whether it was requested.

import type { ChainReport } from "../../chain/chainReport.ts";
import { gateLines, isReady, readyFor } from "../../cutover/cutoverGate.ts";
import { migrationEvent } from "../../migration/events/eventBuilders.ts";
import { summaryOf } from "../../migration/events/verdictNews.ts";
import type { Look, MigrationRun, Watched } from "../../migration/looks.ts";
import { type GateLine, isOver, type Migration, type MigrationFacts, type RunEnd } from "../../migration/migration.ts";
import type { CatalogueEntry, EngineOperation } from "../../migration/observed.ts";
import { figures, paceAfter, progressFrom } from "../../migration/progress.ts";
import { moveTo } from "../../migration/transitions.ts";
import { obstacleOfRestore, outage, type Stillness, stillSince } from "../../migration/waiting.ts";
import type { Log, Services } from "../../ports.ts";
import { newestArrivalOf } from "../../start/startPolicy.ts";
import { announceVerdicts } from "../files/announceVerdicts.ts";
import { assessEntries, recordsOf } from "../files/assessFolder.ts";
import { filesOfFolder, isFinal, lookAgain } from "../files/catalogueBlob.ts";
import { noteShare } from "../files/noteShare.ts";
import { type Decision, decide, factsOfTurn } from "../run/decide.ts";
import { dmsView, isSame } from "../run/dmsView.ts";
import { eventContext } from "../run/eventContext.ts";
import { nextLook } from "../run/nextLook.ts";
import { whileGone } from "../run/operationGone.ts";
import { isOpen } from "../run/requests.ts";
import { answersAgain, tellWait, type Waited, waited, waitFor } from "../run/waits.ts";

export async function lookAtRestore(
  services: Services,
  log: Log,
  { migrationId, run, watch }: Watched<MigrationRun>,
): Promise<Look<{ readonly end: "cutoverRequested" } | RunEnd>> {
  const { engine } = services;
  const known = await factsOfTurn(services, migrationId, watch);
  const { migration, requests } = known;
  if (isOver(migration, run) || isOpen(requests.cancel, run)) return { end: { end: "canceled" } };
  if (migration.state === "cuttingOver") return { end: { end: "cutoverRequested" } }; // an earlier try came further
  if (!migration.target) throw new Error(`Migration "${migrationId}" is restored without a target.`);

  const [rows, seen] = await Promise.all([filesOfFolder(services, migrationId), engine.observe(migration.target)]);
  if (seen.kind !== "present" || isAnother(seen.operation, migration)) {
    await announceVerdicts(services, log, migrationId, rows, { known }); // whatever DMS answers
    if (seen.kind === "unavailable") return waitFor(services, log, migration, outage(seen.failure));
    await answersAgain(services, log, migration);
    return whileGone(services, log, migration);
  }
  const { operation } = seen;
  const entries = await noteShare(services, migration, operation, rows);

  const { followed, requests: now, isWritten } = await noteProgress(services, known, operation, entries, log);
  await announceVerdicts(services, log, migrationId, entries, isWritten ? {} : { known });
  if (operation.phase === "failed")
    return { end: { end: "failed", ...(operation.failure && { failure: operation.failure }) } };
  if (operation.phase === "canceled") return { end: { end: "canceled" } };
  if (operation.phase === "succeeded") return { end: { end: "succeeded" } };

  // a request that comes later wakes this watch again
  if (isOpen(now.cutover, run) && followed.mode === "online") return { end: { end: "cutoverRequested" } };
  const next = await nextLook(services, { migration: followed, entries });
  return { nextLookSeconds: lookAgain(services, entries, next.nextLookSeconds) };
}

/** An answer without an id is not evidence of another operation. */
const isAnother = ({ operationId }: EngineOperation, migration: Migration): boolean =>
  operationId !== undefined && operationId !== migration.operationId;

/** Writes what DMS shows into the migration, and whether it has become ready or is no longer. */
async function noteProgress(
  services: Services,
  facts: MigrationFacts,
  operation: EngineOperation,
  entries: readonly CatalogueEntry[],
  log: Log,
): Promise<Followed> {
  const { migration: before } = facts;
  const known = assessEntries(services, before, entries);
  const progress = progressFrom(recordsOf(entries), known, before.progress, operation);
  const report = assessEntries(services, before, entries, progress);
  const restoredBytes = restoredBytesOf(report) - restoredBytesOf(known);
  const { gate, powerState } = await gateNow(services, before, { report, operation, entries });
  const runtimeState = isStuck(services, before) ? await stateOfRuntime(services, before) : undefined;
  const still = stillSince(stillness(services, before, report, operation, entries), services.clock.now());
  const obstacle = obstacleOfRestore({
    details: operation.details,
    isRestorable: report.verdict === "restorable",
    ...(powerState !== undefined && { powerState }),
    ...(runtimeState !== undefined && { runtimeState }),
    ...(still !== undefined && { stillSince: still }),
  });
  const ready = before.mode === "online" && isReady(gate);

  const decision = ({ migration: current, requests }: MigrationFacts): Decision<Noted> => {
    // the look was slow and the run is over
    if (isOver(current, before.run)) return unwritten({ migration: current, events: [] }, requests);
    const now = services.clock.now();
    const { readyFor: announced, goneSince: _, ...rest } = current;
    const worth = readyFor(report, ready, announced);
    const noted: Migration = {
      ...rest,
      progress: progressFrom(recordsOf(entries), known, current.progress, operation),
      pace: paceAfter(current.pace, { restoredBytes, isBusy: report.plan.some((member) => !member.restored) }, now),
      gate,
      service: dmsView(operation, now, current.service),
      updatedAt: now.toISOString(),
      ...(worth !== undefined && { readyFor: worth }),
    };
    const state = ready ? "readyForCutover" : "restoring";
    const isFollowed = current.state === "restoring" || current.state === "readyForCutover";
    const moved = isFollowed && current.state !== state ? moveTo(noted, state, now.toISOString()) : noted;
    const { waitingOn } = current; // a move between the states of a restore leaves it as it is
    const answer = waited(services, { ...moved, ...(waitingOn && { waitingOn }) }, obstacle);
    if (!ready || worth === announced) {
      if (answer.events.length === 0 && isNothingNew(current, answer.migration, now))
        return unwritten(answer, requests);
      return { change: answer, answer: { ...answer, requests, isWritten: true } };
    }
    // written with the verdicts, a moment later
    const told = eventContext(services, { ...answer.migration, summary: summaryOf(report) });
    const event = migrationEvent(told, "migration.ready", `run-${current.run}|${worth}`, {
      lastBackupName: report.lastBackupName,
    });
    return {
      change: { migration: answer.migration, events: [event, ...answer.events] },
      answer: { ...answer, requests, isWritten: true },
    };
  };
  const noted = await decide(services, log, before.migrationId, decision, facts);
  tellWait(log, noted);
  return { followed: noted.migration, requests: noted.requests, isWritten: noted.isWritten };
}

interface Followed {
  readonly followed: Migration;
  readonly requests: MigrationFacts["requests"];
  /** The facts from the beginning of the look are outdated. */
  readonly isWritten: boolean;
}

type Noted = Waited & Omit<Followed, "followed">;

const unwritten = (waited: Waited, requests: MigrationFacts["requests"]): Decision<Noted> => ({
  answer: { ...waited, requests, isWritten: false },
});

/** How old the time at which DMS was last seen may be on the page: until then a look without news writes nothing. */
const SEEN_MS = 300_000;

function isNothingNew(before: Migration, after: Migration, now: Date): boolean {
  const { service } = before;
  if (!service || !after.service || now.getTime() - Date.parse(service.seenAt) >= SEEN_MS) return false;
  const { updatedAt } = before;
  return isSame(before, { ...after, updatedAt, service: { ...after.service, seenAt: service.seenAt } });
}

const stillness = (
  { clock, config }: Services,
  { service, pace, mode }: Migration,
  { plan }: ChainReport,
  operation: EngineOperation,
  entries: readonly CatalogueEntry[],
): Stillness => ({
  changedAt: dmsView(operation, clock.now(), service).changedAt ?? clock.now().toISOString(),
  newestArrival: newestArrivalOf(recordsOf(entries)),
  mostBytesLeft: Math.max(0, ...plan.filter(({ restored }) => !restored).map(({ bytes }) => bytes)),
  bytesPerSecond: pace?.bytesPerSecond ?? config.eta.defaultMbps * 1_000_000,
  isOffline: mode === "offline",
});

const restoredBytesOf = ({ plan }: ChainReport): number =>
  plan.reduce((sum, { restored, bytes }) => sum + (restored ? bytes : 0), 0);

/** How long DMS shows nothing new before it is checked whether the VM or the runtime is off. */
const STUCK_AFTER_MINUTES = 5;

const isStuck = ({ clock }: Services, { service }: Migration): boolean =>
  service?.changedAt !== undefined &&
  clock.now().getTime() - Date.parse(service.changedAt) >= STUCK_AFTER_MINUTES * 60_000;

/** Of the runtime that reads the share; undefined when there is none, or its state is not known. */
async function stateOfRuntime({ migrationServices }: Services, { source }: Migration): Promise<string | undefined> {
  if (source.fileShare === undefined) return undefined;
  const found = await migrationServices.find(migrationServices.configuredName);
  return found.kind === "seen" ? found.facts.integrationRuntimeState || undefined : undefined;
}

/**
 * The gate's lines without a request. The VM is asked last, and only when everything else allows the cutover, or
 * nothing moves.
 */
async function gateNow(
  services: Services,
  migration: Migration,
  {
    report,
    operation,
    entries,
  }: { report: ChainReport; operation: EngineOperation; entries: readonly CatalogueEntry[] },
): Promise<{ readonly gate: readonly GateLine[]; readonly powerState?: string }> {
  const { loss } = figures(report, migration.progress, services.clock.now());
  const unreadFiles = entries.map(({ record }) => record).filter(({ content }) => !isFinal(content));
  const facts = { report, operation, unreadFiles, loss };
  const isWorthAsking = isStuck(services, migration) || isReady(gateLines({ ...facts, powerState: "running" }));
  if (!migration.target || !isWorthAsking) return { gate: gateLines(facts) };
  const { powerState } = await services.vm.observe(migration.target.sqlVmResourceId);
  const known = powerState === undefined ? {} : { powerState };
  return { gate: gateLines({ ...facts, ...known }), ...known };
}
