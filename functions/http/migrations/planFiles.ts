// POST /plan: checks whether these backups would restore, how far, and what is missing. A dry run on headers or on a
// folder; nothing is written.
import type { HttpHandler } from "@azure/functions";
import { PlanBody } from "../../../shared/api/bodies.ts";
import { planDryRun } from "../../../shared/application/files/planDryRun.ts";
import type { Services } from "../../../shared/ports.ts";
import { bodyOf, endpoint, isRefusal } from "../endpoint.ts";
import { json } from "../respond.ts";

export const planFiles = (services: Services): HttpHandler =>
  endpoint(services, "PlanFiles", async ({ request }) => {
    const parsed = await bodyOf(request, PlanBody);
    if (isRefusal(parsed)) return parsed;
    const planned = await planDryRun(services, parsed.body);
    return isRefusal(planned) ? planned : json(200, planned);
  });
