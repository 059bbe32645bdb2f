// GET /assessments: lists the servers of which an assessment is published, as of when, and by whom, in pages.

import type { HttpHandler } from "@azure/functions";
import type { Assessments } from "../../../shared/api/answers/assessments.ts";
import { pageAnswer, pageQuery } from "../../../shared/api/lists/paging.ts";
import type { DatabaseLine } from "../../../shared/assessed/assessmentStore.ts";
import { UnreadableRowError } from "../../../shared/migration/faults.ts";
import type { Services } from "../../../shared/ports.ts";
import { countsOf } from "../../../shared/source/assessment.ts";
import { endpoint, isRefusal, queryOf } from "../endpoint.ts";
import { json } from "../respond.ts";

type Counts = DatabaseLine["counts"];

const together = (a: Counts, b: Counts): Counts => ({
  blocks: a.blocks + b.blocks,
  act: a.act + b.act,
  info: a.info + b.info,
  unknown: a.unknown + b.unknown,
});

const isBlocked = ({ counts }: DatabaseLine): boolean => counts.blocks > 0;

const Query = pageQuery("assessments");

export const listAssessments = (services: Services): HttpHandler =>
  endpoint(services, "ListAssessments", async ({ request }) => {
    const asked = queryOf(request, Query);
    if (isRefusal(asked)) return asked;
    const { top, cursor } = asked.query;
    const { items: ids, next } = await services.assessments.ids({ top, after: cursor });
    const items = (await Promise.all(ids.map((id) => itemOf(services, id)))).flat();
    return json(200, pageAnswer("assessments", { items, ...(next !== undefined && { next }) }) satisfies Assessments);
  });

/**
 * Empty when it was deleted since the ids were listed. One that cannot be read is shown as unreadable, and does not
 * hide the others.
 */
async function itemOf({ assessments, faults }: Services, assessmentId: string): Promise<Assessments["items"]> {
  try {
    const [known, lines] = await Promise.all([assessments.server(assessmentId), assessments.lines(assessmentId)]);
    if (!known) return [];
    const { instance, ...server } = known.server;
    const counts = [countsOf(instance), ...lines.map((line) => line.counts)].reduce(together);
    return [{ ...server, databases: lines.length, blocked: lines.filter(isBlocked).length, counts }];
  } catch (error) {
    if (!(error instanceof UnreadableRowError)) throw error;
    faults.note(error.message);
    return [{ assessmentId, unreadable: error.message }];
  }
}
