// DELETE /services/{name}/nodes/{node}: retires a host of the integration runtime.
import type { HttpHandler } from "@azure/functions";
import type { Services } from "../../../shared/ports.ts";
import { azureEndpoint, isRefusal } from "../endpoint.ts";
import { refusedByAzure, serviceNameOf } from "./service.ts";

export const deleteServiceNode = (services: Services): HttpHandler =>
  azureEndpoint(services, "DeleteServiceNode", async ({ request, invocation, caller }) => {
    const asked = serviceNameOf(request);
    if (isRefusal(asked)) return asked;
    const node = request.params["node"] ?? "";
    const answer = await services.migrationServices.deleteNode(asked.name, node);
    if (!answer.ok && answer.failure.code === "NodeNotFound")
      return { problem: "not-found", detail: answer.failure.message };
    if (!answer.ok) return refusedByAzure(answer.failure);
    // A warning, or it would leave no trace in Azure: host.json keeps no less than that.
    invocation.warn({ event: "runtime node deleted", by: caller.name, name: asked.name, node });
    return { status: 204 };
  });
