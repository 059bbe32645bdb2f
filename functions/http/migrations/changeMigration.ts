// PATCH /migrations/{id}: changes what is registered: rank at any time, mode, target and source before the start is
// fixed.
import { ChangeRequest } from "../../../shared/api/requests.ts";
import { change } from "../../../shared/application/commands/change.ts";
import { command } from "../command.ts";

export const changeMigration = command("ChangeMigration", ChangeRequest, change);
