// Reads the outcome of a start, a cutover or a cancel that was noted.
import type { Operation } from "../../api/answers/migrations.ts";
import { parseRequestId } from "../../migration/ids.ts";
import { hasEnded, type Migration, type MigrationRequest, type RequestOutcome } from "../../migration/migration.ts";
import type { Services } from "../../ports.ts";

/** By the id in the answer to the request; undefined when there is none, or a later request has replaced it. */
export async function operationOf({ migrations }: Services, requestId: string): Promise<Operation | undefined> {
  const parts = parseRequestId(requestId);
  const facts = parts && (await migrations.facts(parts.migrationId));
  const request = parts && facts?.requests[parts.kind];
  if (!facts || facts.migration.forgottenAt !== undefined || !request || request.requestId !== requestId)
    return undefined;
  const { migration } = facts;
  const outcome = outcomeOf(request, migration);
  return {
    requestId,
    operationId: requestId,
    kind: request.kind,
    migrationId: migration.migrationId,
    run: request.run,
    by: request.by,
    at: request.at,
    status: outcome?.status ?? "running",
    detail: outcome?.detail ?? `The migration is ${migration.state}.`,
    migrationState: migration.state,
  };
}

/** A cutover is done when the database is online: that DMS accepted the request says nothing about its end. */
function outcomeOf(
  { kind, run, outcome }: MigrationRequest,
  { run: current, state, failure }: Migration,
): Pick<RequestOutcome, "status" | "detail"> | undefined {
  const isOver = current !== run || hasEnded({ state });
  const isAsked = kind === "cutover" && outcome?.status === "done";
  if (isAsked && current === run && state === "succeeded")
    return { status: "done", detail: "The database is online on the target." };
  if (outcome !== undefined && !isAsked) return outcome;
  if (!isOver) return undefined;
  const end =
    current === run ? `The run has ended: ${state}.` : `Run ${run} has ended; the migration is in run ${current}.`;
  return { status: "superseded", detail: [end, failure?.message].filter(Boolean).join(" ") };
}
