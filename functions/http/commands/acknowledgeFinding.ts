// POST /migrations/{id}/findings/{check}/acknowledge: somebody answers for a finding of the source, which then refuses no start any more.
import { AcknowledgeBody } from "../../../shared/api/bodies.ts";
import { acknowledge } from "../../../shared/application/commands/acknowledge.ts";
import { command } from "../command.ts";

export const acknowledgeFinding = command("AcknowledgeFinding", AcknowledgeBody, acknowledge);
