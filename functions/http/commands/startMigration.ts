// POST /migrations/{id}/start: the word to start. For offline mode it means "all files are here", bound to a plan version.
import { StartRequest } from "../../../shared/api/requests.ts";
import { start } from "../../../shared/application/commands/start.ts";
import { command } from "../command.ts";

export const startMigration = command("StartMigration", StartRequest, start);
