// POST /migrations/{id}/restart: a new run after one that failed or was canceled, with another target where that was wrong.
import { RestartBody } from "../../../shared/api/bodies.ts";
import { restart } from "../../../shared/application/commands/restart.ts";
import { command } from "../command.ts";

export const restartMigration = command("RestartMigration", RestartBody, restart);
