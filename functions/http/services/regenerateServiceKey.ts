// POST /services/{name}/keys/regenerate: makes a key worthless that was given away. Runtimes that have registered go on working.
import type { HttpHandler } from "@azure/functions";
import { RegenerateRequest } from "../../../shared/api/requests.ts";
import type { Services } from "../../../shared/ports.ts";
import { azureEndpoint, bodyOf, isRefusal } from "../endpoint.ts";
import { json } from "../respond.ts";
import { refusedByAzure, serviceNameOf } from "./service.ts";

export const regenerateServiceKey = (services: Services): HttpHandler =>
  azureEndpoint(services, "RegenerateServiceKey", async ({ request, invocation, caller }) => {
    const asked = serviceNameOf(request);
    if (isRefusal(asked)) return asked;
    const parsed = await bodyOf(request, RegenerateRequest);
    if (isRefusal(parsed)) return parsed;
    const answer = await services.migrationServices.regenerateAuthKey(asked.name, parsed.body.keyName);
    if (!answer.ok) return refusedByAzure(answer.failure);
    // A warning, or it would leave no trace in Azure: host.json keeps no less than that.
    invocation.warn({ event: "service key regenerated", by: caller.name, name: asked.name, key: parsed.body.keyName });
    return json(200, answer.keys);
  });
