// DELETE /assessments/{id}: deletes what was published of a server, or of the one database that the query names.
import { deleteAssessment as remove } from "../../../shared/application/source/deleteAssessment.ts";
import { Anything, command } from "../command.ts";

/** As long as a publication: each migration of its databases is updated. */
const ANSWER_WITHIN_MS = 60_000;

export const deleteAssessment = command("DeleteAssessment", Anything, remove, ANSWER_WITHIN_MS);
