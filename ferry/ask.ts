// Asks a person on the terminal for a yes or no. Standard output stays reserved for answers that a script may read.
import { once } from "node:events";
import { createInterface } from "node:readline/promises";

/** Somebody can read the question and answer it. */
export const isTerminal = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Anything but "yes" is a no, and so is the end of the input. */
export async function saysYes(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    const answer = await Promise.race([terminal.question(question), once(terminal, "close").then(() => "")]);
    return answer.trim().toLowerCase() === "yes";
  } finally {
    terminal.close();
  }
}
