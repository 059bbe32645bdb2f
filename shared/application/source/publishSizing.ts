// Stores what a server needs, as it was measured. An older measurement does not replace a newer one, and the same one
// again changes nothing.
import type { SizingPublished } from "../../api/answers/assessments.ts";
import { assessmentIdOf } from "../../assessed/assessmentStore.ts";
import type { PublishedSizing, StoredSizing } from "../../sizing/sizingShapes.ts";
import { auditOf } from "../commands/audit.ts";
import type { Command } from "../commands/command.ts";

/** The source's wall clock may count as UTC. A time in the future would win against every measurement until then. */
const AHEAD_MS = 26 * 3_600_000;

export const publishSizing: Command<PublishedSizing> = async (services, _, { caller, body: sizing }) => {
  const { sizings, clock } = services;
  const now = clock.now();
  const { server, takenAt, confidence, options } = sizing;
  if (Date.parse(takenAt) > now.getTime() + AHEAD_MS) {
    const message = `it was measured until ${takenAt}, which is still to come: set the clock right and measure again`;
    return { problem: "validation", detail: message, errors: [{ pointer: "/takenAt", message }] };
  }
  const assessmentId = assessmentIdOf(server);
  const isNew = isNews(await sizings.load(assessmentId), sizing);
  if (isNew)
    await sizings.save(
      assessmentId,
      { ...sizing, publishedAt: now.toISOString(), publishedBy: caller.name },
      auditOf(services, caller, "publish", "accepted", `the size that ${server} needs`, {
        takenAt,
        confidence: confidence.level,
        size: options[0]?.size ?? "none",
      }),
    );
  const about = `assessments/${assessmentId}/sizing`;
  return {
    outcome: {
      did: isNew ? "created" : "done",
      about,
      body: { assessmentId, server, isNew } satisfies SizingPublished,
    },
  };
};

/** Both have their members in the order of one schema. */
function isNews(known: StoredSizing | undefined, sizing: PublishedSizing): boolean {
  if (known === undefined || known.takenAt < sizing.takenAt) return true;
  const { publishedAt: _, publishedBy: __, ...before } = known;
  return known.takenAt === sizing.takenAt && JSON.stringify(before) !== JSON.stringify(sizing);
}
