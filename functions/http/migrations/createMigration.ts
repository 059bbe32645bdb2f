// POST /migrations: registers a folder's migration, or completes the draft that the folder's first file made.
import { CreateBody } from "../../../shared/api/bodies.ts";
import { register } from "../../../shared/application/commands/register.ts";
import { command } from "../command.ts";

export const createMigration = command("CreateMigration", CreateBody, register);
