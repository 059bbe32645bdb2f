// GET /assessments/{id}/sizing: returns what a server needs, and which sizes carry that.
import type { HttpHandler } from "@azure/functions";
import { isAssessmentId, shown } from "../../../shared/application/source/knownServer.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint } from "../endpoint.ts";
import { json } from "../respond.ts";

export const getSizing = (services: Services): HttpHandler =>
  endpoint(services, "GetSizing", async ({ request }) => {
    const id = request.params["id"] ?? "";
    const sizing = isAssessmentId(id) ? await services.sizings.load(id) : undefined;
    if (sizing) return json(200, sizing);
    return {
      problem: "not-found",
      detail: `No sizing of "${shown(id)}" was published: npx ferry recommend FOLDER --publish.`,
    };
  });
