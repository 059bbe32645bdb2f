// POST /migrations/{id}/restart: a new run after one that failed or was canceled. The files are still there; nothing is carried over from DMS.
import type { HttpHandler } from "@azure/functions";
import { NOTHING_RESTORED } from "../../shared/chain/backupRecord.ts";
import { hasEnded, type Migration } from "../../shared/migration/migration.ts";
import { migrationLine } from "../../shared/page/views.ts";
import type { Services } from "../../shared/services.ts";
import { claimTarget } from "../claimTarget.ts";
import { wakeRun } from "../wake.ts";
import { auditOf } from "./audit.ts";
import { bodyOf, endpoint, isRefusal, migrationOf } from "./endpoint.ts";
import { RestartRequest } from "./requests.ts";
import { json } from "./respond.ts";

export const restartMigration = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Operator", async ({ request, context, caller }) => {
    const parsed = await bodyOf(request, RestartRequest);
    if (isRefusal(parsed)) return parsed;
    for (;;) {
      const facts = await migrationOf(services, request);
      if (isRefusal(facts)) return facts;
      const { migration, version } = facts;
      const { migrationId, state } = migration;
      if (!hasEnded(migration) || state === "succeeded")
        return {
          problem: "not-restartable",
          detail: `The migration is ${state}; a restart follows a run that failed or was canceled.`,
          state,
        };
      const rival = migration.target && (await claimTarget(services, migrationId, migration.target));
      if (rival)
        return {
          problem: "duplicate-target",
          detail: `The migration ${rival} has taken the target "${migration.target?.databaseName}" on this VM meanwhile. Let it end or cancel it, then restart this one.`,
          migrationId: rival,
        };
      const again = nextRun(migration, services.clock.now().toISOString());
      const audit = [
        auditOf(services, caller, "restart", "accepted", parsed.body.reason ?? `Run ${again.run} by ${caller.name}.`, {
          run: again.run,
        }),
      ];
      if ((await services.migrations.commit({ migrationId, version, migration: again, audit })) === "conflict")
        continue;
      await wakeRun(services, context, again);
      return json(202, migrationLine(again), { location: `/api/v1/migrations/${migrationId}` });
    }
  });

/** What was wanted stays, what became of it goes. */
const nextRun = (
  { migrationId, run, mode, start, source, target, assessed, acknowledgements, createdAt, createdBy }: Migration,
  now: string,
): Migration => ({
  migrationId,
  run: run + 1,
  state: target ? "waitingForChain" : "draft",
  mode,
  start,
  source,
  ...(target && { target }),
  ...(assessed && { assessed }),
  ...(acknowledgements && { acknowledgements }),
  createdAt,
  createdBy,
  updatedAt: now,
  progress: NOTHING_RESTORED,
});
