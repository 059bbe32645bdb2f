// Carries out step 2, one turn of AwaitChain: checks whether the files and the request to start are there.

import type { ChainReport } from "../../chain/chainReport.ts";
import type { EarlyEnd, Look, MigrationRun, Watched } from "../../migration/looks.ts";
import {
  isBeforeStart,
  isOver,
  type Migration,
  type MigrationFacts,
  type MigrationTarget,
  type StartRequest,
} from "../../migration/migration.ts";
import type { CatalogueEntry } from "../../migration/observed.ts";
import { moveTo } from "../../migration/transitions.ts";
import {
  NO_TARGET,
  nameToConfirm,
  type Obstacle,
  otherHasTarget,
  secondsUntilTold,
  waitsForItsTarget,
} from "../../migration/waiting.ts";
import type { Log, Services } from "../../ports.ts";
import { canStart, holdsFor, isOfAnotherName, mayStart, newestArrivalOf } from "../../start/startPolicy.ts";
import { announceVerdicts } from "../files/announceVerdicts.ts";
import { assessEntries, recordsOf } from "../files/assessFolder.ts";
import { filesOfFolder, lookAgain } from "../files/catalogueBlob.ts";
import { draftOf } from "../files/ensureMigration.ts";
import { type Decision, decide, factsOfTurn } from "../run/decide.ts";
import { answered, isOpen } from "../run/requests.ts";
import { isSameWait, tellWait, type Waited, waited } from "../run/waits.ts";
import { claimTarget } from "./claimTarget.ts";

/**
 * Announces new verdicts, writes the summary, and decides whether the restore may start; that decision fixes the start.
 * Safe to repeat.
 */
export async function lookAtFolder(
  services: Services,
  log: Log,
  { migrationId, run, watch }: Watched<MigrationRun>,
): Promise<Look<{ readonly end: "startable" } | EarlyEnd>> {
  const known = await factsOfTurn(services, migrationId, watch);
  const itsTarget = await lookForItsTarget(services, known);
  // after the turn has begun: whatever is written later wakes this watch again
  const entries = await filesOfFolder(services, migrationId);
  const { found, waits, isWritten } = await decideStart(services, log, { migrationId, run }, entries, itsTarget, known);
  if (waits) tellWait(log, waits);
  // after it: announcements do not delay a start, and later looks announce the rest
  await announceVerdicts(services, log, migrationId, entries, {
    ...(!isWritten && { known }),
    isBrief: "end" in found,
  });
  return found;
}

type Found = Look<{ readonly end: "startable" } | EarlyEnd>;

interface Decided {
  readonly found: Found;
  /** Absent once there is nothing left to wait for. */
  readonly waits?: Waited;
  /** The facts from the beginning of the look are outdated. */
  readonly isWritten: boolean;
}

/** The target that a folder would have got by itself: free by now and claimed, or still another migration's. */
type ItsTarget = { readonly target: MigrationTarget; readonly rival: string | undefined } | undefined;

/** The other migration sends no signal when it releases the target, so it is polled. */
const LOOKS_FOR_TARGET_SECONDS = 60;

async function lookForItsTarget(services: Services, { migration }: MigrationFacts): Promise<ItsTarget> {
  const { migrationId } = migration;
  const { target } = draftOf(services, migration.source.folder);
  if (!target || !waitsForItsTarget(migration)) return undefined;
  return { target, rival: await claimTarget(services, migrationId, target) };
}

const decideStart = (
  services: Services,
  log: Log,
  { migrationId, run }: MigrationRun,
  entries: readonly CatalogueEntry[],
  its: ItsTarget,
  known: MigrationFacts,
): Promise<Decided> => {
  const decision = ({ migration, requests }: MigrationFacts): Decision<Decided> => {
    if (isOver(migration, run) || isOpen(requests.cancel, run))
      return { answer: { found: { end: { end: "canceled" } }, isWritten: false } };
    // an earlier try came further
    if (!isBeforeStart(migration)) return { answer: { found: { end: { end: "startable" } }, isWritten: false } };
    const now = services.clock.now();
    const at = now.toISOString();
    const isHeld = its !== undefined && waitsForItsTarget(migration);
    const placed: Migration = isHeld && its.rival === undefined ? { ...migration, target: its.target } : migration;
    const moved = placed.state === "draft" && placed.target ? moveTo(placed, "waitingForChain", at) : undefined;
    const report = assessEntries(services, moved ?? placed, entries);
    const request = isOpen(requests.start, run) ? requests.start : undefined;
    const start = mayStart({
      migration: moved ?? placed,
      report,
      request,
      now,
      quietMinutes: services.config.offline.quietMinutes,
      newestArrival: newestArrivalOf(recordsOf(entries)),
    });
    if (start.start) {
      const fixed = { ...moveTo(moved ?? placed, "preflighting", at), startPlan: report.planVersion };
      return { change: { migration: fixed }, answer: { found: { end: { end: "startable" } }, isWritten: true } };
    }
    const waits = waited(
      services,
      moved ?? placed,
      obstacleBeforeStart(moved ?? placed, report, isHeld ? its : undefined),
    );
    const stale =
      request && canStart(report, request.forced?.passedOver) && !holdsFor(request, report) ? request : undefined;
    const isNew = moved || stale || !isSameWait(waits.migration.waitingOn, migration.waitingOn);
    const seconds = Math.min(
      start.nextLookSeconds,
      secondsUntilTold(waits.migration.waitingOn, now, services.config.waiting.alarmMinutes),
      waitsForItsTarget(waits.migration) ? LOOKS_FOR_TARGET_SECONDS : Number.POSITIVE_INFINITY,
    );
    return {
      ...(isNew && {
        change: {
          migration: { ...waits.migration, updatedAt: at },
          events: waits.events,
          ...(stale && { request: answered(stale, "refused", at, refusedForAnotherPlan(stale, report.planVersion)) }),
        },
      }),
      answer: { found: { nextLookSeconds: lookAgain(services, entries, seconds) }, waits, isWritten: Boolean(isNew) },
    };
  };
  return decide(services, log, migrationId, decision, known);
};

/** What it waits for besides files and the request to start, where a person has to act. */
function obstacleBeforeStart(migration: Migration, report: ChainReport, its: ItsTarget): Obstacle | undefined {
  if (its?.rival !== undefined) return otherHasTarget(its.target, its.rival);
  if (!migration.target && report.plan.length > 0) return NO_TARGET;
  if (migration.target && report.database && isOfAnotherName(report))
    return nameToConfirm(report.database.databaseName, migration);
  return undefined;
}

const refusedForAnotherPlan = ({ planVersion }: StartRequest, now: string): string =>
  `The word to start was given for plan ${planVersion}; the plan is ${now} by now. Look at it, then give it again.`;
