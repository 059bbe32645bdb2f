// GET /assessments/{id}: one server, its databases in a line each, in pages, and who has published what.
import type { HttpHandler, HttpRequest } from "@azure/functions";
import { z } from "zod";
import { cut, pageAnswer, pageOf } from "../../../shared/api/paging.ts";
import type { AssessmentStore, DatabaseLine } from "../../../shared/assessed/assessmentStore.ts";
import { compareText } from "../../../shared/chain/files/identity.ts";
import type { Refusal } from "../../../shared/migration/refusals.ts";
import type { Services } from "../../../shared/ports.ts";
import { groupsOf } from "../../../shared/source/groups.ts";
import { endpoint, isRefusal, queryOf } from "../endpoint.ts";
import { json } from "../respond.ts";

/** As assessmentIdOf makes them; anything else is simply not found. */
const ID = /^[a-z0-9-]{1,64}$/;

/** As somebody wrote it in the route, for a sentence. */
export const idAsked = (request: HttpRequest): string => (request.params["id"] ?? "").slice(0, 80);

export const assessmentIdIn = ({ params: { id = "" } }: HttpRequest): string | undefined =>
  ID.test(id) ? id : undefined;

/** The server that is named in the route. */
export const serverIn = async (
  { assessments }: Services,
  request: HttpRequest,
): Promise<Awaited<ReturnType<AssessmentStore["server"]>>> => {
  const id = assessmentIdIn(request);
  return id === undefined ? undefined : assessments.server(id);
};

export const noAssessment = (request: HttpRequest): Refusal => ({
  problem: "not-found",
  detail: `There is no assessment "${idAsked(request)}". GET /api/v1/assessments lists them with their ids.`,
});

const Query = z.strictObject(pageOf("databases"));

/** By name; one that was created anew has other GUIDs. */
const keyOf = ({ name, familyGuid = "", databaseGuid = "" }: DatabaseLine): string =>
  `${name}|${familyGuid}|${databaseGuid}`;

/** Groups and audit are whole on every page: they are few. */
export const getAssessment = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Reader", async ({ request }) => {
    const { assessments } = services;
    const asked = queryOf(request, Query);
    if (isRefusal(asked)) return asked;
    const known = await serverIn(services, request);
    if (!known) return noAssessment(request);
    const id = known.server.assessmentId;
    const [lines, audit] = await Promise.all([assessments.lines(id), assessments.audit(id)]);
    const groups = groupsOf(lines.map((line) => ({ ...line, findings: [] })));
    const sorted = lines.toSorted((a, b) => compareText(keyOf(a), keyOf(b)));
    const { top, cursor } = asked.query;
    const { items: databases, ...more } = pageAnswer("databases", cut(sorted, keyOf, { top, after: cursor }));
    return json(200, { ...known.server, databases, ...more, groups, audit });
  });
