// POST /migrations/{id}/resume: what stood still was mended; the run goes on.
import { ResumeRequest } from "../../../shared/api/requests.ts";
import { resume } from "../../../shared/application/commands/resume.ts";
import { command } from "../command.ts";

export const resumeMigration = command("ResumeMigration", ResumeRequest, resume);
