// Step 2: are the files there, and the word to start? One turn of AwaitChain.
import { hasEnded, type StartWish } from "../../shared/migration/migration.ts";
import { canStart, holdsFor, mayStart } from "../../shared/migration/startPolicy.ts";
import { moveTo } from "../../shared/migration/transitions.ts";
import type { Services } from "../../shared/services.ts";
import { announceVerdicts } from "../announceVerdicts.ts";
import { assessEntries } from "../assessFolder.ts";
import { decide } from "../decide.ts";
import type { Look, StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";
import { filesOfFolder, lookAgain } from "../takeBackup.ts";
import { answered, isOpen } from "./wishes.ts";

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
        if (migration.run !== run || hasEnded(migration) || isOpen(wishes.cancel, run))
          return { answer: { end: { end: "canceled" } } };
        const now = clock.now();
        const moved =
          migration.state === "draft" && migration.target
            ? moveTo(migration, "waitingForChain", now.toISOString())
            : undefined;
        const report = assessEntries(services, migration, entries);
        const wish = isOpen(wishes.start, run) ? wishes.start : undefined;
        const start = mayStart({
          migration: moved ?? migration,
          report,
          wish,
          now,
          quietMinutes: config.offline.quietMinutes,
          newestArrival: entries.map((entry) => entry.record.arrivedAt).reduce((a, b) => (a > b ? a : b), ""),
        });
        const at = now.toISOString();
        if (!more && start.start) {
          const startable = { ...(moved ?? migration), startPlan: report.planVersion, updatedAt: at };
          const isNew = migration.state === "draft" || migration.state === "waitingForChain"; // else an earlier try came further
          return { ...(isNew && { change: { migration: startable } }), answer: { end: { end: "startable" } } };
        }
        const isWhole = canStart(report, wish?.forced?.passedOver);
        const stale = wish && isWhole && !holdsFor(wish, report) ? wish : undefined;
        return {
          ...((moved || stale) && {
            change: {
              migration: moved ?? migration,
              ...(stale && { wish: answered(stale, "refused", at, saidOfAnotherPlan(stale, report.planVersion)) }),
            },
          }),
          answer: {
            nextLookSeconds: more || start.start ? 1 : lookAgain(services, entries, start.nextLookSeconds), // a large folder is announced in portions
          },
        };
      },
    );
  };

const saidOfAnotherPlan = ({ planVersion }: StartWish, now: string): string =>
  `The word to start was said of plan ${planVersion}; the plan is ${now} by now. Look at it, then say it again.`;
