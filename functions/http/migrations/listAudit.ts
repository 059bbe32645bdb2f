// GET /migrations/{id}/audit: lists who requested what, and what was decided on which facts, oldest first, in pages;
// also for a forgotten migration.
import type { HttpHandler } from "@azure/functions";
import type { AuditTrail } from "../../../shared/api/answers/migrations.ts";
import { pageAnswer, pageQuery } from "../../../shared/api/lists/paging.ts";
import { findRecord } from "../../../shared/application/commands/command.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint, isRefusal, queryOf } from "../endpoint.ts";
import { json } from "../respond.ts";

const Query = pageQuery("audit");

export const listAudit = (services: Services): HttpHandler =>
  endpoint(services, "ListAudit", async ({ request }) => {
    const asked = queryOf(request, Query);
    if (isRefusal(asked)) return asked;
    const facts = await findRecord(services, request.params["id"] ?? "");
    if (isRefusal(facts)) return facts;
    const { top, cursor } = asked.query;
    const seen = await services.migrations.auditPage(facts.migration.migrationId, { top, after: cursor });
    return json(200, pageAnswer("audit", seen) satisfies AuditTrail);
  });
