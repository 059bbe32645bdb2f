// Runs az and azd for the scripts of this folder, with retries; an error names what was asked.
import { spawnSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";

/** What Entra ID says of an object that its other replicas do not have yet, and services that are busy. */
const PASSES =
  /Request_ResourceNotFound|does not exist|was not found|ResourceNotFound|InvalidReference|Too ?Many ?Requests|\b(429|500|502|503|504)\b|temporarily/i;
/**
 * Seconds between tries, together three minutes: so long may an object that was just made be unknown to some of the
 * directory.
 */
export const WAITS: readonly number[] = [1, 2, 4, 8, 15, 30, 30, 30, 30, 30];

export interface Answer {
  readonly ok: boolean;
  /** What it printed, or why not. */
  readonly text: string;
}

/** One run of a command. */
export function tried(command: string, ...args: string[]): Answer {
  const isWindows = process.platform === "win32"; // az and azd are scripts there, which only a shell starts
  const { status, stdout, stderr, error } = spawnSync(command, isWindows ? args.map((arg) => `"${arg}"`) : args, {
    encoding: "utf8",
    shell: isWindows,
  });
  if (status === 0) return { ok: true, text: stdout };
  return { ok: false, text: (error?.message ?? stderr).trim() };
}

/** What the command prints; when it fails, `hint` says what to do, and the script ends. */
export function run(hint: string, command: string, ...args: string[]): string {
  const { ok, text } = tried(command, ...args);
  return ok ? text : fail(`"${command} ${args.join(" ")}" failed: ${text}\n${hint}`);
}

/**
 * Asks again while the refusal is one that passes. The last answer, whatever it is. Between two tries Ctrl-C is
 * heard.
 */
export async function patiently(
  ask: () => Answer,
  {
    passes = PASSES,
    waits = WAITS,
    pause = (seconds: number) => setTimeout(seconds * 1_000),
  }: {
    /** Refusals that pass. */
    readonly passes?: RegExp;
    readonly waits?: readonly number[];
    readonly pause?: (seconds: number) => Promise<unknown>;
  } = {},
): Promise<Answer> {
  for (const seconds of waits) {
    const answer = ask();
    if (answer.ok || !passes.test(answer.text)) return answer;
    await pause(seconds);
  }
  return ask();
}

export function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
