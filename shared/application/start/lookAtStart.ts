// Carries out the second half of step 4: asks DMS first and adopts what is there, else has it asked for a start; a lost
// answer is found at the next look.

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

/** A fault of the service earns one automatic new attempt. */
const MOST_ATTEMPTS = 2;
/** Where waiting heals (single-user mode during an upgrade, a runtime that is down), this is how long: a minute, by default. */
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
    await giveBackUnlessUnderWay(services, (await factsOf(services, migrationId)).migration); // it may have been asked for just now
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
    // what is shown may have been asked for since the facts were read, by another try of this step
    if ((await factsOf(services, migration.migrationId)).version !== facts.version) return { nextLookSeconds: 1 };
    return { end: { end: "failed", failure: targetBusy(migration.target?.databaseName ?? "") } };
  }
  return askForStart(services, log, facts, fingerprintOf(seen), entries);
}

/** Nobody knows what DMS does. What a person has to mend ends the run, as long as nothing of it can be under way there. */
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

/** What DMS has taken it may be at all the time: it goes on counting as a database of the VM. */
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
      if (hasBegun(current)) return { answer: true }; // an earlier try of this step came this far
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
  return isStarted ? begun(services, migration) : canceled; // else the run was over
}

async function begun(services: Services, migration: Migration): Promise<Seen> {
  if (migration.state !== "cuttingOver") await countIn(services, migration);
  return { end: { end: "started" } };
}

/** DMS has not given it an id yet. As long as it shows that it is at it, the turn is this one's: it takes one start at a time. */
async function whileCreating(services: Services, log: Log, migration: Migration): Promise<Seen> {
  const slow = slowness("the start", migration.request?.at, "Creating", services.clock.now());
  if (slow) return waitFor(services, log, migration, slow);
  await answersAgain(services, log, migration);
  return nextLook(services, { migration, isAtTurn: true });
}

/** Waiting heals some failures, one new attempt others; the rest is for a person. */
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
    if (request === undefined || request.at !== migration.request?.at) return { answer: false }; // another try has asked anew
    const over = { ...request, before: operation.fingerprint, accepted: false, refused: true, attempts: next };
    return { change: { migration: { ...current, request: over } }, answer: true };
  });
  if (!isNoted) return { nextLookSeconds: 1 };
  await letOthersGo(services, migration);
  const usual = PAUSE_IN_POLLS * services.config.dms.pollSeconds;
  const refused = refusal({ ...failure, retryAfterSeconds: failure.retryAfterSeconds ?? usual }, "the start");
  return waitFor(services, log, migration, refused); // the next look sees what it saw before, and creates anew
}
