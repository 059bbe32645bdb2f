// GET /assessments/{id}: one server, its databases in a line each, and who has published what.
import type { HttpHandler, HttpRequest } from "@azure/functions";
import type { AssessmentStore } from "../../shared/assessed/assessmentStore.ts";
import type { Refusal } from "../../shared/migration/refusals.ts";
import type { Services } from "../../shared/services.ts";
import { groupsOf } from "../../shared/source/groups.ts";
import { endpoint } from "./endpoint.ts";
import { json } from "./respond.ts";

/** As assessmentIdOf makes them; anything else is simply not found. */
const ID = /^[a-z0-9-]{1,64}$/;

const idIn = (request: HttpRequest): string => request.params["id"] ?? "";

/** The server that is named in the route. */
export const serverIn = async (
  { assessments }: Services,
  request: HttpRequest,
): Promise<Awaited<ReturnType<AssessmentStore["server"]>>> =>
  ID.test(idIn(request)) ? assessments.server(idIn(request)) : undefined;

export const noAssessment = (request: HttpRequest): Refusal => ({
  problem: "not-found",
  detail: `There is no assessment "${idIn(request).slice(0, 80)}". GET /api/v1/assessments lists them with their ids.`,
});

export const getAssessment = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Reader", async ({ request }) => {
    const { assessments } = services;
    const known = await serverIn(services, request);
    if (!known) return noAssessment(request);
    const id = known.server.assessmentId;
    const [databases, audit] = await Promise.all([assessments.lines(id), assessments.audit(id)]);
    const groups = groupsOf(databases.map((line) => ({ ...line, findings: [] })));
    return json(200, { ...known.server, databases, groups, audit });
  });
