// Implements `ferry cancel`: stops a migration; what DMS has begun is canceled there.
import { apiOf, findMigration } from "../api.ts";
import { type Command, onlyOperand, usageError } from "../command.ts";
import { follow, OPERATION_OPTIONS } from "../operation.ts";

export const cancel: Command = {
  usage: "cancel ID|DATABASE --reason TEXT [--wait] [--timeout SECONDS] [--json]",
  summary: "cancel a migration",
  options: { ...OPERATION_OPTIONS, reason: { type: "string" } },
  run: async (given) => {
    const wanted = onlyOperand(cancel, given);
    const reason = given.text("reason");
    if (reason === undefined) throw usageError(cancel, "Why? --reason is written into the audit.");
    const api = apiOf(given);
    const { migrationId } = await findMigration(api, wanted);
    return follow(cancel, given, api, await api.post(`/migrations/${migrationId}/cancel`, { reason }));
  },
};
