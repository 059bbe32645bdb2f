// GET /migrations/{id}/plan: returns what is restored, in which order, and how far it goes. The ETag is the plan
// version to which start and cutover are bound.
import type { HttpHandler } from "@azure/functions";
import { planView } from "../../../shared/api/views.ts";
import { assessFolder } from "../../../shared/application/files/assessFolder.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint, isRefusal, migrationOf, tagIn } from "../endpoint.ts";
import { json } from "../respond.ts";

export const getPlan = (services: Services): HttpHandler =>
  endpoint(services, "GetPlan", async ({ request }) => {
    const facts = await migrationOf(services, request);
    if (isRefusal(facts)) return facts;
    const { report } = await assessFolder(services, facts.migration);
    const etag = `"${report.planVersion}"`;
    if (tagIn(request, "if-none-match") === report.planVersion) return { status: 304, headers: { etag } };
    return json(200, planView(report), { etag });
  });
