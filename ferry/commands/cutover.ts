// Implements `ferry cutover`: ends the restore and brings the database online on the target, bound to the plan that was
// looked at.
import type { MigrationDetails } from "../../shared/api/answers/migrations.ts";
import { apiOf, findMigration } from "../api.ts";
import { isTerminal, saysYes } from "../ask.ts";
import { type Command, type Given, onlyOperand, refuseForceWithoutReason, usageError } from "../command.ts";
import { EXIT, FerryError } from "../exit.ts";
import { follow, OPERATION_OPTIONS } from "../operation.ts";
import { print, printable } from "../print/print.ts";

/** Told before it is asked for: the person, or the script's log, sees what is cut over. */
const whatIsCutOver = ({ planVersion, lastBackupName, loss }: MigrationDetails): string =>
  `Plan ${planVersion ?? "none"}, last backup ${lastBackupName ?? "none"}. ${loss?.text ?? ""}`.trim();

const isDecided = (given: Given): boolean => given.text("plan-version") !== undefined || given.flag("yes");

/** A no ends the command as a refusal. The request is bound to what was shown, however long the answer takes. */
async function askAbout({ target, loss, planVersion }: MigrationDetails): Promise<void> {
  const vm = target?.sqlVmResourceId?.split("/").at(-1) ?? "no VM";
  const question = `Cut over to "${target?.databaseName ?? ""}" on ${vm}, plan ${planVersion ?? "none"}? ${loss?.text ?? ""} Type yes: `;
  if (!(await saysYes(printable(question)))) throw new FerryError(EXIT.refused, "Not cut over.");
}

export const cutover: Command = {
  usage:
    "cutover ID|DATABASE [--plan-version VERSION | --yes] [--source-closed] [--last-backup FILE] [--force --reason TEXT] [--wait] [--timeout SECONDS] [--json]",
  summary: "complete a migration: the database comes online on the target",
  options: {
    ...OPERATION_OPTIONS,
    "source-closed": { type: "boolean" },
    "last-backup": { type: "string" },
    "plan-version": { type: "string" },
    yes: { type: "boolean" },
    force: { type: "boolean" },
    reason: { type: "string" },
  },
  run: async (given) => {
    const api = apiOf(given);
    const wanted = onlyOperand(cutover, given);
    refuseForceWithoutReason(cutover, given);
    if (!isDecided(given) && !isTerminal())
      throw usageError(
        cutover,
        "Nobody can be asked here: name the plan that was looked at with --plan-version, or say --yes to whatever it is by now.",
      );
    const { migrationId } = await findMigration(api, wanted);
    const seen = await api.get<MigrationDetails>(`/migrations/${migrationId}`);
    const isDone = seen.state === "succeeded"; // asked for once more: the answer says by whom it was
    if (!given.flag("json") && !isDone) print(printable(whatIsCutOver(seen)));
    if (!isDecided(given) && !isDone) await askAbout(seen);
    const planVersion = given.text("plan-version") ?? seen.planVersion;
    const body = {
      sourceClosed: given.flag("source-closed"),
      force: given.flag("force"),
      lastBackupName: given.text("last-backup"),
      reason: given.text("reason"),
    };
    return follow(cutover, given, api, await api.post(`/migrations/${migrationId}/cutover`, body, planVersion));
  },
};
