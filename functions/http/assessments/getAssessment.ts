// GET /assessments/{id}: returns one server, its databases in a line each, in pages, and who has published what.

import type { HttpHandler } from "@azure/functions";
import type { AssessmentView } from "../../../shared/api/answers/assessments.ts";
import { cut, pageAnswer, pageQuery } from "../../../shared/api/lists/paging.ts";
import { findServer, noAssessment } from "../../../shared/application/source/knownServer.ts";
import type { DatabaseLine } from "../../../shared/assessed/assessmentStore.ts";
import { compareText } from "../../../shared/chain/files/identity.ts";
import type { Services } from "../../../shared/ports.ts";
import { groupsOf } from "../../../shared/source/groups.ts";
import { endpoint, isRefusal, queryOf } from "../endpoint.ts";
import { json } from "../respond.ts";

const Query = pageQuery("databases");

/** By name; a database that was dropped and created again has other GUIDs. */
const keyOf = ({ name, familyGuid = "", databaseGuid = "" }: DatabaseLine): string =>
  `${name}|${familyGuid}|${databaseGuid}`;

/** Groups and audit are whole on every page: they are few. */
export const getAssessment = (services: Services): HttpHandler =>
  endpoint(services, "GetAssessment", async ({ request }) => {
    const { assessments } = services;
    const asked = queryOf(request, Query);
    if (isRefusal(asked)) return asked;
    const wanted = request.params["id"] ?? "";
    const known = await findServer(services, wanted);
    if (!known) return noAssessment(wanted);
    const id = known.server.assessmentId;
    const [lines, audit] = await Promise.all([assessments.lines(id), assessments.audit(id)]);
    const groups = groupsOf(lines.map((line) => ({ ...line, findings: [] })));
    const sorted = lines.toSorted((a, b) => compareText(keyOf(a), keyOf(b)));
    const { top, cursor } = asked.query;
    const { items: databases, ...more } = pageAnswer("databases", cut(sorted, keyOf, { top, after: cursor }));
    return json(200, { ...known.server, databases, ...more, groups, audit } satisfies AssessmentView);
  });
