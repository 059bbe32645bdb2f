// POST /migrations/{id}/resume: what stood still was mended; the run goes on from the recorded facts, and adopts what goes on at DMS.
import type { HttpHandler } from "@azure/functions";
import { ResumeRequest } from "../../../shared/api/requests.ts";
import { migrationLine } from "../../../shared/api/views.ts";
import { eventContext } from "../../../shared/application/run/eventContext.ts";
import { publishOutbox } from "../../../shared/application/run/publishOutbox.ts";
import { signalRun } from "../../../shared/application/run/signalWatch.ts";
import { migrationEvent } from "../../../shared/migration/events/eventBuilders.ts";
import { hasEnded } from "../../../shared/migration/migration.ts";
import type { Services } from "../../../shared/ports.ts";
import { auditOf } from "../audit.ts";
import { bodyOf, endpoint, isRefusal, migrationOf } from "../endpoint.ts";
import { json } from "../respond.ts";

export const resumeMigration = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Operator", async ({ request, invocation, caller }) => {
    const parsed = await bodyOf(request, ResumeRequest);
    if (isRefusal(parsed)) return parsed;
    for (;;) {
      const facts = await migrationOf(services, request);
      if (isRefusal(facts)) return facts;
      const { migrationId, run, state } = facts.migration;
      if (hasEnded(facts.migration))
        return { problem: "not-resumable", detail: `The migration is ${state}: there is no run to go on with.`, state };
      const { stalled, ...resumed } = facts.migration;
      if (stalled) {
        const now = services.clock.now().toISOString();
        const migration = { ...resumed, updatedAt: now };
        const reason = parsed.body.reason ?? `Resumed by ${caller.name}.`;
        const committed = await services.migrations.commit({
          migrationId,
          version: facts.version,
          migration,
          events: [
            migrationEvent(eventContext(services, migration), "migration.resumed", `run-${run}|${stalled.since}`, {
              by: caller.name,
              what: stalled.what,
            }),
          ],
          audit: [auditOf(services, caller, "resume", "accepted", reason, { run, stalledSince: stalled.since })],
        });
        if (committed === "conflict") continue;
      }
      await signalRun(services, invocation, resumed); // also where nothing was stalled: asking twice is harmless
      await publishOutbox(services, invocation, migrationId);
      return json(202, migrationLine(resumed), { location: `/api/v1/migrations/${migrationId}` });
    }
  });
