// GET /assessments/{id}/sizing: what does a server need, and which sizes carry that?
import type { HttpHandler } from "@azure/functions";
import type { Services } from "../../shared/services.ts";
import { endpoint } from "./endpoint.ts";
import { json } from "./respond.ts";

/** As assessmentIdOf makes them; anything else is simply not found. */
const ID = /^[a-z0-9-]{1,64}$/;

export const getSizing = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Reader", async ({ request }) => {
    const id = request.params["id"] ?? "";
    const sizing = ID.test(id) ? await services.sizings.load(id) : undefined;
    if (sizing) return json(200, sizing);
    return {
      problem: "not-found",
      detail: `No sizing of "${id.slice(0, 80)}" was published: npx ferry recommend FOLDER --publish.`,
    };
  });
