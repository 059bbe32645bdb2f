// POST /migrations/{id}/restart: begins a new run after one that failed or was canceled, with another target if the
// request names one.
import { RestartBody } from "../../../shared/api/bodies.ts";
import { restart } from "../../../shared/application/commands/restart.ts";
import { command } from "../command.ts";

export const restartMigration = command("RestartMigration", RestartBody, restart);
