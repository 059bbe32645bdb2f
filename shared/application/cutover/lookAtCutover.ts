// Carries out step 7, one turn of FollowCutover: checks whether DMS has finished the cutover.

import { askedBy, mayCutOver } from "../../cutover/cutoverGate.ts";
import { migrationEvent } from "../../migration/events/eventBuilders.ts";
import type { Look, MigrationRun, Watched } from "../../migration/looks.ts";
import { isOver, type Migration, type MigrationTarget, type RunEnd } from "../../migration/migration.ts";
import type { EngineOperation, Observation } from "../../migration/observed.ts";
import { moveTo } from "../../migration/transitions.ts";
import { isOverdue, type Obstacle, outage, refusal, slowness, standsInTheWay } from "../../migration/waiting.ts";
import type { Log, Services } from "../../ports.ts";
import { announceVerdicts } from "../files/announceVerdicts.ts";
import { filesOfFolder } from "../files/catalogueBlob.ts";
import { askSlot, orGiveBack, stepBack } from "../queue/slots.ts";
import { decideInRun, factsOf, factsOfTurn } from "../run/decide.ts";
import { dmsView } from "../run/dmsView.ts";
import { eventContext } from "../run/eventContext.ts";
import { nextLook } from "../run/nextLook.ts";
import { whileGone } from "../run/operationGone.ts";
import { answered, isOpen } from "../run/requests.ts";
import { answersAgain, goesOn, waitFor } from "../run/waits.ts";
import { cutoverFacts } from "./cutoverFacts.ts";

type Seen = Look<RunEnd | { readonly end: "refused" }>;

export async function lookAtCutover(
  services: Services,
  log: Log,
  { migrationId, run, watch }: Watched<MigrationRun>,
): Promise<Look<RunEnd | { readonly end: "refused" }>> {
  const { migration } = await factsOfTurn(services, migrationId, watch);
  if (isOver(migration, run)) return { end: { end: "canceled" } };
  if (migration.state !== "cuttingOver") return backToTheRestore(services, migration); // an earlier try completed it
  const { target } = migration;
  if (!target) throw new Error(`Migration "${migrationId}" is cut over without a target.`);
  return orGiveBack(look(services, log, { ...migration, target }), log, () => giveBackWhenOverdue(services, migration));
}

async function look(
  services: Services,
  log: Log,
  migration: Migration & { readonly target: MigrationTarget },
): Promise<Seen> {
  const { migrationId, run, target } = migration;
  await refuseToCancel(services, log, migrationId, run);

  const [entries, seen] = await Promise.all([filesOfFolder(services, migrationId), services.engine.observe(target)]);
  const found = await goOn(services, log, migration, seen);
  // a file that has come is too late, and people should know; unless the restore goes on with it
  await announceVerdicts(services, log, migrationId, entries);
  return found;
}

async function goOn(services: Services, log: Log, migration: Migration, seen: Observation): Promise<Seen> {
  const { migrationId, run } = migration;
  if (seen.kind === "unavailable") return whileWaiting(services, log, migration, outage(seen.failure));
  await answersAgain(services, log, migration);
  if (seen.kind === "absent" || isAnother(seen.operation, migration)) return whileGone(services, log, migration);
  const { operation } = seen;
  if (migration.goneSince !== undefined) await shownAgain(services, log, migration);
  if (operation.phase === "canceled") return { end: { end: "canceled" } };
  if (operation.phase === "failed")
    return { end: { end: "failed", ...(operation.failure && { failure: operation.failure }) } };
  if (operation.phase === "running") return askAgain(services, log, migration, operation);
  if (operation.phase !== "succeeded") return whileAtIt(services, log, migration, operation);

  await decideInRun(services, log, migrationId, run, ({ migration: current }) => {
    const now = services.clock.now();
    const noted = { ...current, service: dmsView(operation, now, current.service), updatedAt: now.toISOString() };
    const requestedAt = current.progress.cutoverRequestedAt;
    const event = migrationEvent(eventContext(services, noted), "cutover.completed", `run-${run}`, {
      ...(requestedAt !== undefined && {
        durationSeconds: Math.round((now.getTime() - Date.parse(requestedAt)) / 1000),
      }),
    });
    return { change: { migration: noted, events: [event] }, answer: undefined };
  });
  return { end: { end: "succeeded" } };
}

/**
 * The first request may never have reached DMS. DMS may also show its former state for a moment: so the request is not
 * repeated within a minute of the last one; one too many does no harm, as DMS refuses it. Hours may have passed: the
 * gate is checked again, and if it no longer allows the cutover, the restore goes on. The same happens after an hour of
 * refusals by DMS.
 */
async function askAgain(
  services: Services,
  log: Log,
  migration: Migration,
  { operationId, canCutOver }: EngineOperation,
): Promise<Seen> {
  const { target, cutoverAskedAt } = migration;
  const requestedAt = migration.progress.cutoverRequestedAt ?? migration.updatedAt;
  const secondsSince = (at: string) => (services.clock.now().getTime() - Date.parse(at)) / 1_000;
  if (secondsSince(cutoverAskedAt ?? requestedAt) < 60 || !canCutOver || !target || operationId === undefined)
    return nextLook(services, { migration, isAtTurn: true });
  // usually held already, unless it has let others go first
  const place = await askSlot(services, migration, "cutover", { isRetried: true });
  if (!place) return { nextLookSeconds: 1 };
  if (!place.granted) return nextLook(services, { migration });

  const { migrationId, run } = migration;
  const { requests } = await factsOf(services, migrationId);
  const facts = await cutoverFacts(services, notAskedFor(migration));
  if (facts.kind === "unavailable") return whileWaiting(services, log, migration, outage(facts.failure));
  // it has moved on just now
  if (facts.kind === "absent" || !facts.gate.operation.canCutOver) return nextLook(services, { migration });
  const request = requests.cutover;
  if (!request || request.run !== run) throw new Error(`Migration "${migrationId}" cuts over without being asked.`);
  const gate = mayCutOver(facts.gate, askedBy(request));
  if (!gate.allowed) return refused(services, log, migration, gate.refusals.map(({ detail }) => detail).join(" "));
  if (!(await noteAsking(services, log, migration))) return { nextLookSeconds: 1 };

  const answer = await services.engine.cutOver(target, operationId);
  if (answer.ok) return nextLook(services, { migration, isAtTurn: true });
  const { failure } = answer;
  if (secondsSince(requestedAt) > 3_600 && failure.kind === "user")
    return refused(services, log, migration, failure.message);
  if (!standsInTheWay(failure)) return nextLook(services, { migration, retryAfterSeconds: failure.retryAfterSeconds });
  return whileWaiting(services, log, migration, refusal(failure, "the cutover"));
}

/** While DMS does not have the request, a file that came after it is not too late. */
function notAskedFor({ cutoverAskedAt: _, ...migration }: Migration): Migration {
  const { cutoverRequestedAt: __, ...progress } = migration.progress;
  return { ...migration, progress };
}

/** Written before DMS is asked. False when another look has asked, or the cutover is over. */
const noteAsking = (
  services: Services,
  log: Log,
  { migrationId, run, cutoverAskedAt }: Migration,
): Promise<boolean | undefined> =>
  decideInRun(services, log, migrationId, run, ({ migration: current }) => {
    if (current.state !== "cuttingOver" || current.cutoverAskedAt !== cutoverAskedAt) return { answer: false };
    return {
      change: { migration: { ...current, cutoverAskedAt: services.clock.now().toISOString() } },
      answer: true,
    };
  });

/**
 * DMS accepts a cutover within minutes: one that it has not shown by then no longer blocks the VM's other databases.
 */
async function whileWaiting(services: Services, log: Log, migration: Migration, obstacle: Obstacle): Promise<Seen> {
  await giveBackWhenOverdue(services, migration);
  return waitFor(services, log, migration, obstacle);
}

async function giveBackWhenOverdue(services: Services, migration: Migration): Promise<void> {
  const { cutoverRequestedAt } = migration.progress;
  if (isOverdue(cutoverRequestedAt ?? migration.updatedAt, services.clock.now())) await stepBack(services, migration);
}

/** DMS is at the cutover. While it shows that, this migration keeps its turn: DMS takes one cutover at a time. */
async function whileAtIt(
  services: Services,
  log: Log,
  migration: Migration,
  { migrationStatus, phase }: EngineOperation,
): Promise<Seen> {
  const { cutoverRequestedAt } = migration.progress;
  const slow = slowness("the cutover", cutoverRequestedAt, migrationStatus ?? phase, services.clock.now());
  if (slow) return waitFor(services, log, migration, slow);
  await goesOn(services, log, migration);
  return nextLook(services, { migration, isAtTurn: true });
}

async function refused(services: Services, log: Log, migration: Migration, detail: string): Promise<Seen> {
  const { migrationId, run } = migration;
  await decideInRun<void>(services, log, migrationId, run, ({ migration: current, requests: { cutover: request } }) => {
    if (current.state !== "cuttingOver" || !request) return { answer: undefined };
    const now = services.clock.now().toISOString();
    const restoring = moveTo(notAskedFor(current), "restoring", now);
    const event = migrationEvent(eventContext(services, restoring), "cutover.refused", `${request.requestId}-at-dms`, {
      by: request.by,
      detail,
    });
    return {
      change: { migration: restoring, request: answered(request, "refused", now, detail), events: [event] },
      answer: undefined,
    };
  });
  return backToTheRestore(services, migration);
}

async function backToTheRestore(services: Services, migration: Migration): Promise<Seen> {
  await stepBack(services, migration);
  return { end: { end: "refused" } };
}

const shownAgain = (services: Services, log: Log, { migrationId, run }: Migration): Promise<void> =>
  decideInRun<void>(services, log, migrationId, run, ({ migration: { goneSince: _, ...current } }) => ({
    change: { migration: { ...current, updatedAt: services.clock.now().toISOString() } },
    answer: undefined,
  }));

/** A migration to the same target was started outside this run: its outcome says nothing about ours. */
const isAnother = ({ operationId }: EngineOperation, migration: Migration): boolean =>
  operationId !== undefined && operationId !== migration.operationId;

/** DMS refuses a cancel while it completes: the request is answered, not left open. */
const refuseToCancel = (services: Services, log: Log, migrationId: string, run: number): Promise<void> =>
  decideInRun<void>(services, log, migrationId, run, ({ migration, requests }) => {
    if (!isOpen(requests.cancel, run)) return { answer: undefined };
    const now = services.clock.now().toISOString();
    const detail = "The cutover is under way; DMS no longer takes a cancel.";
    return { change: { migration, request: answered(requests.cancel, "refused", now, detail) }, answer: undefined };
  });
