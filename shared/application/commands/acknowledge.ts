// Decides about an acknowledgement: a person answers for a finding of the source, which then no longer refuses a start
// to this target.
import type { Acknowledged } from "../../api/answers/migrations.ts";
import type { AcknowledgeBody } from "../../api/bodies.ts";
import type { SourceFinding } from "../../assessed/assessedSource.ts";
import type { Acknowledgement, Outcome } from "../../migration/migration.ts";
import type { Refusal } from "../../migration/refusals.ts";
import { assessFolder } from "../files/assessFolder.ts";
import { seeSource } from "../source/assessedSource.ts";
import { withCounts } from "../source/noteAssessed.ts";
import { auditOf } from "./audit.ts";
import { type Command, onMigration } from "./command.ts";

/** `about` has the migration's "id" and the "check" of its finding. */
export const acknowledge: Command<AcknowledgeBody> = (services, invocation, asked) =>
  onMigration(services, invocation, asked, async ({ migration }) => {
    const { caller, body } = asked;
    const { migrationId, state, target } = migration;
    if (!target)
      return {
        refused: {
          problem: "not-startable",
          detail:
            "The migration has no target yet, and what is acknowledged holds for one VM. Name it: POST /api/v1/migrations.",
          state,
        },
      };
    const folder = await assessFolder(services, migration);
    const seen = await seeSource(services, migration, folder);
    const findings = seen.kind === "assessed" ? seen.source.findings : [];
    const wanted = (asked.about["check"] ?? "").toUpperCase();
    const finding = findings.find(({ check }) => check === wanted);
    const refused = refusalOf(wanted, finding, body.fingerprint);
    if (refused) return { refused };
    const { check, title, observed, fingerprint, acknowledged } = finding as SourceFinding;
    const next = state === "preflightFailed" ? " Restart the migration to go on." : "";
    const answer = (by: string): Outcome => ({
      did: "done",
      body: {
        migrationId,
        check,
        detail: `${check} ${title} (${observed}) is acknowledged by ${by} and refuses no start to this VM any more.${next}`,
      } satisfies Acknowledged,
    });
    if (acknowledged) return { outcome: answer(acknowledged.by) };
    const at = services.clock.now().toISOString();
    const { reason } = body;
    const { sqlVmResourceId } = target;
    const mine: Acknowledgement = { check, fingerprint, sqlVmResourceId, by: caller.name, at, reason };
    const others = (migration.acknowledgements ?? []).filter((one) => one.check !== check);
    const answeredFor = { ...migration, acknowledgements: [...others, mine], updatedAt: at };
    const facts = { check, title, observed, fingerprint, sqlVmResourceId };
    return {
      change: {
        migration: withCounts(answeredFor, await seeSource(services, answeredFor, folder)),
        audit: [auditOf(services, caller, "acknowledge", "accepted", reason, facts)],
      },
      outcome: answer(caller.name),
    };
  });

/** Only a finding that exists, and is still as the caller has seen it, can be acknowledged. */
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
