// Implements `ferry start`: asks for the start. For an offline migration it means "all files are here", bound to the
// plan of this moment.

import type { Accepted, MigrationDetails } from "../../shared/api/answers/migrations.ts";
import type { Problem } from "../../shared/api/problems.ts";
import { bareName } from "../../shared/dryRun/recordNames.ts";
import { openEnd } from "../../shared/start/startLoss.ts";
import { type Answer, type Api, apiOf, findMigration, isProblem } from "../api.ts";
import { isTerminal, saysYes } from "../ask.ts";
import { type Command, onlyOperand, refuseForceWithoutReason } from "../command.ts";
import { EXIT, FerryError } from "../exit.ts";
import { follow, OPERATION_OPTIONS } from "../operation.ts";
import { print, printable, printJson } from "../print/print.ts";

/**
 * The word to start. Where folder and target are called otherwise than the database in the backups, a person on the
 * terminal is asked whether that is meant; in a script the refusal stands, and --source-database answers it.
 */
export async function askToStart(
  api: Api,
  migrationId: string,
  body: { readonly sourceDatabaseName?: string | undefined },
  planVersion: string | undefined,
): Promise<Answer<Accepted>> {
  const path = `/migrations/${migrationId}/start`;
  const answer = await api.post<Accepted>(path, body, planVersion);
  if (answer.ok || !isProblem(answer, "other-database-name") || !isTerminal()) return answer;
  const { detail, sourceDatabaseName } = answer.problem;
  if (sourceDatabaseName === undefined || body.sourceDatabaseName !== undefined) return answer;
  const question = `${detail} Are the backups of "${sourceDatabaseName}" meant? Type yes: `;
  if (!(await saysYes(printable(question)))) return answer;
  return api.post<Accepted>(path, { ...body, sourceDatabaseName }, planVersion);
}

/**
 * The refusal of a start that is no news: it began before, by itself or on somebody's word. A run that ended
 * otherwise stays a refusal.
 */
function begunBefore(answer: Answer<Accepted>): Partial<Problem> | undefined {
  if (answer.ok || !isProblem(answer, "not-startable")) return undefined;
  return BEGUN.has(answer.problem.state ?? "") ? answer.problem : undefined;
}

const BEGUN: ReadonlySet<string> = new Set([
  ...["preflighting", "queued", "starting", "restoring", "readyForCutover", "cuttingOver", "succeeded"],
]);

interface Telling {
  /** Nobody is asked: the command line said yes, or names the plan that was looked at. */
  readonly isDecided: boolean;
  readonly isForced?: boolean;
}

/**
 * Undefined when nothing is left out, or when it does not start yet: a file that cannot be used may be the tail log.
 */
function leftOut(seen: MigrationDetails, isForced: boolean): string | undefined {
  const unusable = (seen.unusableNewer ?? []).map(({ file = "" }) => bareName(file)).join(", ");
  const isBeforeStart = seen.state === "draft" || seen.state === "waitingForChain";
  if (!isBeforeStart || (unusable !== "" && !isForced)) return undefined;
  const forced = unusable !== "" && `The start goes past ${unusable}: what it holds will be missing on the target.`;
  return [forced, openEnd(seen)].filter(Boolean).join(" ") || undefined;
}

/**
 * An offline start over a source that no tail log closes leaves out what the source writes from then on: a person on
 * the terminal is asked whether that is meant; a script's log has it. A no ends the command as a refusal, before
 * anything is asked for.
 */
export async function tellOpenEnd(seen: MigrationDetails, { isDecided, isForced = false }: Telling): Promise<void> {
  const text = leftOut(seen, isForced);
  if (text === undefined) return;
  if (isDecided || !isTerminal()) console.error(printable(text));
  else if (!(await saysYes(printable(`${text} Start all the same? Type yes: `))))
    throw new FerryError(EXIT.refused, "Not started.");
}

export const start: Command = {
  usage:
    "start ID|DATABASE [--if-ready] [--plan-version VERSION | --yes] [--source-database NAME] [--force --reason TEXT] [--wait] [--timeout SECONDS] [--json]",
  summary: "start a migration; offline: all files are here",
  options: {
    ...OPERATION_OPTIONS,
    "if-ready": { type: "boolean" },
    "plan-version": { type: "string" },
    yes: { type: "boolean" },
    "source-database": { type: "string" },
    force: { type: "boolean" },
    reason: { type: "string" },
  },
  run: async (given) => {
    const wanted = onlyOperand(start, given);
    refuseForceWithoutReason(start, given);
    const api = apiOf(given);
    const { migrationId } = await findMigration(api, wanted);
    const seen = await api.get<MigrationDetails>(`/migrations/${migrationId}`);
    const isDecided = given.text("plan-version") !== undefined || given.flag("yes");
    await tellOpenEnd(seen, { isDecided, isForced: given.flag("force") });
    const planVersion = given.text("plan-version") ?? seen.planVersion;
    const body = {
      ifReady: given.flag("if-ready"),
      force: given.flag("force"),
      reason: given.text("reason"),
      sourceDatabaseName: given.text("source-database"),
    };
    const answer = await askToStart(api, migrationId, body, planVersion);
    const begun = body.force ? undefined : begunBefore(answer);
    if (begun === undefined) return follow(start, given, api, answer);
    if (given.flag("json")) printJson(begun);
    else print(printable(begun.detail ?? `The migration is ${begun.state}.`));
    return EXIT.done;
  },
};
