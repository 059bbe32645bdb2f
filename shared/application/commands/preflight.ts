// Runs the checks of the preflight now. They change nothing in Azure; the last result is stored with the migration.
import type { Preflight } from "../../api/answers/migrations.ts";
import type { MigrationTarget } from "../../migration/migration.ts";
import { outcomes, passed } from "../../preflight/preflight.ts";
import { isSameTarget } from "../../start/targetClaim.ts";
import { withCounts } from "../source/noteAssessed.ts";
import { hasTarget, type RunChecks, runChecks } from "../start/runChecks.ts";
import { auditOf } from "./audit.ts";
import { type Command, onMigration } from "./command.ts";

export const preflight: Command<unknown> = (services, invocation, asked) => {
  let ran: (RunChecks & { readonly ranAt: string; readonly target: MigrationTarget }) | undefined;
  return onMigration(services, invocation, asked, async ({ migration, requests }) => {
    const { migrationId, state } = migration;
    if (!hasTarget(migration))
      return {
        refused: {
          problem: "not-startable",
          detail: "The migration has no target yet, so there is nothing to check. Name one: POST /api/v1/migrations.",
          state,
        },
      };
    // Azure is asked once: when only the record has changed meanwhile, the result still holds.
    const { target } = migration;
    if (!ran || !isSameTarget(ran.target, target)) {
      const ranAt = services.clock.now().toISOString();
      ran = { ranAt, target, ...(await runChecks(services, migration, requests.start)) };
    }
    const { checks, seen, ranAt } = ran;
    const isFine = passed(checks);
    const detail = isFine ? "The preflight passed." : "The preflight failed.";
    const updatedAt = services.clock.now().toISOString();
    const result = isFine ? "accepted" : "refused";
    return {
      change: {
        migration: { ...withCounts(migration, seen), checks, checksAt: ranAt, updatedAt },
        audit: [auditOf(services, asked.caller, "decision", result, detail, outcomes(checks))],
      },
      outcome: { did: "done", body: { migrationId, passed: isFine, checks } satisfies Preflight },
    };
  });
};
