// POST /services/{name}/keys: the keys with which an integration runtime registers. They pass through this answer and nothing else.
import type { HttpHandler } from "@azure/functions";
import type { Services } from "../../../shared/ports.ts";
import { azureEndpoint, isRefusal } from "../endpoint.ts";
import { json } from "../respond.ts";
import { refusedByAzure, serviceNameOf } from "./service.ts";

export const listServiceKeys = (services: Services): HttpHandler =>
  azureEndpoint(services, "ListServiceKeys", async ({ request, invocation, caller }) => {
    const asked = serviceNameOf(request);
    if (isRefusal(asked)) return asked;
    const answer = await services.migrationServices.authKeys(asked.name);
    if (!answer.ok) return refusedByAzure(answer.failure);
    // A warning, or it would leave no trace in Azure: host.json keeps no less than that.
    invocation.warn({ event: "service keys read", by: caller.name, name: asked.name });
    return json(200, answer.keys);
  });
