// Step 2: are the files there, and the word to start? One turn of AwaitChain.
import { isBeforeStart, isOver, type StartWish } from "../../shared/migration/migration.ts";
import type { CatalogueEntry } from "../../shared/migration/ports.ts";
import { canStart, holdsFor, mayStart, newestArrivalOf } from "../../shared/migration/startPolicy.ts";
import { moveTo } from "../../shared/migration/transitions.ts";
import type { Services } from "../../shared/services.ts";
import { announceVerdicts } from "../announceVerdicts.ts";
import { assessEntries, recordsOf } from "../assessFolder.ts";
import { decide, type Log } from "../decide.ts";
import type { Look, StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";
import { filesOfFolder, lookAgain } from "../takeBackup.ts";
import { answered, isOpen } from "./wishes.ts";

/** Announces new verdicts, keeps the summary, and decides whether the restore may start; with that decision the start is fixed. Safe to repeat. */
export const lookAtFolder =
  (services: Services): StepHandler<typeof steps.lookAtFolder> =>
  async ({ migrationId, run, watch }, log) => {
    await services.migrations.listen(migrationId, watch);
    const entries = await filesOfFolder(services, migrationId); // after listen: whatever is written later wakes us again
    const found = await decideStart(services, log, { migrationId, run }, entries);
    const more = await announceVerdicts(services, log, migrationId, entries); // after it: no start waits for what there is to tell
    return more && "nextLookSeconds" in found ? { nextLookSeconds: 1 } : found; // a large folder is announced in portions
  };

type Found = Look<{ readonly end: "startable" } | steps.EarlyEnd>;

const decideStart = (
  services: Services,
  log: Log,
  { migrationId, run }: steps.MigrationRun,
  entries: readonly CatalogueEntry[],
): Promise<Found> =>
  decide<Found>(services, log, migrationId, ({ migration, wishes }) => {
    if (isOver(migration, run) || isOpen(wishes.cancel, run)) return { answer: { end: { end: "canceled" } } };
    if (!isBeforeStart(migration)) return { answer: { end: { end: "startable" } } }; // an earlier try came further
    const now = services.clock.now();
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
      quietMinutes: services.config.offline.quietMinutes,
      newestArrival: newestArrivalOf(recordsOf(entries)),
    });
    const at = now.toISOString();
    if (start.start) {
      const fixed = { ...moveTo(moved ?? migration, "preflighting", at), startPlan: report.planVersion };
      return { change: { migration: fixed }, answer: { end: { end: "startable" } } };
    }
    const stale = wish && canStart(report, wish.forced?.passedOver) && !holdsFor(wish, report) ? wish : undefined;
    return {
      ...((moved || stale) && {
        change: {
          migration: moved ?? migration,
          ...(stale && { wish: answered(stale, "refused", at, saidOfAnotherPlan(stale, report.planVersion)) }),
        },
      }),
      answer: {
        nextLookSeconds: lookAgain(services, entries, start.nextLookSeconds),
      },
    };
  });

const saidOfAnotherPlan = ({ planVersion }: StartWish, now: string): string =>
  `The word to start was said of plan ${planVersion}; the plan is ${now} by now. Look at it, then say it again.`;
