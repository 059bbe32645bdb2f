// POST /migrations/{id}/cancel: notes the wish and wakes the migration; the orchestrator does the rest.
import type { HttpHandler } from "@azure/functions";
import { CancelRequest } from "../../../shared/api/requests.ts";
import { signalRun } from "../../../shared/application/run/signalWatch.ts";
import { nextWishId } from "../../../shared/migration/ids.ts";
import { type CancelWish, hasEnded } from "../../../shared/migration/migration.ts";
import type { Services } from "../../../shared/ports.ts";
import { auditOf } from "../audit.ts";
import { bodyOf, endpoint, isRefusal, migrationOf } from "../endpoint.ts";
import { accepted } from "../respond.ts";

export const cancelMigration = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Operator", async ({ request, invocation, caller }) => {
    const parsed = await bodyOf(request, CancelRequest);
    if (isRefusal(parsed)) return parsed;
    for (;;) {
      const facts = await migrationOf(services, request);
      if (isRefusal(facts)) return facts;
      const { migration, version, wishes } = facts;
      const { migrationId, run, state } = migration;
      const said = wishes.cancel?.run === run ? wishes.cancel : undefined;
      if (said && said.outcome?.status !== "refused" && !migration.stalled) {
        await signalRun(services, invocation, migration);
        return accepted(
          said.wishId,
          `The cancel was asked for by ${said.by} at ${said.at}.`,
          services.config.dms.pollSeconds,
        );
      }
      if (hasEnded(migration) || state === "cuttingOver")
        return {
          problem: "not-cancelable",
          detail: hasEnded(migration)
            ? `The migration is ${state}: there is nothing to cancel.`
            : "The cutover is under way; DMS no longer takes a cancel.",
          migrationStatus: state,
        };
      const wish: CancelWish = {
        kind: "cancel",
        wishId: nextWishId(migration, "cancel", said),
        run,
        by: caller.name,
        at: services.clock.now().toISOString(),
        reason: parsed.body.reason,
      };
      const audit = [auditOf(services, caller, "cancel", "accepted", parsed.body.reason, { run })];
      const { stalled: _, ...going } = migration; // a run that stands still goes on, and ends with the cancel
      const change = { migrationId, version, migration: going, wish, audit };
      if ((await services.migrations.commit(change)) === "conflict") continue;
      await signalRun(services, invocation, migration);
      return accepted(wish.wishId, "The cancel is noted.", services.config.dms.pollSeconds);
    }
  });
