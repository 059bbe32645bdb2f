// POST /migrations/{id}/start: requests the start. In offline mode it means "all files are here", bound to a plan
// version.
import { StartBody } from "../../../shared/api/bodies.ts";
import { start } from "../../../shared/application/commands/start.ts";
import { command } from "../command.ts";

export const startMigration = command("StartMigration", StartBody, start);
