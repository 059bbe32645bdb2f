#!/usr/bin/env node
// Runs `npx ferry`: finds the verb, one file each, and turns its end into an exit code.
import { packageVersion } from "../shared/packageVersion.ts";
import { type Command, parseGiven } from "./command.ts";
import { EXIT, type ExitCode, FerryError } from "./exit.ts";
import { didYouMean } from "./exports/nearest.ts";
import { print } from "./print/print.ts";

/**
 * In the order of the help. A verb loads what it needs, and no other: most end within the time that all of them take
 * to load.
 */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  inspect: async () => (await import("./commands/inspect.ts")).inspect,
  plan: async () => (await import("./commands/plan.ts")).plan,
  assess: async () => (await import("./commands/assess.ts")).assess,
  collect: async () => (await import("./commands/collect.ts")).collect,
  recommend: async () => (await import("./commands/recommend.ts")).recommend,
  upload: async () => (await import("./commands/upload.ts")).upload,
  list: async () => (await import("./commands/list.ts")).list,
  show: async () => (await import("./commands/show.ts")).show,
  files: async () => (await import("./commands/files.ts")).files,
  queue: async () => (await import("./commands/queue.ts")).queue,
  set: async () => (await import("./commands/set.ts")).set,
  preflight: async () => (await import("./commands/preflight.ts")).preflight,
  acknowledge: async () => (await import("./commands/acknowledge.ts")).acknowledge,
  start: async () => (await import("./commands/start.ts")).start,
  cutover: async () => (await import("./commands/cutover.ts")).cutover,
  cancel: async () => (await import("./commands/cancel.ts")).cancel,
  restart: async () => (await import("./commands/restart.ts")).restart,
  resume: async () => (await import("./commands/resume.ts")).resume,
  forget: async () => (await import("./commands/forget.ts")).forget,
  service: async () => (await import("./commands/service.ts")).service,
};

/** Verbs by the names that they had before. */
const EARLIER_NAMES: ReadonlyMap<string, string> = new Map([["drop", "upload"]]);

const help = async (): Promise<string> => {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  return [
    "ferry: moves SQL Server databases to SQL Server on Azure VMs from their backups.",
    "",
    ...commands.flatMap(({ usage, summary }) => [`  ferry ${usage}`, `      ${summary}`]),
    "",
    "Verbs other than inspect, plan, collect, assess and recommend (which do with --publish) talk to the API: --api URL or SQLFERRY_API (default http://localhost:7071), SQLFERRY_TOKEN.",
    "upload sends to --connection or SQLFERRY_BACKUPS: the URL of the blob service, with your own identity, or a connection string",
    "(default with the local API: the local stack's storage). Its earlier name, drop, is the same verb.",
    "Exit codes: 0 done, 1 failed, 2 usage (assess: 2 something blocks, 64 usage), 3 refused, not restorable, or (recommend) nothing fits, 4 still waiting at the timeout, 5 not found.",
  ].join("\n");
};

const HELP: readonly string[] = ["help", "--help", "-h"];

const VERSION: readonly string[] = ["version", "--version", "-v"];

/** What the file system refuses says which file and why; where in ferry it was asked helps nobody. */
const isOfFileSystem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error && "path" in error;

async function run([verb = "help", ...words]: readonly string[]): Promise<ExitCode> {
  const asksForHelp = HELP.includes(verb);
  const given = asksForHelp ? words[0] : verb;
  if (given === undefined) {
    print(await help());
    return EXIT.done;
  }
  const name = EARLIER_NAMES.get(given) ?? given;
  if (VERSION.includes(name)) {
    print(await packageVersion(import.meta.url));
    return EXIT.done;
  }
  const command = Object.hasOwn(COMMANDS, name) ? await COMMANDS[name]?.() : undefined;
  if (command === undefined)
    throw new FerryError(
      EXIT.usage,
      `There is no "ferry ${name}".${didYouMean(name, Object.keys(COMMANDS))} See: ferry help`,
    );
  if (!asksForHelp && !words.some((word) => HELP.includes(word))) return command.run(parseGiven(command, words));
  print(`ferry ${command.usage}\n    ${command.summary}`);
  return EXIT.done;
}

// Whoever reads the answer may have seen enough, as head(1) has; what the command changes goes on to its end.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof FerryError || isOfFileSystem(error) ? error.message : error);
  process.exitCode = error instanceof FerryError ? error.exitCode : EXIT.failed;
}
