// POST /migrations/{id}/findings/{check}/acknowledge: records that a person answers for a finding of the source, which
// then no longer refuses a start.
import { AcknowledgeBody } from "../../../shared/api/bodies.ts";
import { acknowledge } from "../../../shared/application/commands/acknowledge.ts";
import { command } from "../command.ts";

export const acknowledgeFinding = command("AcknowledgeFinding", AcknowledgeBody, acknowledge);
