// Implements `ferry restart`: begins another run after one that failed or was canceled, with another target if that was
// wrong.
import type { MigrationLine } from "../../shared/api/answers/migrations.ts";
import { accepted, apiOf, findMigration } from "../api.ts";
import { API_OPTIONS, type Command, onlyOperand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { print, printable, printJson } from "../print/print.ts";

export const restart: Command = {
  usage: "restart ID|DATABASE [--vm RESOURCE_ID] [--target-database NAME] [--reason TEXT] [--json]",
  summary: "begin another run after one that failed or was canceled; --vm and --target-database correct its target",
  options: {
    ...API_OPTIONS,
    vm: { type: "string" },
    "target-database": { type: "string" },
    reason: { type: "string" },
  },
  run: async (given) => {
    const api = apiOf(given);
    const { migrationId } = await findMigration(api, onlyOperand(restart, given));
    const [reason, sqlVmResourceId, databaseName] = [
      given.text("reason"),
      given.text("vm"),
      given.text("target-database"),
    ];
    const target = {
      ...(sqlVmResourceId !== undefined && { sqlVmResourceId }),
      ...(databaseName !== undefined && { databaseName }),
    };
    const body = {
      ...(reason !== undefined && { reason }),
      ...(Object.keys(target).length > 0 && { target }),
    };
    const line = accepted(await api.post<MigrationLine>(`/migrations/${migrationId}/restart`, body), OPTION_OF);
    if (given.flag("json")) printJson(line);
    else for (const sentence of told(line)) print(printable(sentence));
    return EXIT.done;
  },
};

/** Where each member of the request comes from. */
const OPTION_OF = {
  "/target/sqlVmResourceId": "--vm",
  "/target/databaseName": "--target-database",
  "/reason": "--reason",
};

function told({ migrationId, run, state, mode, start, target }: MigrationLine): string[] {
  const vm = target?.sqlVmResourceId?.split("/").at(-1);
  const goal = target ? `, to ${vm} / ${target.databaseName}` : "";
  const waitsForAWord = mode === "offline" || start === "manual";
  return [
    `Run ${run} begins; the migration is ${state}${goal}.`,
    ...(waitsForAWord
      ? [`The request to start the earlier run does not count: ${WORD} ferry start ${migrationId}`]
      : []),
  ];
}

const WORD = "unless a tail log ends the chain, say that all files are here with:";
