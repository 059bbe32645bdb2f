// Decides about a request for the cutover: checks the gate for an immediate answer and notes the request; the gate is
// checked once more when its turn comes.
import type { CutoverBody } from "../../api/bodies.ts";
import { leftOutsideThePlan, mayCutOver } from "../../cutover/cutoverGate.ts";
import { nextRequestId } from "../../migration/ids.ts";
import { type CutoverRequest, hasEnded, type Migration } from "../../migration/migration.ts";
import type { EngineFailure } from "../../migration/observed.ts";
import { MOST_PASSED_OVER, passedOverOf } from "../../migration/passedOver.ts";
import type { Refusal } from "../../migration/refusals.ts";
import { cutoverFacts } from "../cutover/cutoverFacts.ts";
import { auditOf } from "./audit.ts";
import { type Command, type Decided, onMigration } from "./command.ts";
import { operation } from "./operation.ts";

export const cutover: Command<CutoverBody> = (services, invocation, asked) =>
  onMigration(services, invocation, asked, async ({ migration, requests }): Promise<Decided> => {
    const { caller, body, planVersion: ifMatch } = asked;
    const { run, state } = migration;
    const earlier = requests.cutover?.run === run ? requests.cutover : undefined;
    if (earlier && earlier.outcome?.status !== "refused" && (state === "succeeded" || !hasEnded(migration)))
      return { outcome: operation(services, earlier, `The cutover was asked for by ${earlier.by} at ${earlier.at}.`) };
    const notNow = whyNotNow(migration);
    if (notNow !== undefined) return { refused: notCutOverAble(notNow, state) };

    const seen = await cutoverFacts(services, migration);
    if (seen.kind === "unavailable") return { refused: notAsked(seen.failure, services.config.dms.pollSeconds) };
    if (seen.kind === "absent") return { refused: notCutOverAble("DMS does not show this run's operation.", "absent") };
    const { planVersion } = seen.report;
    if (ifMatch === undefined) {
      const detail = 'A cutover is bound to the plan that you have seen: send If-Match: "<planVersion>".';
      return { refused: { problem: "if-match-required", detail, planVersion } };
    }

    const gate = mayCutOver(seen.gate, { ...body, ifMatch });
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
      return {
        refused: gate.refusals,
        audit: [auditOf(services, caller, "cutover", "refused", detail, auditFacts)],
      };
    }
    const passedOver = body.force ? passedOverOf(leftOutsideThePlan(seen.gate)) : [];
    if (passedOver.length > MOST_PASSED_OVER) {
      const detail = `${passedOver.length} files are not restored; a cutover may be forced past ${MOST_PASSED_OVER}. Move those that do not belong to the database out of its folder, then ask again.`;
      return { refused: notCutOverAble(detail, state) };
    }
    const request: CutoverRequest = {
      kind: "cutover",
      requestId: nextRequestId(migration, "cutover", earlier),
      run,
      by: caller.name,
      at: services.clock.now().toISOString(),
      planVersion,
      sourceClosed: body.sourceClosed,
      force: body.force,
      ...(body.force && { passedOver }),
      ...(body.reason !== undefined && { reason: body.reason }),
      ...(body.lastBackupName !== undefined && { lastBackupName: body.lastBackupName }),
    };
    return {
      change: {
        migration,
        request,
        audit: [auditOf(services, caller, "cutover", "accepted", seen.gate.loss.text, auditFacts)],
      },
      outcome: operation(services, request, "The cutover is noted; the gate is checked once more when its turn comes."),
    };
  });

/** Undefined when the migration is being restored and has not stalled. */
function whyNotNow({ state, stalled }: Migration): string | undefined {
  if (state !== "restoring" && state !== "readyForCutover")
    return `The migration is ${state}; it can be cut over while it is restored.`;
  return stalled && `The run stands still since ${stalled.since}: ${stalled.what} Resume it first.`;
}

const notCutOverAble = (detail: string, migrationStatus: string): Refusal => ({
  problem: "not-cutover-able",
  detail,
  migrationStatus,
});

/** DMS could not be asked: it is busy, it does not answer, or a person has to fix something. */
function notAsked(failure: EngineFailure, usualSeconds: number): Refusal {
  const { kind, code, message, cause, remedy, retryAfterSeconds = usualSeconds } = failure;
  if (kind === "user")
    return { problem: "dms-error", detail: `${cause} ${message}`, code, message, cause, fix: remedy };
  if (/429|throttl|toomany/i.test(code)) return { problem: "throttled", detail: message, retryAfterSeconds };
  return { problem: "dms-unavailable", detail: `${cause} ${message}`, code, retryAfterSeconds };
}
