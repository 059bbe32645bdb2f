// Implements `ferry set`: changes what is registered of a migration: its rank at any time, the rest before its start.
import type { ChangedMigration } from "../../shared/api/answers/migrations.ts";
import { accepted, apiOf, findMigration } from "../api.ts";
import { API_OPTIONS, type Command, type Given, onlyOperand, usageError } from "../command.ts";
import { EXIT } from "../exit.ts";
import { print, printable, printJson } from "../print/print.ts";

export const set: Command = {
  usage:
    "set ID|DATABASE [--priority 0-100|none] [--wave N|none] [--mode online|offline] [--start auto|manual] [--source-database NAME] [--vm RESOURCE_ID] [--target-database NAME] [--json]",
  summary:
    "who goes first on a VM (the higher priority, then the lower wave); before the start also what is registered",
  options: {
    ...API_OPTIONS,
    priority: { type: "string" },
    wave: { type: "string" },
    mode: { type: "string" },
    start: { type: "string" },
    "source-database": { type: "string" },
    vm: { type: "string" },
    "target-database": { type: "string" },
  },
  run: async (given) => {
    const wanted = onlyOperand(set, given);
    const body = changeIn(given);
    if (Object.keys(body).length === 0) throw usageError(set, "What is to be changed?");
    const api = apiOf(given);
    const { migrationId } = await findMigration(api, wanted);
    const after = accepted(await api.patch<ChangedMigration>(`/migrations/${migrationId}`, body), OPTION_OF);
    if (given.flag("json")) printJson(after);
    else print(printable(told(after)));
    return EXIT.done;
  },
};

function changeIn(given: Given): object {
  const [priority, wave] = [rankIn(given, "priority"), rankIn(given, "wave")];
  const [mode, start] = [given.text("mode"), given.text("start")];
  const source = known({ databaseName: given.text("source-database") });
  const target = known({ sqlVmResourceId: given.text("vm"), databaseName: given.text("target-database") });
  return {
    ...known({ priority, wave, mode, start }),
    ...(Object.keys(source).length > 0 && { source }),
    ...(Object.keys(target).length > 0 && { target }),
  };
}

/** "none" takes away what was set. */
function rankIn(given: Given, option: "priority" | "wave"): number | null | undefined {
  const said = given.text(option);
  if (said === undefined || said === "none") return said === "none" ? null : undefined;
  if (/^\d{1,6}$/.test(said)) return Number(said);
  throw usageError(set, `--${option} is a whole number or none, not "${said}".`);
}

const known = (members: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/** Where each member of the request comes from. */
const OPTION_OF = {
  "/priority": "--priority",
  "/wave": "--wave",
  "/mode": "--mode",
  "/start": "--start",
  "/source/databaseName": "--source-database",
  "/target/sqlVmResourceId": "--vm",
  "/target/databaseName": "--target-database",
};

function told({ migrationId, state, mode, start, priority = 50, wave, target }: ChangedMigration): string {
  const vm = target?.sqlVmResourceId.split("/").at(-1);
  const goal = target ? `to ${vm} / ${target.databaseName}` : "without a target yet";
  const rank = `priority ${priority}, ${wave === undefined ? "no wave" : `wave ${wave}`}`;
  return `${migrationId} is ${state}: ${mode}, start ${start}, ${goal}; ${rank}.`;
}
