// POST /migrations/{id}/cutover: checks the gate for an immediate answer, notes the wish and wakes the migration; the orchestrator does the rest.
import type { HttpHandler } from "@azure/functions";
import { CutoverRequest } from "../../../shared/api/requests.ts";
import { auditOf } from "../../../shared/application/commands/audit.ts";
import { cutoverFacts } from "../../../shared/application/cutover/cutoverFacts.ts";
import { signalRun } from "../../../shared/application/run/signalWatch.ts";
import { leftOutsideThePlan, mayCutOver } from "../../../shared/cutover/cutoverGate.ts";
import { nextWishId } from "../../../shared/migration/ids.ts";
import { type CutoverWish, hasEnded } from "../../../shared/migration/migration.ts";
import type { EngineFailure } from "../../../shared/migration/observed.ts";
import { MOST_PASSED_OVER, passedOverOf } from "../../../shared/migration/passedOver.ts";
import type { Refusal } from "../../../shared/migration/refusals.ts";
import type { Services } from "../../../shared/ports.ts";
import { type Answer, type Asked, azureEndpoint, bodyOf, isRefusal, migrationOf, planVersionIn } from "../endpoint.ts";
import { accepted } from "../respond.ts";

export const requestCutover = (services: Services): HttpHandler =>
  azureEndpoint(services, "Ferry.Operator", noteWish(services));

const noteWish =
  (services: Services) =>
  async ({ request, invocation, caller }: Asked): Promise<Answer> => {
    const parsed = await bodyOf(request, CutoverRequest);
    if (isRefusal(parsed)) return parsed;
    const { body } = parsed;
    for (;;) {
      const facts = await migrationOf(services, request);
      if (isRefusal(facts)) return facts;
      const { migration, version, wishes } = facts;
      const { migrationId, run, state } = migration;
      const said = wishes.cutover?.run === run ? wishes.cutover : undefined;
      if (said && said.outcome?.status !== "refused" && (state === "succeeded" || !hasEnded(migration))) {
        await signalRun(services, invocation, migration);
        return accepted(
          said.wishId,
          `The cutover was asked for by ${said.by} at ${said.at}.`,
          services.config.dms.pollSeconds,
        );
      }
      if (state !== "restoring" && state !== "readyForCutover")
        return {
          problem: "not-cutover-able",
          detail: `The migration is ${state}; it can be cut over while it is restored.`,
          migrationStatus: state,
        };

      if (migration.stalled)
        return {
          problem: "not-cutover-able",
          detail: `The run stands still since ${migration.stalled.since}: ${migration.stalled.what} Resume it first.`,
          migrationStatus: state,
        };

      const seen = await cutoverFacts(services, migration);
      if (seen.kind === "unavailable") return notAsked(seen.failure, services.config.dms.pollSeconds);
      if (seen.kind === "absent")
        return {
          problem: "not-cutover-able",
          detail: "DMS does not show this run's operation.",
          migrationStatus: "absent",
        };
      const { planVersion } = seen.report;
      const ifMatch = planVersionIn(request, "if-match");
      if (ifMatch === undefined)
        return {
          problem: "if-match-required",
          detail: 'A cutover is bound to the plan that you have seen: send If-Match: "<planVersion>".',
          planVersion,
        };

      const gate = mayCutOver(seen.gate, { ...body, ifMatch });
      const now = services.clock.now().toISOString();
      const auditFacts = {
        planVersion,
        sourceClosed: body.sourceClosed,
        forced: body.force,
        ...(body.reason !== undefined && { reason: body.reason }),
        ...(seen.gate.loss.seconds !== undefined && { lossSeconds: seen.gate.loss.seconds }),
        ...Object.fromEntries(gate.lines.map((line) => [line.id, line.ok])),
      };
      if (!gate.allowed) {
        const detail = gate.refusals.map((refusal) => refusal.detail).join(" ");
        const audit = [auditOf(services, caller, "cutover", "refused", detail, auditFacts)];
        if ((await services.migrations.commit({ migrationId, version, migration, audit })) === "conflict") continue;
        return gate.refusals;
      }
      const passedOver = body.force ? passedOverOf(leftOutsideThePlan(seen.gate)) : [];
      if (passedOver.length > MOST_PASSED_OVER)
        return {
          problem: "not-cutover-able",
          detail: `${passedOver.length} files are not restored; a cutover may be forced past ${MOST_PASSED_OVER}. Move those that do not belong to the database out of its folder, then ask again.`,
          migrationStatus: state,
        };
      const wish: CutoverWish = {
        kind: "cutover",
        wishId: nextWishId(migration, "cutover", said),
        run,
        by: caller.name,
        at: now,
        planVersion,
        sourceClosed: body.sourceClosed,
        force: body.force,
        ...(body.force && { passedOver }),
        ...(body.reason !== undefined && { reason: body.reason }),
        ...(body.lastBackupName !== undefined && { lastBackupName: body.lastBackupName }),
      };
      const audit = [auditOf(services, caller, "cutover", "accepted", seen.gate.loss.text, auditFacts)];
      if ((await services.migrations.commit({ migrationId, version, migration, wish, audit })) === "conflict") continue;
      await signalRun(services, invocation, migration);
      return accepted(
        wish.wishId,
        "The cutover is noted; the gate is checked once more when its turn comes.",
        services.config.dms.pollSeconds,
      );
    }
  };

/** DMS could not be asked: because it is busy, because it does not answer, or for a reason that somebody has to mend. */
function notAsked(failure: EngineFailure, usualSeconds: number): Refusal {
  const { kind, code, message, cause, remedy, retryAfterSeconds = usualSeconds } = failure;
  if (kind === "user")
    return { problem: "dms-error", detail: `${cause} ${message}`, code, message, cause, fix: remedy };
  if (/429|throttl|toomany/i.test(code)) return { problem: "throttled", detail: message, retryAfterSeconds };
  return { problem: "dms-unavailable", detail: `${cause} ${message}`, code, retryAfterSeconds };
}
