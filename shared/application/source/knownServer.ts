// Finds the server that a request names by the id of its assessment.
import type { AssessmentStore } from "../../assessed/assessmentStore.ts";
import type { Refusal } from "../../migration/refusals.ts";
import type { Services } from "../../ports.ts";

/** As assessmentIdOf makes them; anything else is simply not found. */
const ID = /^[a-z0-9-]{1,64}$/;

export const isAssessmentId = (id: string): boolean => ID.test(id);

/** The id as it was written, for a sentence. */
export const shown = (id: string): string => id.slice(0, 80);

export const findServer = async (
  { assessments }: Services,
  id: string,
): Promise<Awaited<ReturnType<AssessmentStore["server"]>>> => (isAssessmentId(id) ? assessments.server(id) : undefined);

export const noAssessment = (id: string): Refusal => ({
  problem: "not-found",
  detail: `There is no assessment "${shown(id)}". GET /api/v1/assessments lists them with their ids.`,
});
