// GET /health: reports in one word whether sqlferry works.

import type { HttpHandler } from "@azure/functions";
import type { HealthView } from "../../../shared/api/answers/status.ts";
import { lookAtHealth } from "../../../shared/application/health/lookAtHealth.ts";
import type { Services } from "../../../shared/ports.ts";
import { invocationOf } from "../../invocation.ts";
import { called } from "../endpoint.ts";
import { json } from "../respond.ts";

/**
 * Open to everybody and excluded from App Service authentication, where a header that names a caller proves nothing: so
 * the answer is the same for all, and has only what a probe needs. GET /diagnosis has the details.
 */
export const getHealth = (services: Services): HttpHandler => {
  const look = lookAtHealth(services);
  return called("GetHealth", async (_request, context) => {
    const { status, isServing } = await look(invocationOf(context));
    return isServing ? json(200, { status } satisfies HealthView) : json(503, { status }, { "retry-after": "10" });
  });
};
