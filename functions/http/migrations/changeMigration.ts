// PATCH /migrations/{id}: changes what is registered: rank at any time, mode, target and source before the start is
// fixed.
import { ChangeBody } from "../../../shared/api/bodies.ts";
import { change } from "../../../shared/application/commands/change.ts";
import { command } from "../command.ts";

export const changeMigration = command("ChangeMigration", ChangeBody, change);
