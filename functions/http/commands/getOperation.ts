// GET /operations/{requestId}: returns the outcome of a start, a cutover or a cancel that was answered with 202.
import type { HttpHandler } from "@azure/functions";
import { operationOf } from "../../../shared/application/reads/operation.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint } from "../endpoint.ts";
import { json } from "../respond.ts";

export const getOperation = (services: Services): HttpHandler =>
  endpoint(services, "GetOperation", async ({ request }) => {
    const asked = request.params["requestId"] ?? "";
    const operation = await operationOf(services, asked);
    if (operation) return json(200, operation);
    return {
      problem: "not-found",
      detail: `There is no operation "${asked.slice(0, 120)}", or a later one has taken its place.`,
    };
  });
