// GET /assessments/{id}/sizing: what does a server need, and which sizes carry that?
import type { HttpHandler } from "@azure/functions";
import type { Services } from "../../../shared/ports.ts";
import { endpoint } from "../endpoint.ts";
import { json } from "../respond.ts";
import { assessmentIdIn, idAsked } from "./getAssessment.ts";

export const getSizing = (services: Services): HttpHandler =>
  endpoint(services, "GetSizing", async ({ request }) => {
    const id = assessmentIdIn(request);
    const sizing = id === undefined ? undefined : await services.sizings.load(id);
    if (sizing) return json(200, sizing);
    return {
      problem: "not-found",
      detail: `No sizing of "${idAsked(request)}" was published: npx ferry recommend FOLDER --publish.`,
    };
  });
