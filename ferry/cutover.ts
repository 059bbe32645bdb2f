// ferry cutover: end of the restore, database online on the target; bound to the plan that was looked at.
import { apiOf, findMigration, type MigrationLine } from "./api.ts";
import { type Command, onlyOperand } from "./command.ts";
import { follow, OPERATION_OPTIONS } from "./operation.ts";
import { print, printable } from "./print.ts";

interface Seen extends MigrationLine {
  readonly lastBackupName?: string;
  readonly loss?: { readonly text?: string };
}

/** Told before it is asked for: this is the plan that the request is bound to, unless another version is named. */
const whatIsCutOver = ({ planVersion, lastBackupName, loss }: Seen): string =>
  `Plan ${planVersion ?? "none"}, last backup ${lastBackupName ?? "none"}. ${loss?.text ?? ""}`.trim();

export const cutover: Command = {
  usage:
    "cutover ID|DATABASE [--source-closed] [--last-backup FILE] [--plan-version VERSION] [--force --reason TEXT] [--wait] [--timeout SECONDS] [--json]",
  summary: "complete a migration: the database comes online on the target",
  options: {
    ...OPERATION_OPTIONS,
    "source-closed": { type: "boolean" },
    "last-backup": { type: "string" },
    "plan-version": { type: "string" },
    force: { type: "boolean" },
    reason: { type: "string" },
  },
  run: async (given) => {
    const api = apiOf(given);
    const { migrationId } = await findMigration(api, onlyOperand(cutover, given));
    const seen = await api.get<Seen>(`/migrations/${migrationId}`);
    const planVersion = given.text("plan-version") ?? seen.planVersion;
    if (!given.flag("json")) print(printable(whatIsCutOver(seen)));
    const body = {
      sourceClosed: given.flag("source-closed"),
      force: given.flag("force"),
      lastBackupName: given.text("last-backup"),
      reason: given.text("reason"),
    };
    return follow(cutover, given, api, await api.post(`/migrations/${migrationId}/cutover`, body, planVersion));
  },
};
