// GET /operations/{operationId}: what became of a start, a cutover or a cancel that was answered with 202?
import type { HttpHandler } from "@azure/functions";
import { parseWishId } from "../../shared/migration/ids.ts";
import { hasEnded } from "../../shared/migration/migration.ts";
import type { Services } from "../../shared/services.ts";
import { endpoint } from "./endpoint.ts";
import { json } from "./respond.ts";

export const getOperation = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Reader", async ({ request }) => {
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
    const isOver = hasEnded(migration) || migration.run !== wish.run;
    const outcome =
      wish.outcome ?? (isOver ? { status: "superseded", detail: `The run has ended: ${migration.state}.` } : undefined);
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
