// Step 3: is the target ready to receive the database? Every check is recorded, whatever it says.
import { passed, preflight } from "../../shared/migration/preflight.ts";
import type { Services } from "../../shared/services.ts";
import { assessFolder } from "../assessFolder.ts";
import { decide, factsOf } from "../decide.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const runPreflight =
  (services: Services): StepHandler<typeof steps.runPreflight> =>
  async ({ migrationId, run }, log) => {
    const { migration } = await factsOf(services, migrationId);
    const { target } = migration;
    if (!target) throw new Error(`Migration "${migrationId}" was started without a target.`);
    const [vm, seen, { report }] = await Promise.all([
      services.vm.observe(target.sqlVmResourceId),
      services.engine.observe(target),
      assessFolder(services, migration),
    ]);
    const checks = preflight({ vm, seen, report, target });
    const ok = passed(checks);
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
            facts: Object.fromEntries(checks.map((check) => [check.id, check.outcome])),
          },
        ],
      },
      answer: { passed: ok },
    }));
  };
