// POST /migrations/{id}/cutover: checks the gate for an immediate answer, notes the request and wakes the migration;
// the orchestrator does the rest.
import { CutoverBody } from "../../../shared/api/bodies.ts";
import { cutover } from "../../../shared/application/commands/cutover.ts";
import { azureCommand } from "../command.ts";

export const requestCutover = azureCommand("RequestCutover", CutoverBody, cutover);
