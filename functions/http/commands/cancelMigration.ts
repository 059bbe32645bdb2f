// POST /migrations/{id}/cancel: notes the request and wakes the migration; the orchestrator does the rest.
import { CancelBody } from "../../../shared/api/bodies.ts";
import { cancel } from "../../../shared/application/commands/cancel.ts";
import { command } from "../command.ts";

export const cancelMigration = command("CancelMigration", CancelBody, cancel);
