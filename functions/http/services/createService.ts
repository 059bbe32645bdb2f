// PUT /services/{name}: creates a migration service beside the configured one. One that is there already stays as it is.
import type { HttpHandler } from "@azure/functions";
import { ServiceRequest } from "../../../shared/api/requests.ts";
import type { Services } from "../../../shared/ports.ts";
import { azureEndpoint, bodyOf, isRefusal } from "../endpoint.ts";
import { json } from "../respond.ts";
import { refusedByAzure, serviceNameOf } from "./service.ts";

export const createService = (services: Services): HttpHandler =>
  azureEndpoint(services, "CreateService", async ({ request, invocation, caller }) => {
    const asked = serviceNameOf(request);
    if (isRefusal(asked)) return asked;
    const parsed = await bodyOf(request, ServiceRequest);
    if (isRefusal(parsed)) return parsed;
    const { name } = asked;
    const answer = await services.migrationServices.create(name, parsed.body.location);
    if (!answer.ok) return refusedByAzure(answer.failure);
    // A warning, or it would leave no trace in Azure: host.json keeps no less than that.
    invocation.warn({ event: "service created", by: caller.name, name, location: parsed.body.location });
    return json(
      202,
      { name, detail: "Azure creates it; look until its provisioningState is Succeeded." },
      { location: `/api/v1/services/${name}`, "retry-after": String(answer.retryAfterSeconds ?? 15) },
    );
  });
