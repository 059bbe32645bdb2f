// POST /assessments: stores what was found of a server's databases, and joins it to their migrations. Publishing the
// same again changes nothing.
import { publishAssessment as publish } from "../../../shared/application/source/publishAssessment.ts";
import { PublishAssessmentBody } from "../../../shared/assessed/assessmentShapes.ts";
import { command } from "../command.ts";

/** Up to a hundred databases, each with its row and its migration. */
const ANSWER_WITHIN_MS = 60_000;

export const publishAssessment = command("PublishAssessment", PublishAssessmentBody, publish, ANSWER_WITHIN_MS);
