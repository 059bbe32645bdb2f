// Takes the password for a source server from the environment, standard input, or a terminal that does not show it.
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { isTerminal } from "../ask.ts";
import { EXIT, FerryError } from "../exit.ts";

const VARIABLE = "FERRY_SQL_PASSWORD";

/** Never from the words of the command, which others on the machine can see. */
export async function passwordFor(user: string, server: string, fromInput: boolean): Promise<string> {
  if (fromInput) return given(await firstLine(), "standard input is empty");
  const known = process.env[VARIABLE];
  if (known !== undefined) return given(known, `${VARIABLE} is empty`);
  if (!isTerminal())
    throw new FerryError(
      EXIT.failed,
      `No password for "${user}" at ${server}: set ${VARIABLE}, say --password-stdin and send it there, or run this on a terminal, which asks.`,
    );
  return given(await typed(`Password of ${user} at ${server}: `), "nothing was typed");
}

function given(password: string, otherwise: string): string {
  if (password === "") throw new FerryError(EXIT.failed, `There is no password: ${otherwise}.`);
  return password;
}

/** Without its end of line. */
async function firstLine(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.includes("\n")) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? "";
}

/** What is typed is swallowed by an output that goes nowhere. */
async function typed(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, whenWritten) => whenWritten() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  // Only now: before, the terminal itself would show what is typed.
  process.stderr.write(question);
  const interrupted = once(terminal, "SIGINT").then(() => {
    throw new FerryError(EXIT.failed, "\nNo password was given.");
  });
  try {
    return await Promise.race([terminal.question(""), interrupted, once(terminal, "close").then(() => "")]);
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
