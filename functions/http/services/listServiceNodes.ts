// GET /services/{name}/nodes: lists the hosts of a service's integration runtime, and how busy they are; without pages,
// since Azure allows four.

import type { HttpHandler } from "@azure/functions";
import type { ServiceNodes } from "../../../shared/api/answers/services.ts";
import { nameIn, seenOr } from "../../../shared/application/services/services.ts";
import type { Services } from "../../../shared/ports.ts";
import { azureEndpoint, isRefusal } from "../endpoint.ts";
import { json } from "../respond.ts";

export const listServiceNodes = (services: Services): HttpHandler =>
  azureEndpoint(services, "ListServiceNodes", async ({ request }) => {
    const asked = nameIn(request.params);
    if (isRefusal(asked)) return asked;
    const seen = seenOr(await services.migrationServices.nodes(asked.name), asked.name);
    return isRefusal(seen) ? seen : json(200, { items: seen.facts } satisfies ServiceNodes);
  });
