#!/usr/bin/env node
// Runs `npx ferry`: finds the verb, one file each, and turns its end into an exit code.
import { packageVersion } from "../shared/packageVersion.ts";
import { type Command, parseGiven } from "./command.ts";
import { acknowledge } from "./commands/acknowledge.ts";
import { assess } from "./commands/assess.ts";
import { cancel } from "./commands/cancel.ts";
import { collect } from "./commands/collect.ts";
import { cutover } from "./commands/cutover.ts";
import { files } from "./commands/files.ts";
import { forget } from "./commands/forget.ts";
import { inspect } from "./commands/inspect.ts";
import { list } from "./commands/list.ts";
import { plan } from "./commands/plan.ts";
import { preflight } from "./commands/preflight.ts";
import { queue } from "./commands/queue.ts";
import { recommend } from "./commands/recommend.ts";
import { restart } from "./commands/restart.ts";
import { resume } from "./commands/resume.ts";
import { service } from "./commands/service.ts";
import { set } from "./commands/set.ts";
import { show } from "./commands/show.ts";
import { start } from "./commands/start.ts";
import { upload } from "./commands/upload.ts";
import { EXIT, type ExitCode, FerryError } from "./exit.ts";
import { didYouMean } from "./exports/nearest.ts";
import { print } from "./print/print.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  inspect,
  plan,
  assess,
  collect,
  recommend,
  upload,
  list,
  show,
  files,
  queue,
  set,
  preflight,
  acknowledge,
  start,
  cutover,
  cancel,
  restart,
  resume,
  forget,
  service,
};

/** Verbs by the names that they had before. */
const EARLIER_NAMES: ReadonlyMap<string, string> = new Map([["drop", "upload"]]);

const help = (): string =>
  [
    "ferry: moves SQL Server databases to SQL Server on Azure VMs from their backups.",
    "",
    ...Object.values(COMMANDS).flatMap(({ usage, summary }) => [`  ferry ${usage}`, `      ${summary}`]),
    "",
    "Verbs other than inspect, plan, collect, assess and recommend (which do with --publish) talk to the API: --api URL or SQLFERRY_API (default http://localhost:7071), SQLFERRY_TOKEN.",
    "upload sends to --connection or SQLFERRY_BACKUPS: the URL of the blob service, with your own identity, or a connection string",
    "(default with the local API: the local stack's storage). Its earlier name, drop, is the same verb.",
    "Exit codes: 0 done, 1 failed, 2 usage (assess: 2 something blocks, 64 usage), 3 refused, not restorable, or (recommend) nothing fits, 4 still waiting at the timeout, 5 not found.",
  ].join("\n");

const HELP: readonly string[] = ["help", "--help", "-h"];

const VERSION: readonly string[] = ["version", "--version", "-v"];

/** What the file system refuses says which file and why; where in ferry it was asked helps nobody. */
const isOfFileSystem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error && "path" in error;

async function run([verb = "help", ...words]: readonly string[]): Promise<ExitCode> {
  const asksForHelp = HELP.includes(verb);
  const given = asksForHelp ? words[0] : verb;
  if (given === undefined) {
    print(help());
    return EXIT.done;
  }
  const name = EARLIER_NAMES.get(given) ?? given;
  if (VERSION.includes(name)) {
    print(await packageVersion(import.meta.url));
    return EXIT.done;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
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
