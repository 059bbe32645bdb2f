// Step 3: is everything ready to receive the database? Every check is recorded, whatever it says.
import { outcomes, passed, preflightFailure } from "../../shared/migration/preflight.ts";
import type { Services } from "../../shared/services.ts";
import { decide, factsOf } from "../decide.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";
import { hasTarget, runChecks } from "../runChecks.ts";

export const runPreflight =
  (services: Services): StepHandler<typeof steps.runPreflight> =>
  async ({ migrationId, run }, log) => {
    const { migration, wishes } = await factsOf(services, migrationId);
    if (!hasTarget(migration)) throw new Error(`Migration "${migrationId}" was started without a target.`);
    const { checks, isPassing } = await runChecks(services, migration, wishes.start);
    const ok = passed(checks);
    if (!ok && isPassing) throw new Error(`Azure cannot be asked right now: ${preflightFailure(checks).message}`); // tried again
    return decide(services, log, migrationId, ({ migration: current }) => ({
      change: {
        migration: { ...current, checks, updatedAt: services.clock.now().toISOString() },
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
  };
