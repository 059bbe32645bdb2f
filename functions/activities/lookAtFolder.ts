// Step 2: are the files there, and the word to start? One turn of AwaitChain.

import { mayStart } from "../../shared/migration/startPolicy.ts";
import { moveTo } from "../../shared/migration/transitions.ts";
import type { Services } from "../../shared/services.ts";
import { announceVerdicts } from "../announceVerdicts.ts";
import { assessEntries } from "../assessFolder.ts";
import { decide } from "../decide.ts";
import type { Look, StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";
import { filesOfFolder, lookAgain } from "../takeBackup.ts";
import { isOpen } from "./wishes.ts";

/** Announces new verdicts, keeps the summary, and decides whether the restore may start. Safe to repeat. */
export const lookAtFolder =
  (services: Services): StepHandler<typeof steps.lookAtFolder> =>
  async ({ migrationId, run, watch }, log) => {
    const { migrations, clock, config } = services;
    await migrations.listen(migrationId, watch);
    const entries = await filesOfFolder(services, migrationId); // after listen: whatever is written later wakes us again
    const more = await announceVerdicts(services, log, migrationId, entries);

    return decide<Look<{ readonly end: "startable" } | steps.EarlyEnd>>(
      services,
      log,
      migrationId,
      ({ migration, wishes }) => {
        if (isOpen(wishes.cancel, run)) return { answer: { end: { end: "canceled" } } };
        const now = clock.now();
        const moved =
          migration.state === "draft" && migration.target
            ? moveTo(migration, "waitingForChain", now.toISOString())
            : undefined;
        const start = mayStart({
          migration: moved ?? migration,
          report: assessEntries(services, migration, entries),
          wish: isOpen(wishes.start, run) ? wishes.start : undefined,
          now,
          quietMinutes: config.offline.quietMinutes,
          newestArrival: entries.map((entry) => entry.record.arrivedAt).reduce((a, b) => (a > b ? a : b), ""),
        });
        return {
          ...(moved && { change: { migration: moved } }),
          answer: more
            ? { nextLookSeconds: 1 } // a large folder is announced in portions
            : start.start
              ? { end: { end: "startable" } }
              : { nextLookSeconds: lookAgain(services, entries, start.nextLookSeconds) },
        };
      },
    );
  };
