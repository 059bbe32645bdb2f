// POST /migrations/{id}/resume: what stood still was mended; the run goes on.
import { ResumeBody } from "../../../shared/api/bodies.ts";
import { resume } from "../../../shared/application/commands/resume.ts";
import { command } from "../command.ts";

export const resumeMigration = command("ResumeMigration", ResumeBody, resume);
