// GET /migrations/{id}/audit: who asked what, and what was decided on which facts, oldest first; also of one that was
// forgotten.
import type { HttpHandler } from "@azure/functions";
import type { AuditTrail } from "../../../shared/api/answers/migrations.ts";
import { findRecord } from "../../../shared/application/commands/command.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint, isRefusal } from "../endpoint.ts";
import { json } from "../respond.ts";

export const listAudit = (services: Services): HttpHandler =>
  endpoint(services, "ListAudit", async ({ request }) => {
    const facts = await findRecord(services, request.params["id"] ?? "");
    if (isRefusal(facts)) return facts;
    return json(200, { items: await services.migrations.audit(facts.migration.migrationId) } satisfies AuditTrail);
  });
