// POST /migrations/{id}/preflight: runs the checks now. They change nothing in Azure; the last result is kept with the migration.
import type { HttpHandler } from "@azure/functions";
import { auditOf } from "../../../shared/application/commands/audit.ts";
import { decide } from "../../../shared/application/run/decide.ts";
import { withCounts } from "../../../shared/application/source/noteAssessed.ts";
import { hasTarget, runChecks } from "../../../shared/application/start/runChecks.ts";
import type { Services } from "../../../shared/ports.ts";
import { outcomes, passed } from "../../../shared/preflight/preflight.ts";
import { azureEndpoint, isRefusal, migrationOf } from "../endpoint.ts";
import { json } from "../respond.ts";

export const preflightMigration = (services: Services): HttpHandler =>
  azureEndpoint(services, "Ferry.Operator", async ({ request, invocation, caller }) => {
    const facts = await migrationOf(services, request);
    if (isRefusal(facts)) return facts;
    const { migration, wishes } = facts;
    if (!hasTarget(migration))
      return {
        problem: "not-startable",
        detail: "The migration has no target yet, so there is nothing to check. Name one: POST /api/v1/migrations.",
        state: migration.state,
      };
    const ranAt = services.clock.now().toISOString();
    const { checks, seen } = await runChecks(services, migration, wishes.start);
    const isFine = passed(checks);
    const detail = isFine ? "The preflight passed." : "The preflight failed.";
    return decide(services, invocation, migration.migrationId, ({ migration: current }) => ({
      change: {
        migration: {
          ...withCounts(current, seen),
          checks,
          checksAt: ranAt,
          updatedAt: services.clock.now().toISOString(),
        },
        audit: [auditOf(services, caller, "decision", isFine ? "accepted" : "refused", detail, outcomes(checks))],
      },
      answer: json(200, { migrationId: current.migrationId, passed: isFine, checks }),
    }));
  });
