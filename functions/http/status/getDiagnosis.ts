// GET /diagnosis: reports what does not work: dependencies, the last sweep, settings that could not be read.

import type { HttpHandler } from "@azure/functions";
import type { Diagnosis } from "../../../shared/api/answers/status.ts";
import { lookAtHealth } from "../../../shared/application/health/lookAtHealth.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint } from "../endpoint.ts";
import { json } from "../respond.ts";

/** Takes the role Reader: the names and figures would help an attacker. */
export const getDiagnosis = (services: Services): HttpHandler => {
  const look = lookAtHealth(services);
  return endpoint(services, "GetDiagnosis", async ({ invocation }) => {
    const { status, details } = await look(invocation);
    return json(200, { status, ...details } satisfies Diagnosis);
  });
};
