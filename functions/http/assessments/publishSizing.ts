// POST /sizings: keeps what a server needs, as it was measured. An older measurement takes the place of no newer one.
import type { HttpHandler } from "@azure/functions";
import { auditOf } from "../../../shared/application/commands/audit.ts";
import { assessmentIdOf } from "../../../shared/assessed/assessmentStore.ts";
import type { Services } from "../../../shared/ports.ts";
import { PublishedSizing } from "../../../shared/sizing/contracts.ts";
import { bodyOf, endpoint, isRefusal } from "../endpoint.ts";
import { json } from "../respond.ts";

/** The source's clock may stand for UTC. A time to come would win against every measurement until then. */
const AHEAD_MS = 26 * 3_600_000;

export const publishSizing = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Operator", async ({ request, caller }) => {
    const parsed = await bodyOf(request, PublishedSizing);
    if (isRefusal(parsed)) return parsed;
    const { sizings, clock } = services;
    const { body: sizing } = parsed;
    if (Date.parse(sizing.takenAt) > clock.now().getTime() + AHEAD_MS) {
      const message = `it was measured until ${sizing.takenAt}, which is still to come: set the clock right and measure again`;
      return { problem: "validation", detail: message, errors: [{ pointer: "/takenAt", message }] };
    }
    const assessmentId = assessmentIdOf(sizing.server);
    const known = await sizings.load(assessmentId);
    const isNew = known === undefined || known.takenAt <= sizing.takenAt;
    if (isNew)
      await sizings.save(
        assessmentId,
        { ...sizing, publishedAt: clock.now().toISOString(), publishedBy: caller.name },
        auditOf(services, caller, "publish", "accepted", `the size that ${sizing.server} needs`, {
          takenAt: sizing.takenAt,
          confidence: sizing.confidence.level,
          size: sizing.options[0]?.size ?? "none",
        }),
      );
    return json(
      isNew ? 201 : 200,
      { assessmentId, server: sizing.server, isNew },
      { location: `/api/v1/assessments/${assessmentId}/sizing` },
    );
  });
