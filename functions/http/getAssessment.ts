// GET /assessments/{id}: one server, its databases in a line each, and who has published what.
import type { HttpHandler } from "@azure/functions";
import type { Services } from "../../shared/services.ts";
import { groupsOf } from "../../shared/source/groups.ts";
import { endpoint } from "./endpoint.ts";
import { json } from "./respond.ts";

/** As assessmentIdOf makes them; anything else is simply not found. */
const ID = /^[a-z0-9-]{1,64}$/;

export const getAssessment = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Reader", async ({ request }) => {
    const { assessments } = services;
    const id = request.params["id"] ?? "";
    const known = ID.test(id) ? await assessments.server(id) : undefined;
    if (!known)
      return {
        problem: "not-found",
        detail: `There is no assessment "${id.slice(0, 80)}". GET /api/v1/assessments lists them with their ids.`,
      };
    const [databases, audit] = await Promise.all([assessments.lines(id), assessments.audit(id)]);
    const groups = groupsOf(databases.map((line) => ({ ...line, findings: [] })));
    return json(200, { ...known.server, databases, groups, audit });
  });
