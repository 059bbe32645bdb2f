// GET /services/{name}: returns a migration service, and whether its integration runtime is online.

import type { HttpHandler } from "@azure/functions";
import type { Service } from "../../../shared/api/answers/services.ts";
import { nameIn, seenOr } from "../../../shared/application/services/services.ts";
import type { Services } from "../../../shared/ports.ts";
import { azureEndpoint, isRefusal } from "../endpoint.ts";
import { json } from "../respond.ts";

export const getService = (services: Services): HttpHandler =>
  azureEndpoint(services, "GetService", async ({ request }) => {
    const asked = nameIn(request.params);
    if (isRefusal(asked)) return asked;
    const seen = seenOr(await services.migrationServices.find(asked.name), asked.name);
    return isRefusal(seen) ? seen : json(200, seen.facts satisfies Service);
  });
