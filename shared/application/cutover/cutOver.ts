// Carries out step 6: checks the gate again on facts read at this moment, then cuts over or writes the refusal down.

import { askedBy, mayCutOver } from "../../cutover/cutoverGate.ts";
import { migrationEvent } from "../../migration/events/eventBuilders.ts";
import type { MigrationRun } from "../../migration/looks.ts";
import { type CutoverRequest, isOver, type Migration } from "../../migration/migration.ts";
import type { EngineOperation } from "../../migration/observed.ts";
import type { Loss, Refusal } from "../../migration/refusals.ts";
import { moveTo } from "../../migration/transitions.ts";
import type { Log, Services } from "../../ports.ts";
import { noteShare } from "../files/noteShare.ts";
import { askSlot, orGiveBack, stepBack } from "../queue/slots.ts";
import { decideInRun, factsOf } from "../run/decide.ts";
import { eventContext } from "../run/eventContext.ts";
import { answered, isOpen } from "../run/requests.ts";
import { cutoverFacts } from "./cutoverFacts.ts";

interface Here {
  readonly services: Services;
  readonly log: Log;
  readonly migrationId: string;
  readonly run: number;
}

export async function cutOver(
  services: Services,
  log: Log,
  { migrationId, run }: MigrationRun,
): Promise<{ accepted: boolean }> {
  const here: Here = { services, log, migrationId, run };
  const { migration, requests } = await factsOf(services, migrationId);
  if (isOver(migration, run)) return { accepted: false }; // the next look at the restore ends it
  const request = requests.cutover;
  if (!request || request.run !== run) throw new Error(`Migration "${migrationId}" cuts over without being asked.`);
  if (request.outcome?.status === "done") return { accepted: true }; // an earlier try of this step completed it
  if (request.outcome) return backToTheRestore(services, migration);
  // An earlier try may have asked DMS, and no gate can undo that. FollowCutover finds the outcome, and asks again if
  // there is none.
  if (migration.state === "cuttingOver") return accept(here, request);
  if (isOpen(requests.cancel, run)) return backToTheRestore(services, migration);
  // usually held already, unless an earlier try failed and gave it back
  const place = await askSlot(services, migration, "cutover");
  // the request stays open, and the watch of the restore leads here again
  if (!place?.granted) return backToTheRestore(services, migration);
  return orGiveBack(throughTheGate(here, migration, request), log, async () => {
    const { state } = (await factsOf(services, migrationId)).migration;
    if (state !== "cuttingOver") await stepBack(services, migration); // otherwise DMS may be at it
  });
}

async function throughTheGate(
  here: Here,
  migration: Migration,
  request: CutoverRequest,
): Promise<{ accepted: boolean }> {
  const { services } = here;
  const facts = await cutoverFacts(services, migration);
  // the request stays open; the watch of the restore waits as long as DMS says, and notices a cancel
  if (facts.kind === "unavailable") return backToTheRestore(services, migration);
  if (facts.kind === "absent") return refuse(here, request, [gone]);
  const { operation } = facts.gate;
  await noteShare(services, migration, operation, facts.rows);

  const gate = mayCutOver(facts.gate, askedBy(request));
  if (!gate.allowed) return refuse(here, request, gate.refusals);
  const begun = await begin(here);
  if (begun === "sentBefore") return accept(here, request, facts.gate.loss);
  if (begun !== "begun") return backToTheRestore(services, migration);
  return ask(here, migration, operation, request, facts.gate.loss);
}

/**
 * From here on a file that arrives is too late, and so is a cancel; written before DMS is asked. Undefined when another
 * run has begun.
 */
const begin = ({ services, log, migrationId, run }: Here): Promise<"begun" | "sentBefore" | "canceled" | undefined> =>
  decideInRun<"begun" | "sentBefore" | "canceled">(
    services,
    log,
    migrationId,
    run,
    ({ migration: current, requests }) => {
      if (current.state === "cuttingOver") return { answer: "sentBefore" };
      if (isOpen(requests.cancel, run)) return { answer: "canceled" };
      const now = services.clock.now().toISOString();
      const moved = moveTo(current, "cuttingOver", now);
      return {
        change: { migration: { ...moved, progress: { ...moved.progress, cutoverRequestedAt: now } } },
        answer: "begun",
      };
    },
  );

async function ask(
  here: Here,
  migration: Migration,
  operation: EngineOperation,
  request: CutoverRequest,
  loss: Loss,
): Promise<{ accepted: boolean }> {
  if (!migration.target || !operation.operationId)
    throw new Error(`Migration "${migration.migrationId}" has no operation.`);
  const answer = await here.services.engine.cutOver(migration.target, operation.operationId);
  if (answer.ok) return accept(here, request, loss);
  const { failure } = answer;
  // the outcome is unknown: FollowCutover looks
  if (failure.kind !== "user" && failure.kind !== "fault") return accept(here, request, loss);
  const { code, message, cause, remedy } = failure;
  return refuse(here, request, [{ problem: "dms-error", detail: message, code, message, cause, fix: remedy }]);
}

async function accept(here: Here, request: CutoverRequest, loss?: Loss): Promise<{ accepted: boolean }> {
  await note(here, request, "done", "DMS has been asked for the cutover.", loss);
  return { accepted: true };
}

async function refuse(
  here: Here,
  request: CutoverRequest,
  refusals: readonly Refusal[],
): Promise<{ accepted: boolean }> {
  await note(here, request, "refused", refusals.map(({ detail }) => detail).join(" "));
  const { migration } = await factsOf(here.services, here.migrationId);
  if (migration.state === "cuttingOver") return { accepted: true }; // another try of this step has asked DMS
  return backToTheRestore(here.services, migration);
}

async function backToTheRestore(services: Services, migration: Migration): Promise<{ accepted: boolean }> {
  await stepBack(services, migration);
  return { accepted: false };
}

/** Writes the request's outcome with its event and its line in the audit. */
const note = (
  { services, log, migrationId, run }: Here,
  request: CutoverRequest,
  status: "done" | "refused",
  detail: string,
  loss?: Loss,
): Promise<void> =>
  decideInRun<void>(services, log, migrationId, run, ({ migration: current, requests }) => {
    const open = requests.cutover;
    if (!isOpen(open, request.run)) return { answer: undefined };
    const now = services.clock.now().toISOString();
    const { cutoverRequestedAt: _, ...progress } = current.progress;
    const migration =
      status === "done" || current.state !== "cuttingOver"
        ? current
        : { ...moveTo(current, "restoring", now), progress };
    const event = migrationEvent(
      eventContext(services, migration),
      status === "done" ? "cutover.requested" : "cutover.refused",
      request.requestId,
      {
        by: request.by,
        forced: request.force,
        detail,
        ...(request.reason !== undefined && { reason: request.reason }),
      },
    );
    return {
      change: {
        migration,
        request: answered(open, status, now, detail),
        events: [event],
        audit: [
          {
            id: `${request.requestId}-${status}`,
            at: now,
            by: request.by,
            action: "cutover",
            result: status,
            detail,
            facts: {
              planVersion: request.planVersion,
              forced: request.force,
              ...(loss?.seconds !== undefined && { lossSeconds: loss.seconds }),
            },
          },
        ],
      },
      answer: undefined,
    };
  });

const gone: Refusal = {
  problem: "not-cutover-able",
  detail: "DMS no longer shows a migration of this target.",
  migrationStatus: "absent",
};
