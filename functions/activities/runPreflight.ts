// Step 3: is everything ready to receive the database? Every check is recorded, whatever it says. One turn of AwaitPreflight.
import { isBeforeStart, isOver, type RunEnd } from "../../shared/migration/migration.ts";
import { outcomes, passed, preflightFailure } from "../../shared/migration/preflight.ts";
import { preflightOutage } from "../../shared/migration/waiting.ts";
import type { Services } from "../../shared/services.ts";
import { announceVerdicts } from "../announceVerdicts.ts";
import { claimTarget } from "../claimTarget.ts";
import { decideInRun, factsOf } from "../decide.ts";
import { withCounts } from "../noteAssessed.ts";
import type { Look, StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";
import { hasTarget, runChecks } from "../runChecks.ts";
import { filesOfFolder } from "../takeBackup.ts";
import { waited, waitFor } from "./waits.ts";
import { isOpen } from "./wishes.ts";

type Found = Look<{ readonly end: "passed" } | RunEnd>;

export const runPreflight =
  (services: Services): StepHandler<typeof steps.runPreflight> =>
  async ({ migrationId, run, watch }, log) => {
    await services.migrations.listen(migrationId, watch);
    const { migration, wishes } = await factsOf(services, migrationId);
    if (isOver(migration, run) || isOpen(wishes.cancel, run)) return { end: { end: "canceled" } };
    if (migration.state !== "preflighting" && !isBeforeStart(migration)) return { end: { end: "passed" } }; // an earlier try came further
    if (!hasTarget(migration)) throw new Error(`Migration "${migrationId}" was started without a target.`);
    await claimTarget(services, migrationId, migration.target); // P20 tells whose it is otherwise
    const { checks, seen, isPassing } = await runChecks(services, migration, wishes.start);
    const ok = passed(checks);
    if (!ok && isPassing) {
      const entries = await filesOfFolder(services, migrationId);
      const more = await announceVerdicts(services, log, migrationId, entries);
      const next = await waitFor(
        services,
        log,
        migration,
        preflightOutage(preflightFailure(checks).message),
        undefined,
      );
      return more ? { nextLookSeconds: 1 } : next;
    }
    const noted = await decideInRun<Found>(services, log, migrationId, run, ({ migration: current }) => ({
      change: {
        migration: {
          ...withCounts(waited(services, current, undefined).migration, seen),
          checks,
          checksAt: services.clock.now().toISOString(),
          updatedAt: services.clock.now().toISOString(),
        },
        audit: [
          {
            id: `preflight-${run}`,
            at: services.clock.now().toISOString(),
            by: "sqlferry",
            action: "decision",
            result: ok ? "accepted" : "refused",
            detail: ok ? "The preflight passed." : "The preflight failed.",
            facts: outcomes(checks),
          },
        ],
      },
      answer: { end: ok ? { end: "passed" } : { end: "preflightFailed", failure: preflightFailure(checks) } },
    }));
    return noted ?? { end: { end: "canceled" } };
  };
