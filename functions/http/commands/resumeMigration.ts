// POST /migrations/{id}/resume: continues a run that stalled, after its cause was fixed.
import { ResumeBody } from "../../../shared/api/bodies.ts";
import { resume } from "../../../shared/application/commands/resume.ts";
import { command } from "../command.ts";

export const resumeMigration = command("ResumeMigration", ResumeBody, resume);
