// POST /migrations/{id}/findings/{check}/acknowledge: somebody answers for a finding of the source, which then refuses no start any more.
import type { HttpHandler } from "@azure/functions";
import { AcknowledgeRequest } from "../../../shared/api/requests.ts";
import { auditOf } from "../../../shared/application/commands/audit.ts";
import { assessFolder } from "../../../shared/application/files/assessFolder.ts";
import { seeSource } from "../../../shared/application/source/assessedSource.ts";
import { noteAssessed } from "../../../shared/application/source/noteAssessed.ts";
import type { SourceFinding } from "../../../shared/assessed/assessedSource.ts";
import type { Acknowledgement } from "../../../shared/migration/migration.ts";
import type { Refusal } from "../../../shared/migration/refusals.ts";
import type { Services } from "../../../shared/ports.ts";
import { bodyOf, endpoint, isRefusal, migrationOf } from "../endpoint.ts";
import { json } from "../respond.ts";

export const acknowledgeFinding = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Operator", async ({ request, invocation, caller }) => {
    const parsed = await bodyOf(request, AcknowledgeRequest);
    if (isRefusal(parsed)) return parsed;
    for (;;) {
      const facts = await migrationOf(services, request);
      if (isRefusal(facts)) return facts;
      const { migration, version } = facts;
      const { migrationId, state, target } = migration;
      if (!target)
        return {
          problem: "not-startable",
          detail:
            "The migration has no target yet, and what is acknowledged holds for one VM. Name it: POST /api/v1/migrations.",
          state,
        };
      const seen = await seeSource(services, migration, await assessFolder(services, migration));
      const findings = seen.kind === "assessed" ? seen.source.findings : [];
      const asked = (request.params["check"] ?? "").toUpperCase();
      const finding = findings.find(({ check }) => check === asked);
      const refused = refusalOf(asked, finding, parsed.body.fingerprint);
      if (refused) return refused;
      const { check, title, observed, fingerprint, acknowledged } = finding as SourceFinding;
      const next = state === "preflightFailed" ? " Restart the migration to go on." : "";
      const answer = (by: string) =>
        json(200, {
          migrationId,
          check,
          detail: `${check} ${title} (${observed}) is acknowledged by ${by} and refuses no start to this VM any more.${next}`,
        });
      if (acknowledged) return answer(acknowledged.by);
      const at = services.clock.now().toISOString();
      const { reason } = parsed.body;
      const { sqlVmResourceId } = target;
      const mine: Acknowledgement = { check, fingerprint, sqlVmResourceId, by: caller.name, at, reason };
      const others = (migration.acknowledgements ?? []).filter((one) => one.check !== check);
      const committed = await services.migrations.commit({
        migrationId,
        version,
        migration: { ...migration, acknowledgements: [...others, mine], updatedAt: at },
        audit: [
          auditOf(services, caller, "acknowledge", "accepted", reason, {
            check,
            title,
            observed,
            fingerprint,
            sqlVmResourceId,
          }),
        ],
      });
      if (committed === "conflict") continue;
      await noteAssessed(services, invocation, migrationId);
      return answer(caller.name);
    }
  });

/** Only what was found, and is still what the caller has seen, can be answered for. */
function refusalOf(asked: string, finding: SourceFinding | undefined, seen: string | undefined): Refusal | undefined {
  if (finding?.outcome !== "found")
    return {
      problem: "not-found",
      detail: finding
        ? `${finding.check} ${finding.title} is ${finding.outcome} (${finding.observed}): there is nothing to acknowledge.`
        : `No published assessment says anything of ${asked.slice(0, 20)} for this migration.`,
    };
  if (finding.check === "S10" && finding.objects === undefined)
    return {
      problem: "validation",
      detail:
        "Which certificate encrypts the database was not seen, so that an acknowledgement would hold for any. Assess the server with a login that may see it (npx ferry assess --login-script 2019 prints the grants), publish that, then acknowledge it.",
      errors: [{ pointer: "", message: "S10 without a thumbprint" }],
    };
  if (seen === undefined || seen === finding.fingerprint) return undefined;
  return {
    problem: "finding-changed",
    detail: `${finding.check} ${finding.title} is another finding by now: ${finding.observed}. Look at it, then acknowledge it.`,
    fingerprint: finding.fingerprint,
  };
}
