// GET /assessments: the servers of which an assessment is published, as of when, and by whom.

import type { HttpHandler } from "@azure/functions";
import type { Assessments } from "../../../shared/api/answers/assessments.ts";
import type { DatabaseLine } from "../../../shared/assessed/assessmentStore.ts";
import type { Services } from "../../../shared/ports.ts";
import { countsOf } from "../../../shared/source/assessment.ts";
import { endpoint } from "../endpoint.ts";
import { json } from "../respond.ts";

type Counts = DatabaseLine["counts"];

const together = (a: Counts, b: Counts): Counts => ({
  blocks: a.blocks + b.blocks,
  act: a.act + b.act,
  info: a.info + b.info,
  unknown: a.unknown + b.unknown,
});

const isBlocked = ({ counts }: DatabaseLine): boolean => counts.blocks > 0;

export const listAssessments = (services: Services): HttpHandler =>
  endpoint(services, "ListAssessments", async () => {
    const { assessments } = services;
    const items = (await assessments.servers()).map(async ({ instance, ...server }) => {
      const lines = await assessments.lines(server.assessmentId);
      const counts = [countsOf(instance), ...lines.map((line) => line.counts)].reduce(together);
      return { ...server, databases: lines.length, blocked: lines.filter(isBlocked).length, counts };
    });
    return json(200, { items: await Promise.all(items) } satisfies Assessments);
  });
