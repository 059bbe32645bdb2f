// ferry start: the word to start. For an offline migration it means "all files are here", bound to the plan of this moment.
import { type Answer, type Api, apiOf, type Files, findMigration, isProblem } from "./api.ts";
import { isTerminal, saysYes } from "./ask.ts";
import { type Command, onlyOperand } from "./command.ts";
import { follow, OPERATION_OPTIONS } from "./operation.ts";
import { printable } from "./print.ts";

/**
 * The word to start. Where folder and target are called otherwise than the database in the backups, a person on the terminal is asked
 * whether that is meant; in a script the refusal stands, and --source-database answers it.
 */
export async function askToStart<Body extends object>(
  api: Api,
  migrationId: string,
  body: { readonly sourceDatabaseName?: string | undefined },
  planVersion: string | undefined,
): Promise<Answer<Body>> {
  const path = `/migrations/${migrationId}/start`;
  const answer = await api.post<Body>(path, body, planVersion);
  if (answer.ok || !isProblem(answer, "other-database-name") || !isTerminal()) return answer;
  const { detail, sourceDatabaseName } = answer.problem;
  if (sourceDatabaseName === undefined || body.sourceDatabaseName !== undefined) return answer;
  const question = `${detail} Are the backups of "${sourceDatabaseName}" meant? Type yes: `;
  if (!(await saysYes(printable(question)))) return answer;
  return api.post<Body>(path, { ...body, sourceDatabaseName }, planVersion);
}

export const start: Command = {
  usage:
    "start ID|DATABASE [--if-ready] [--plan-version VERSION] [--source-database NAME] [--force --reason TEXT] [--wait] [--timeout SECONDS] [--json]",
  summary: "start a migration; offline: all files are here",
  options: {
    ...OPERATION_OPTIONS,
    "if-ready": { type: "boolean" },
    "plan-version": { type: "string" },
    "source-database": { type: "string" },
    force: { type: "boolean" },
    reason: { type: "string" },
  },
  run: async (given) => {
    const api = apiOf(given);
    const { migrationId } = await findMigration(api, onlyOperand(start, given));
    const planVersion =
      given.text("plan-version") ?? (await api.get<Files>(`/migrations/${migrationId}/files`)).planVersion;
    const body = {
      ifReady: given.flag("if-ready"),
      force: given.flag("force"),
      reason: given.text("reason"),
      sourceDatabaseName: given.text("source-database"),
    };
    return follow(start, given, api, await askToStart(api, migrationId, body, planVersion));
  },
};
