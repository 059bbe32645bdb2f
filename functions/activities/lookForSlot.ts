// Step 4, and before step 6: is it this migration's turn on its VM? DMS takes one start and one cutover at a time.
import { migrationEvent } from "../../shared/migration/eventBuilders.ts";
import { vmKeyOf } from "../../shared/migration/ids.ts";
import { hasBegun, isBeforeStart, isOver, type Migration } from "../../shared/migration/migration.ts";
import { moveTo } from "../../shared/migration/transitions.ts";
import { askForSlot } from "../../shared/migration/vmQueue.ts";
import type { Services } from "../../shared/services.ts";
import { decideInRun, factsOf } from "../decide.ts";
import { eventContext } from "../eventContext.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";
import { isOpen } from "./wishes.ts";

export const lookForSlot =
  (services: Services): StepHandler<typeof steps.lookForSlot> =>
  async ({ migrationId, run, kind, watch }, log) => {
    const { migrations, queues, clock, config } = services;
    await migrations.listen(migrationId, watch);
    const { migration, wishes } = await factsOf(services, migrationId);
    if (isOver(migration, run) || isOpen(wishes.cancel, run)) return { end: { end: "canceled" } };
    if (kind === "start" && hasBegun(migration)) return { end: { end: "granted" } }; // an earlier try came further
    if (!migration.target) throw new Error(`Migration "${migrationId}" asks for a slot without a target.`);

    const vmKey = vmKeyOf(migration.target.sqlVmResourceId);
    const now = clock.now();
    const { queue, version } = await queues.load(vmKey);
    const asked = askForSlot(queue, { migrationId, run, kind }, config.vm, now);
    if (asked.queue !== queue && (await queues.save(vmKey, asked.queue, version)) === "conflict")
      return { nextLookSeconds: 1 }; // somebody else was quicker

    if (kind === "start" && isBeforeQueue(migration))
      await decideInRun<void>(services, log, migrationId, run, ({ migration: current }) => {
        if (!isBeforeQueue(current)) return { answer: undefined };
        const queued = moveTo(current, "queued", now.toISOString());
        const event = migrationEvent(eventContext(services, queued), "migration.queued", `run-${run}`, {
          position: asked.position,
        });
        return { change: { migration: queued, events: [event] }, answer: undefined };
      });
    return asked.granted ? { end: { end: "granted" } } : { nextLookSeconds: config.dms.pollSeconds };
  };

/** waitingForChain: its start was fixed by a version of sqlferry that had no word for that. */
const isBeforeQueue = (migration: Migration): boolean => migration.state === "preflighting" || isBeforeStart(migration);
