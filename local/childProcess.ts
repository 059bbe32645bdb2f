// Starts Azurite and the Functions host as child processes that end when this process ends.
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

export interface Child {
  readonly pid: number | undefined;
  /** Resolves when the process has ended, however that came. */
  readonly exited: Promise<void>;
  /** Asks it to end (SIGTERM); after ten seconds it has to (SIGKILL). */
  stop(): Promise<void>;
  /** SIGKILL: no time to tidy up. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  /** As a person would call it, for messages. */
  readonly name: string;
  /** Script and its arguments, run by this Node; before them, what Node itself is told. */
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Everything it prints goes here; the folder is made. */
  readonly logFile: string;
  /** Gets each line of its standard output; those that it answers with true do not go into the log. */
  readonly takesLine?: (line: string) => boolean;
  /** True once it serves. Asked every 100 ms. */
  readonly isReady: () => Promise<boolean>;
}

const READY_WITHIN_MS = 180_000;
const STOPS_WITHIN_MS = 10_000;
const END_WITH_PARENT = import.meta.resolve("./endWithParent.ts");

/**
 * Starts the process and waits until it is ready. Throws, with the end of its log, when it ends before or takes three
 * minutes.
 */
export async function startChild({ name, args, env, cwd, logFile, takesLine, isReady }: ChildOptions): Promise<Child> {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, "a");
  // Its own process group: Ctrl-C reaches only us, and we stop one after the other, storage last.
  const process_ = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--import", END_WITH_PARENT, ...args],
    {
      detached: true,
      stdio: ["ignore", takesLine ? "pipe" : log, log, "ipc"],
      env: env ?? process.env,
      ...(cwd !== undefined && { cwd }),
    },
  );
  closeSync(log);
  if (takesLine && process_.stdout)
    createInterface(process_.stdout).on("line", (line) => {
      if (!takesLine(line)) appendFileSync(logFile, `${line}\n`);
    });
  const child = handleOf(process_);
  let hasEnded = false;
  void child.exited.then(() => {
    hasEnded = true;
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await isReady())) {
    if (hasEnded) throw new Error(`${name} ended while it started. The end of ${logFile}:\n${endOf(logFile)}`);
    if (Date.now() > deadline) {
      await child.kill();
      throw new Error(`${name} was not ready within three minutes. The end of ${logFile}:\n${endOf(logFile)}`);
    }
    await sleep(100);
  }
  return child;
}

function handleOf(process_: ChildProcess): Child {
  const exited = new Promise<void>((resolve) => {
    process_.once("exit", () => resolve());
    process_.once("error", () => resolve()); // it could not even be spawned
  });
  const end = async (signal: NodeJS.Signals) => {
    process_.kill(signal);
    await exited;
  };
  return {
    pid: process_.pid,
    exited,
    kill: () => end("SIGKILL"),
    stop: async () => {
      const force = setTimeout(() => process_.kill("SIGKILL"), STOPS_WITHIN_MS);
      await end("SIGTERM");
      clearTimeout(force);
    },
  };
}

const endOf = (logFile: string): string => readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-15).join("\n");

/** True when anything answers there, whatever it says. */
export async function answers(url: string): Promise<boolean> {
  return (await statusOf(url)) !== undefined;
}

/** The HTTP status, or undefined when nobody answers. */
export async function statusOf(url: string): Promise<number | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return undefined; // nobody listens yet: the caller asks again
  }
}
