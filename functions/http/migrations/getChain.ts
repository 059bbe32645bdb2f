// GET /migrations/{id}/chain: returns the backup sets by recovery fork, gaps and positions, for a timeline.
import type { HttpHandler } from "@azure/functions";
import { chainView } from "../../../shared/api/chainView.ts";
import { assessFolder } from "../../../shared/application/files/assessFolder.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint, isRefusal, migrationOf } from "../endpoint.ts";
import { json } from "../respond.ts";

export const getChain = (services: Services): HttpHandler =>
  endpoint(services, "GetChain", async ({ request }) => {
    const facts = await migrationOf(services, request);
    if (isRefusal(facts)) return facts;
    const { entries, report } = await assessFolder(services, facts.migration);
    const records = entries.map(({ record }) => record);
    return json(200, chainView(records, report));
  });
