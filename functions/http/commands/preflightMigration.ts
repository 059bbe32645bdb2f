// POST /migrations/{id}/preflight: runs the checks now. They change nothing in Azure; the last result is stored with
// the migration.
import { preflight } from "../../../shared/application/commands/preflight.ts";
import { Anything, azureCommand } from "../command.ts";

export const preflightMigration = azureCommand("PreflightMigration", Anything, preflight);
