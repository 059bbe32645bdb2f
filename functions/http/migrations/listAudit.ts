// GET /migrations/{id}/audit: who asked what, and what was decided on which facts, oldest first, in pages.
import type { HttpHandler } from "@azure/functions";
import { z } from "zod";
import { pageAnswer, pageOf } from "../../../shared/api/paging.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint, isRefusal, migrationOf, queryOf } from "../endpoint.ts";
import { json } from "../respond.ts";

const Query = z.strictObject(pageOf("audit"));

export const listAudit = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Reader", async ({ request }) => {
    const asked = queryOf(request, Query);
    if (isRefusal(asked)) return asked;
    const facts = await migrationOf(services, request);
    if (isRefusal(facts)) return facts;
    const { top, cursor } = asked.query;
    const seen = await services.migrations.auditPage(facts.migration.migrationId, { top, after: cursor });
    return json(200, pageAnswer("audit", seen));
  });
