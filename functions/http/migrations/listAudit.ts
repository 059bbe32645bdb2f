// GET /migrations/{id}/audit: who asked what, and what was decided on which facts, oldest first.

import type { HttpHandler } from "@azure/functions";
import type { AuditTrail } from "../../../shared/api/answers/migrations.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint, isRefusal, migrationOf } from "../endpoint.ts";
import { json } from "../respond.ts";

export const listAudit = (services: Services): HttpHandler =>
  endpoint(services, "ListAudit", async ({ request }) => {
    const facts = await migrationOf(services, request);
    if (isRefusal(facts)) return facts;
    return json(200, { items: await services.migrations.audit(facts.migration.migrationId) } satisfies AuditTrail);
  });
