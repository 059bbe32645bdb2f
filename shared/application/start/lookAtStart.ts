// Carries out the second half of step 4: looks at DMS and adopts its operation, or requests a start; a lost answer is
// found at the next look.

import { migrationEvent } from "../../migration/events/eventBuilders.ts";
import type { EarlyEnd, Look, MigrationRun, Watched } from "../../migration/looks.ts";
import { hasBegun, isOver, type Migration, type MigrationFacts } from "../../migration/migration.ts";
import type { CatalogueEntry, EngineFailure, EngineOperation, Observation } from "../../migration/observed.ts";
import { moveTo } from "../../migration/transitions.ts";
import { outage, refusal, slowness } from "../../migration/waiting.ts";
import type { Log, Services } from "../../ports.ts";
import { noReason, targetBusy } from "../../start/startFailures.ts";
import { announceVerdicts } from "../files/announceVerdicts.ts";
import { filesOfFolder } from "../files/catalogueBlob.ts";
import { countIn, letOthersGo, orGiveBack, stepBack } from "../queue/slots.ts";
import { decideInRun, factsOf, factsOfTurn } from "../run/decide.ts";
import { eventContext } from "../run/eventContext.ts";
import { nextLook } from "../run/nextLook.ts";
import { fingerprintOf, mayBeUnderWay, ownershipOf } from "../run/ownOperation.ts";
import { answered, isOpen } from "../run/requests.ts";
import { answersAgain, waitFor } from "../run/waits.ts";
import { askForStart, canceled, type Seen } from "./askForStart.ts";

/** After a fault of DMS the start is tried once more automatically. */
const MOST_ATTEMPTS = 2;
/**
 * How long to wait where waiting helps (single-user mode during an upgrade, a runtime that is down): a minute by
 * default.
 */
const PAUSE_IN_POLLS = 2;

export async function lookAtStart(
  services: Services,
  log: Log,
  { migrationId, run, watch }: Watched<MigrationRun>,
): Promise<Look<{ readonly end: "started" } | EarlyEnd>> {
  const { engine } = services;
  const facts = await factsOfTurn(services, migrationId, watch);
  const { migration, requests } = facts;
  if (isOver(migration, run) || isOpen(requests.cancel, run)) return canceled;
  if (hasBegun(migration)) return begun(services, migration); // an earlier try came further
  if (!migration.target) throw new Error(`Migration "${migrationId}" starts without a target.`);

  const { target } = migration;
  const look = async (): Promise<Seen> => {
    const [entries, seen] = await Promise.all([filesOfFolder(services, migrationId), engine.observe(target)]);
    const found = await goOn(services, log, facts, seen, entries);
    await announceVerdicts(services, log, migrationId, entries);
    return found;
  };
  return orGiveBack(look(), log, async () => {
    // the look may just have asked for it
    await giveBackUnlessUnderWay(services, (await factsOf(services, migrationId)).migration);
  });
}

async function goOn(
  services: Services,
  log: Log,
  facts: MigrationFacts,
  seen: Observation,
  entries: readonly CatalogueEntry[],
): Promise<Seen> {
  const { migration } = facts;
  if (seen.kind === "unavailable") return whileUnavailable(services, log, migration, seen.failure);
  const whose = ownershipOf(migration.request, seen, services.clock.now());
  if (whose === "notShownYet" && !migration.request?.contested) {
    await answersAgain(services, log, migration);
    return nextLook(services, { migration, isAtTurn: true });
  }
  if (seen.kind === "present" && whose === "ours") return followOurs(services, log, migration, seen.operation);
  if (seen.kind === "present" && isUnderWay(seen.operation)) {
    // another try of this step may have asked for what is shown since the facts were read
    if ((await factsOf(services, migration.migrationId)).version !== facts.version) return { nextLookSeconds: 1 };
    return { end: { end: "failed", failure: targetBusy(migration.target?.databaseName ?? "") } };
  }
  return askForStart(services, log, facts, fingerprintOf(seen), entries);
}

/**
 * The state of DMS is unknown. An error that a person has to fix ends the run, if nothing of it can be under way
 * there.
 */
async function whileUnavailable(
  services: Services,
  log: Log,
  migration: Migration,
  failure: EngineFailure,
): Promise<Seen> {
  const { request } = migration;
  if (failure.kind === "user" && (request === undefined || request.refused)) return { end: { end: "failed", failure } };
  await giveBackUnlessUnderWay(services, migration);
  return waitFor(services, log, migration, outage(failure));
}

/** DMS may still be at work on what it has accepted: it goes on counting as a database of the VM. */
async function giveBackUnlessUnderWay(services: Services, migration: Migration): Promise<void> {
  const { request } = migration;
  if (mayBeUnderWay(request, services.clock.now())) return;
  if (request?.accepted) await stepBack(services, migration);
  else await letOthersGo(services, migration);
}

const isUnderWay = ({ phase }: EngineOperation): boolean =>
  phase === "creating" || phase === "running" || phase === "completing" || phase === "canceling";

/** Our operation is there: started, still creating, or failed. */
async function followOurs(
  services: Services,
  log: Log,
  migration: Migration,
  operation: EngineOperation,
): Promise<Seen> {
  if (operation.phase === "canceled") return { end: { end: "canceled" } };
  if (operation.phase === "failed") return afterFailure(services, log, migration, operation);
  const { operationId } = operation;
  if (operationId === undefined) return whileCreating(services, log, migration);

  const isStarted = await decideInRun(
    services,
    log,
    migration.migrationId,
    migration.run,
    ({ migration: current, requests }) => {
      if (hasBegun(current)) return { answer: true }; // an earlier try of this step completed it
      const now = services.clock.now().toISOString();
      const started: Migration = {
        ...moveTo(current, "restoring", now),
        operationId,
        startedAt: operation.startedOn ?? now,
        progress: { ...current.progress, started: true },
      };
      const event = migrationEvent(eventContext(services, started), "migration.started", `run-${current.run}`, {
        operationId,
      });
      return {
        change: {
          migration: started,
          events: [event],
          ...(isOpen(requests.start, current.run) && {
            request: answered(requests.start, "done", now, "The restore has begun."),
          }),
        },
        answer: true,
      };
    },
  );
  return isStarted ? begun(services, migration) : canceled; // otherwise the run was over
}

async function begun(services: Services, migration: Migration): Promise<Seen> {
  if (migration.state !== "cuttingOver") await countIn(services, migration);
  return { end: { end: "started" } };
}

/**
 * DMS has not given it an id yet. While it shows that it is at it, this migration keeps its turn: DMS takes one start
 * at a time.
 */
async function whileCreating(services: Services, log: Log, migration: Migration): Promise<Seen> {
  const slow = slowness("the start", migration.request?.at, "Creating", services.clock.now());
  if (slow) return waitFor(services, log, migration, slow);
  await answersAgain(services, log, migration);
  return nextLook(services, { migration, isAtTurn: true });
}

/** Some failures pass, some are worth one new attempt; the rest needs a person. */
async function afterFailure(
  services: Services,
  log: Log,
  migration: Migration,
  operation: EngineOperation,
): Promise<Seen> {
  const failure = operation.failure ?? noReason(operation);
  const attempts = migration.request?.attempts ?? 1;
  const again = failure.kind === "wait" || (failure.kind === "fault" && attempts < MOST_ATTEMPTS);
  if (!again) return { end: { end: "failed", failure } };
  const next = failure.kind === "fault" ? attempts + 1 : attempts;
  const isNoted = await decideInRun(services, log, migration.migrationId, migration.run, ({ migration: current }) => {
    const { request } = current;
    // another try has asked anew
    if (request === undefined || request.at !== migration.request?.at) return { answer: false };
    const over = { ...request, before: operation.fingerprint, accepted: false, refused: true, attempts: next };
    return { change: { migration: { ...current, request: over } }, answer: true };
  });
  if (!isNoted) return { nextLookSeconds: 1 };
  await letOthersGo(services, migration);
  const usual = PAUSE_IN_POLLS * services.config.dms.pollSeconds;
  const refused = refusal({ ...failure, retryAfterSeconds: failure.retryAfterSeconds ?? usual }, "the start");
  // the next look sees the same operation as before, and creates a new one
  return waitFor(services, log, migration, refused);
}
