// Records where a run stands still after an unexpected failure that retries did not heal, and notifies people. Nothing
// is canceled.

import { migrationEvent } from "../../migration/events/eventBuilders.ts";
import type { StallingRun } from "../../migration/looks.ts";
import { isOver, type Migration } from "../../migration/migration.ts";
import type { Log, Services } from "../../ports.ts";
import { isAtDms } from "../../queue/queueFromRecords.ts";
import { giveSlotBack } from "../queue/slots.ts";
import { decideInRun, factsOf } from "./decide.ts";
import { eventContext } from "./eventContext.ts";
import { note } from "./note.ts";

/** Keeps the state and what is recorded of DMS: a resume goes on from there. */
export async function stallRun(
  services: Services,
  log: Log,
  { migrationId, run, what }: StallingRun,
): Promise<{ stalled: boolean }> {
  const { migration } = await factsOf(services, migrationId);
  if (isOver(migration, run)) return { stalled: false };
  const isNew = await decideInRun(services, log, migrationId, run, ({ migration: current }) => {
    if (current.stalled) return { answer: false }; // an earlier try completed it
    const since = services.clock.now().toISOString();
    const stalled: Migration = { ...current, stalled: { what, since }, updatedAt: since };
    const event = migrationEvent(eventContext(services, stalled), "migration.stalled", `run-${run}|${since}`, {
      what,
      since,
    });
    return {
      change: {
        migration: stalled,
        events: [event],
        audit: [
          {
            id: `run-${run}-stalled-${since}`,
            at: since,
            by: "sqlferry",
            action: "decision",
            result: "failed",
            detail: `The run is stalled: ${what}`,
            facts: { run, state: current.state },
          },
        ],
      },
      answer: true,
    };
  });
  if (isNew) note(log, "RunStalled", { migrationId, run, what });
  await services.migrations.dropWatch({ migrationId, run });
  // the VM's other databases go on; retried when it fails
  await giveSlotBack(services, { ...migration, run }, { stillRestoring: isAtDms(migration) });
  return { stalled: true };
}
