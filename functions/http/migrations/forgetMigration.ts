// DELETE /migrations/{id}: forgets a migration that nobody has registered, or that has ended. Files, events and audit
// stay.
import { forget } from "../../../shared/application/commands/forget.ts";
import { Anything, command } from "../command.ts";

export const forgetMigration = command("ForgetMigration", Anything, forget);
