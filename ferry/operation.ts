// Follows a start, a cutover or a cancel: the API notes the request (202); with --wait its end is awaited.
import { setTimeout as sleep } from "node:timers/promises";
import type { Accepted, Operation } from "../shared/api/answers/migrations.ts";
import { type Answer, type Api, accepted } from "./api.ts";
import { API_OPTIONS, type Command, type Given, seconds } from "./command.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { print, printable, printJson } from "./print/print.ts";

export const OPERATION_OPTIONS = { ...API_OPTIONS, wait: { type: "boolean" }, timeout: { type: "string" } } as const;

/** What an operation ends as; before that it is accepted, then running. */
const ENDS: readonly (string | undefined)[] = ["done", "refused", "superseded"];

/** Where each member of a request comes from. */
const OPTION_OF = {
  "/reason": "--reason",
  "/lastBackupName": "--last-backup",
  "/sourceDatabaseName": "--source-database",
};

/**
 * Prints what the API says; with --wait asks every second until the operation has ended, at most --timeout seconds
 * (3600).
 */
export async function follow(command: Command, given: Given, api: Api, answer: Answer<Accepted>): Promise<ExitCode> {
  let operation: Accepted | Operation = accepted(answer, OPTION_OF);
  const { detail: noted = "Accepted." } = operation; // what is lost by it stands here, and not in what becomes of it
  if (!given.flag("json")) print(printable(noted));
  const deadline = Date.now() + 1_000 * seconds(command, given, "timeout", 3_600);
  const isOver = () => ENDS.includes(operation.status);
  while (given.flag("wait") && operation.requestId !== undefined && !isOver() && Date.now() < deadline) {
    await sleep(1_000);
    operation = await api.get<Operation>(`/operations/${operation.requestId}`);
  }
  if (given.flag("json")) printJson(operation);
  else if (operation.detail !== undefined && operation.detail !== noted) print(printable(operation.detail));
  if (!given.flag("wait") || operation.status === "done") return EXIT.done;
  if (!isOver()) return EXIT.stillWaiting;
  return operation.status === "refused" ? EXIT.refused : EXIT.failed; // superseded: the run ended otherwise
}
