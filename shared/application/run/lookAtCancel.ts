// Ends a run early, one turn of FollowCancel: makes sure that what the run started at DMS is stopped.

import type { EndingRun, Look, Watched } from "../../migration/looks.ts";
import { isOver, type Migration, type RunEnd } from "../../migration/migration.ts";
import { moveTo } from "../../migration/transitions.ts";
import { type Obstacle, outage, refusal, slowness, standsInTheWay } from "../../migration/waiting.ts";
import type { Log, Services } from "../../ports.ts";
import { announceVerdicts } from "../files/announceVerdicts.ts";
import { filesOfFolder } from "../files/catalogueBlob.ts";
import { stepBack } from "../queue/slots.ts";
import { decideInRun, factsOfTurn } from "./decide.ts";
import { nextLook } from "./nextLook.ts";
import { mayBeUnderWay, ownershipOf } from "./ownOperation.ts";
import { isOpen } from "./requests.ts";
import { answersAgain, goesOn, waitFor } from "./waits.ts";

export async function lookAtCancel(
  services: Services,
  log: Log,
  { migrationId, run, end, watch }: Watched<EndingRun>,
): Promise<Look<RunEnd>> {
  const { engine } = services;
  const { migration, requests } = await factsOfTurn(services, migrationId, watch);
  const { target, request } = migration;
  // nothing was begun at DMS in this run
  if (isOver(migration, run) || !target || !request || request.refused) return { end };

  const [entries, seen] = await Promise.all([filesOfFolder(services, migrationId), engine.observe(target)]);
  await announceVerdicts(services, log, migrationId, entries);
  if (seen.kind === "unavailable") return whileWaiting(services, log, migration, outage(seen.failure));
  await answersAgain(services, log, migration);
  const unnamed = migration.operationId === undefined;
  const whose = unnamed ? ownershipOf(request, seen, services.clock.now()) : undefined;
  if (whose === "notShownYet") return nextLook(services, { migration });
  if (seen.kind === "absent") return { end };
  const { operation } = seen;
  const isOurs = unnamed ? whose === "ours" : operation.operationId === migration.operationId;
  if (!isOurs || operation.phase === "failed" || operation.phase === "canceled") return { end };
  // the cutover completed before the cancel
  if (operation.phase === "succeeded") return { end: { end: "succeeded" } satisfies RunEnd };

  // DMS showed it as canceled, and now shows it running: only a person's request may stop it
  if (!isOpen(requests.cancel, run))
    throw new Error(`DMS no longer shows the operation of "${migrationId}" as canceled.`);
  await decideInRun<void>(services, log, migrationId, run, ({ migration: current }) =>
    current.state === "canceling"
      ? { answer: undefined }
      : {
          change: { migration: moveTo(current, "canceling", services.clock.now().toISOString()) },
          answer: undefined,
        },
  );
  const ending: Migration = { ...migration, state: "canceling" };
  const { operationId } = operation;
  const answer = operation.canCancel && operationId !== undefined && (await engine.cancel(target, operationId));
  if (answer && !answer.ok && standsInTheWay(answer.failure))
    return whileWaiting(services, log, ending, refusal(answer.failure, "the cancel"));
  const status = operation.migrationStatus ?? operation.phase;
  const slow = slowness("the cancel", requests.cancel.at, status, services.clock.now());
  // it keeps its turn: DMS takes one start at a time
  if (slow && operation.phase === "creating") return waitFor(services, log, ending, slow);
  if (slow) return whileWaiting(services, log, ending, slow);
  await goesOn(services, log, ending);
  return nextLook(services, { migration: ending }); // the next look sees the outcome
}

/** A run that is about to end keeps its place on the VM only as long as DMS may be at its start. */
async function whileWaiting(
  services: Services,
  log: Log,
  migration: Migration,
  obstacle: Obstacle,
): Promise<Look<RunEnd>> {
  if (!mayBeUnderWay(migration.request, services.clock.now())) await stepBack(services, migration);
  return waitFor(services, log, migration, obstacle);
}
