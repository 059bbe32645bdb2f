// GET /assessments/{id}: one server, its databases in a line each, and who has published what.

import type { HttpHandler } from "@azure/functions";
import type { AssessmentView } from "../../../shared/api/answers/assessments.ts";
import { findServer, noAssessment } from "../../../shared/application/source/knownServer.ts";
import type { Services } from "../../../shared/ports.ts";
import { groupsOf } from "../../../shared/source/groups.ts";
import { endpoint } from "../endpoint.ts";
import { json } from "../respond.ts";

export const getAssessment = (services: Services): HttpHandler =>
  endpoint(services, "GetAssessment", async ({ request }) => {
    const { assessments } = services;
    const asked = request.params["id"] ?? "";
    const known = await findServer(services, asked);
    if (!known) return noAssessment(asked);
    const id = known.server.assessmentId;
    const [databases, audit] = await Promise.all([assessments.lines(id), assessments.audit(id)]);
    const groups = groupsOf(databases.map((line) => ({ ...line, findings: [] })));
    return json(200, { ...known.server, databases, groups, audit } satisfies AssessmentView);
  });
