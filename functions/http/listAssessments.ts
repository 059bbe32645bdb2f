// GET /assessments: the servers of which an assessment is published, as of when, and by whom.
import type { HttpHandler } from "@azure/functions";
import type { Services } from "../../shared/services.ts";
import { countsOf } from "../../shared/source/assessment.ts";
import { endpoint } from "./endpoint.ts";
import { json } from "./respond.ts";

export const listAssessments = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Reader", async () => {
    const servers = await services.assessments.servers();
    return json(200, { items: servers.map(({ instance, ...server }) => ({ ...server, counts: countsOf(instance) })) });
  });
