// GET /operations/{operationId}: what became of a start, a cutover or a cancel that was answered with 202?
import type { HttpHandler } from "@azure/functions";
import { parseWishId } from "../../../shared/migration/ids.ts";
import { hasEnded, type Migration, type Wish, type WishOutcome } from "../../../shared/migration/migration.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint } from "../endpoint.ts";
import { json } from "../respond.ts";

export const getOperation = (services: Services): HttpHandler =>
  endpoint(services, "GetOperation", async ({ request }) => {
    const asked = request.params["operationId"] ?? "";
    const parts = parseWishId(asked);
    const facts = parts && (await services.migrations.facts(parts.migrationId));
    const wish = parts && facts?.wishes[parts.kind];
    if (!facts || !wish || wish.wishId !== asked)
      return {
        problem: "not-found",
        detail: `There is no operation "${asked.slice(0, 120)}", or a later one has taken its place.`,
      };
    const { migration } = facts;
    const outcome = outcomeOf(wish, migration);
    return json(200, {
      operationId: wish.wishId,
      kind: wish.kind,
      migrationId: migration.migrationId,
      run: wish.run,
      by: wish.by,
      at: wish.at,
      status: outcome?.status ?? "running",
      detail: outcome?.detail ?? `The migration is ${migration.state}.`,
      migrationState: migration.state,
    });
  });

/** A cutover is done when the database is online: that DMS took the request says nothing of its end. */
function outcomeOf(
  { kind, run, outcome }: Wish,
  { run: current, state, failure }: Migration,
): Pick<WishOutcome, "status" | "detail"> | undefined {
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
