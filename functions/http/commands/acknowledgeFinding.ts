// POST /migrations/{id}/findings/{check}/acknowledge: somebody answers for a finding of the source, which then refuses no start any more.
import { AcknowledgeRequest } from "../../../shared/api/requests.ts";
import { acknowledge } from "../../../shared/application/commands/acknowledge.ts";
import { command } from "../command.ts";

export const acknowledgeFinding = command("AcknowledgeFinding", AcknowledgeRequest, acknowledge);
