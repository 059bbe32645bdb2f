// POST /migrations/{id}/start: the word to start. For offline mode it means "all files are here", bound to a plan version.
import type { HttpHandler } from "@azure/functions";
import type { ChainReport } from "../../shared/chain/chainReport.ts";
import { wishIdOf } from "../../shared/migration/ids.ts";
import type { StartWish } from "../../shared/migration/migration.ts";
import type { Refusal } from "../../shared/migration/refusals.ts";
import type { Services } from "../../shared/services.ts";
import { assessFolder } from "../assessFolder.ts";
import { wake } from "../wake.ts";
import { auditOf } from "./audit.ts";
import { bodyOf, endpoint, ifMatchOf, isRefusal, migrationOf } from "./endpoint.ts";
import { StartRequest } from "./requests.ts";
import { accepted } from "./respond.ts";

export const startMigration = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Operator", async ({ request, context, caller }) => {
    const parsed = await bodyOf(request, StartRequest);
    if (isRefusal(parsed)) return parsed;
    for (;;) {
      const facts = await migrationOf(services, request);
      if (isRefusal(facts)) return facts;
      const { migration, version, wishes } = facts;
      const { migrationId, run, state, mode } = migration;
      const said = wishes.start?.run === run ? wishes.start : undefined;
      if (state !== "draft" && state !== "waitingForChain")
        return said
          ? accepted(said.wishId, `The start was asked for by ${said.by}; the migration is ${state}.`, retry(services))
          : { problem: "not-startable", detail: `The migration is ${state}: there is nothing to start.`, state };

      const { report } = await assessFolder(services, migration);
      const ifMatch = ifMatchOf(request);
      const unbound = boundTo(report, ifMatch, mode);
      if (unbound) return unbound;
      const notReady = mode === "offline" ? !report.canStartOffline : !report.canStartOnline;
      if (notReady && parsed.body.ifReady) return whyNotReady(report);

      const wish: StartWish = {
        kind: "start",
        wishId: wishIdOf(migrationId, run, "start", 1),
        run,
        by: caller.name,
        at: services.clock.now().toISOString(),
        planVersion: report.planVersion,
        chainWasComplete: !notReady,
      };
      const detail = notReady ? "Remembered: it starts when the chain is complete." : "The start is noted.";
      const audit = [auditOf(services, caller, "start", "accepted", detail, { planVersion: report.planVersion })];
      if ((await services.migrations.commit({ migrationId, version, migration, wish, audit })) === "conflict") continue;
      await wake(services, context, migrationId);
      return accepted(wish.wishId, detail, retry(services));
    }
  });

const retry = ({ config }: Services): number => config.dms.pollSeconds;

function boundTo(
  { planVersion }: ChainReport,
  ifMatch: string | undefined,
  mode: "online" | "offline",
): Refusal | undefined {
  if (ifMatch === undefined)
    return mode === "online"
      ? undefined
      : {
          problem: "if-match-required",
          detail:
            'Starting an offline migration says "all files are here": name the plan you mean with If-Match: "<planVersion>".',
          planVersion,
        };
  if (ifMatch === planVersion) return undefined;
  return {
    problem: "plan-changed",
    detail: `The plan is ${planVersion} by now, not ${ifMatch}: files arrived or were withdrawn. Look at it again.`,
    planVersion,
    changes: [],
  };
}

function whyNotReady(report: ChainReport): Refusal {
  if (report.databases)
    return {
      problem: "mixed-databases",
      detail: "The folder holds several databases: one folder each.",
      databases: report.databases,
    };
  if (report.gaps.length > 0)
    return { problem: "chain-gap", detail: "Log backups are missing; see the gaps.", gaps: report.gaps };
  return { problem: "chain-incomplete", detail: "The backup chain is not complete.", waitingFor: report.waitingFor };
}
