// Asks for the migration's turn on its VM, in step 4 and before step 6: DMS takes one start and one cutover at a time.

import { migrationEvent } from "../../migration/events/eventBuilders.ts";
import type { EarlyEnd, Look, SlotRequest, Watched } from "../../migration/looks.ts";
import { hasBegun, isBeforeStart, isOver, type Migration } from "../../migration/migration.ts";
import { moveTo } from "../../migration/transitions.ts";
import type { Log, Services } from "../../ports.ts";
import { fullVm, isOfFullVm } from "../../queue/fullVm.ts";
import { nextAskSeconds } from "../../queue/queueOrder.ts";
import type { SlotAnswer } from "../../queue/vmQueue.ts";
import { announceVerdicts } from "../files/announceVerdicts.ts";
import { filesOfFolder, lookAgain } from "../files/catalogueBlob.ts";
import { decideInRun, factsOfTurn } from "../run/decide.ts";
import { eventContext } from "../run/eventContext.ts";
import { isOpen } from "../run/requests.ts";
import { goesOn, waitFor } from "../run/waits.ts";
import { askSlot } from "./slots.ts";

export async function lookForSlot(
  services: Services,
  log: Log,
  { migrationId, run, kind, watch }: Watched<SlotRequest>,
): Promise<Look<{ readonly end: "granted" } | EarlyEnd>> {
  const { clock, config } = services;
  const known = await factsOfTurn(services, migrationId, watch);
  const { migration, requests } = known;
  if (isOver(migration, run) || isOpen(requests.cancel, run)) return { end: { end: "canceled" } };
  if (kind === "start" && hasBegun(migration)) return { end: { end: "granted" } }; // an earlier try came further

  const asked = await askSlot(services, migration, kind);
  if (!asked) return { nextLookSeconds: 1 };

  if (kind === "start" && isBeforeQueue(migration))
    await decideInRun<void>(services, log, migrationId, run, ({ migration: current }) => {
      if (!isBeforeQueue(current)) return { answer: undefined };
      const queued = moveTo(current, "queued", clock.now().toISOString());
      const event = migrationEvent(eventContext(services, queued), "migration.queued", `run-${run}`, {
        position: asked.position,
      });
      return { change: { migration: queued, events: [event] }, answer: undefined };
    });
  const isFull = kind === "start" && (await noteRoom(services, log, migration, asked));
  // the next look follows at once and judges the files that have arrived
  if (asked.granted) return { end: { end: "granted" } };
  const entries = await filesOfFolder(services, migrationId);
  await announceVerdicts(services, log, migrationId, entries, { known });
  const again = nextAskSeconds(asked, isFull, config.dms.pollSeconds, clock.now());
  return { nextLookSeconds: lookAgain(services, entries, again) };
}

/**
 * Waiting for others' turns is not an obstacle, since each takes minutes; a VM that is full may take no start for days.
 * True when it is full.
 */
async function noteRoom(services: Services, log: Log, migration: Migration, asked: SlotAnswer): Promise<boolean> {
  const obstacle = asked.granted ? undefined : fullVm(asked.queue, services.config.vm, asked.position);
  if (obstacle) await waitFor(services, log, migration, obstacle);
  else await goesOn(services, log, migration, isOfFullVm);
  return obstacle !== undefined;
}

/** waitingForChain: its start was fixed by a version of sqlferry that did not have the state preflighting. */
const isBeforeQueue = (migration: Migration): boolean => migration.state === "preflighting" || isBeforeStart(migration);
