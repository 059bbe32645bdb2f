// Step 3: is everything ready to receive the database? Every check is recorded, whatever it says.
import { isBeforeStart, isOver } from "../../shared/migration/migration.ts";
import { outcomes, passed, preflightFailure } from "../../shared/migration/preflight.ts";
import { preflightOutage } from "../../shared/migration/waiting.ts";
import type { Services } from "../../shared/services.ts";
import { announceVerdicts } from "../announceVerdicts.ts";
import { decideInRun, factsOf } from "../decide.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";
import { hasTarget, runChecks } from "../runChecks.ts";
import { filesOfFolder } from "../takeBackup.ts";
import { waited, waitFor } from "./waits.ts";

export const runPreflight =
  (services: Services): StepHandler<typeof steps.runPreflight> =>
  async ({ migrationId, run }, log) => {
    const { migration } = await factsOf(services, migrationId);
    if (isOver(migration, run)) return { passed: false };
    if (migration.state !== "preflighting" && !isBeforeStart(migration)) return { passed: true }; // an earlier try came further
    if (!hasTarget(migration)) throw new Error(`Migration "${migrationId}" was started without a target.`);
    const { checks, isPassing } = await runChecks(services, migration);
    const ok = passed(checks);
    if (!ok && isPassing) {
      const { message } = preflightFailure(checks);
      await waitFor(services, log, migration, preflightOutage(message), undefined);
      await announceVerdicts(services, log, migrationId, await filesOfFolder(services, migrationId));
      throw new Error(`Azure cannot be asked right now: ${message}`); // tried again
    }
    const noted = await decideInRun(services, log, migrationId, run, ({ migration: current }) => ({
      change: {
        migration: {
          ...waited(services, current, undefined).migration,
          checks,
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
      answer: ok ? { passed: true } : { passed: false, failure: preflightFailure(checks) },
    }));
    return noted ?? { passed: false };
  };
