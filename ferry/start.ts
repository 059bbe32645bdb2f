// ferry start: the word to start. For an offline migration it means "all files are here", bound to the plan of this moment.
import { apiOf, type Files, findMigration } from "./api.ts";
import { type Command, onlyOperand } from "./command.ts";
import { follow, OPERATION_OPTIONS } from "./operation.ts";

export const start: Command = {
  usage:
    "start ID|DATABASE [--if-ready] [--plan-version VERSION] [--force --reason TEXT] [--wait] [--timeout SECONDS] [--json]",
  summary: "start a migration; offline: all files are here",
  options: {
    ...OPERATION_OPTIONS,
    "if-ready": { type: "boolean" },
    "plan-version": { type: "string" },
    force: { type: "boolean" },
    reason: { type: "string" },
  },
  run: async (given) => {
    const api = apiOf(given);
    const { migrationId } = await findMigration(api, onlyOperand(start, given));
    const planVersion =
      given.text("plan-version") ?? (await api.get<Files>(`/migrations/${migrationId}/files`)).planVersion;
    const body = { ifReady: given.flag("if-ready"), force: given.flag("force"), reason: given.text("reason") };
    return follow(start, given, api, await api.post(`/migrations/${migrationId}/start`, body, planVersion));
  },
};
