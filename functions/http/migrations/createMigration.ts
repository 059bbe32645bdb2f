// POST /migrations: registers a folder's migration, or completes the draft that the folder's first file made.
import { CreateRequest } from "../../../shared/api/requests.ts";
import { register } from "../../../shared/application/commands/register.ts";
import { command } from "../command.ts";

export const createMigration = command("CreateMigration", CreateRequest, register);
