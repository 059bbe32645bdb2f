// GET /migrations/{id}/events: what was published, oldest first.
import type { HttpHandler } from "@azure/functions";
import type { Services } from "../../../shared/ports.ts";
import { endpoint, isRefusal, migrationOf } from "../endpoint.ts";
import { json } from "../respond.ts";

export const listEvents = (services: Services): HttpHandler =>
  endpoint(services, "ListEvents", async ({ request }) => {
    const facts = await migrationOf(services, request);
    if (isRefusal(facts)) return facts;
    return json(200, { items: await services.migrations.events(facts.migration.migrationId) });
  });
