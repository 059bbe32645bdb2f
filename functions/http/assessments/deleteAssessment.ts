// DELETE /assessments/{id}, with ?database=NAME one of its databases: what was published of it is known no more.
import { deleteAssessment as remove } from "../../../shared/application/source/deleteAssessment.ts";
import { Anything, command } from "../command.ts";

/** As long as a publication: each migration of its databases learns of it. */
const ANSWER_WITHIN_MS = 60_000;

export const deleteAssessment = command("DeleteAssessment", Anything, remove, ANSWER_WITHIN_MS);
