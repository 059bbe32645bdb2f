// GET /health: is sqlferry well? In one word.

import type { HttpHandler } from "@azure/functions";
import type { HealthView } from "../../../shared/api/answers/status.ts";
import { lookAtHealth } from "../../../shared/application/health/lookAtHealth.ts";
import type { Services } from "../../../shared/ports.ts";
import { invocationOf } from "../../invocation.ts";
import { called } from "../endpoint.ts";
import { json } from "../respond.ts";

/**
 * Anybody may ask, also past App Service authentication, where nobody vouches for a header that names a caller: so nobody is told more
 * here, whoever they say they are. A probe needs no more; what is not well GET /diagnosis tells.
 */
export const getHealth = (services: Services): HttpHandler => {
  const look = lookAtHealth(services);
  return called("GetHealth", async (_request, context) => {
    const { status, isServing } = await look(invocationOf(context));
    return isServing ? json(200, { status } satisfies HealthView) : json(503, { status }, { "retry-after": "10" });
  });
};
