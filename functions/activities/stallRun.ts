// Something failed that nobody expected, and trying again did not help: where does the run stand still, and who must know? Nothing is canceled.

import { giveSlotBack } from "../../shared/application/queue/slots.ts";
import { decideInRun, factsOf } from "../../shared/application/run/decide.ts";
import { eventContext } from "../../shared/application/run/eventContext.ts";
import { migrationEvent } from "../../shared/migration/events/eventBuilders.ts";
import { isOver, type Migration } from "../../shared/migration/migration.ts";
import { isAtDms } from "../../shared/queue/queueFromRecords.ts";
import type { Services } from "../../shared/services.ts";
import { note } from "../note.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

/** Keeps the state and what is recorded of DMS: a resume goes on from there. */
export const stallRun =
  (services: Services): StepHandler<typeof steps.stallRun> =>
  async ({ migrationId, run, what }, log) => {
    const { migration } = await factsOf(services, migrationId);
    if (isOver(migration, run)) return { stalled: false };
    const isNew = await decideInRun(services, log, migrationId, run, ({ migration: current }) => {
      if (current.stalled) return { answer: false }; // an earlier try came this far
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
    await giveSlotBack(services, { ...migration, run }, { stillRestoring: isAtDms(migration) }); // the VM's other databases go on; tried again when it fails
    return { stalled: true };
  };
