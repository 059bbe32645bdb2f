// GET /migrations/{id}: returns everything about one migration: chain, gaps, loss, gate lines, preflight, and DMS's own
// view.
import type { HttpHandler } from "@azure/functions";
import { detailsOf } from "../../../shared/application/reads/details.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint, isRefusal, migrationOf } from "../endpoint.ts";
import { json } from "../respond.ts";

export const getMigration = (services: Services): HttpHandler =>
  endpoint(services, "GetMigration", async ({ request }) => {
    const facts = await migrationOf(services, request);
    if (isRefusal(facts)) return facts;
    const details = await detailsOf(services, facts);
    return json(200, details, details.planVersion ? { etag: `"${details.planVersion}"` } : {});
  });
