// Runs `npm start`: starts everything on this machine, says where it is, and shows what moves until Ctrl-C.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HELP, PORT_FLAGS, parseStart, type StartArguments, type StartPorts } from "./arguments.ts";
import { dropExamples } from "./examples.ts";
import { isFree } from "./ports.ts";
import { printProgress } from "./progress.ts";
import { buildApp, rebuildOnChange } from "./rebuildOnChange.ts";
import { CONTAINER } from "./settings.ts";
import { enterprise2016 } from "./sql/instances.ts";
import { measuredLoad } from "./sql/measured.ts";
import { LOGINS, startSourceServer } from "./sql/server.ts";
import { DATA_PARTS, type Stack, startStack } from "./stack.ts";

const print = (line: string): void => console.log(line);

async function main(): Promise<number> {
  const words = process.argv.slice(2);
  if (words.includes("--help")) {
    print(HELP);
    return 0;
  }
  const given = parseStart(words);
  if ("wrong" in given) {
    console.error(`${given.wrong}\n\n${HELP}`);
    return 2;
  }
  const taken = await takenPorts(given);
  if (taken.length > 0) {
    console.error(taken.join("\n"));
    return 1;
  }
  if (given.fresh)
    for (const part of DATA_PARTS) rmSync(join(given.dataFolder, part), { recursive: true, force: true });

  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interrupted.abort());
  print("Starting storage, the Azure emulator, Event Grid and the Functions host ...");
  const instance = enterprise2016(Date.now());
  const source = await startSourceServer(instance, {
    port: given.ports.sql,
    load: measuredLoad(Date.now, instance.serverName),
  });
  try {
    const stack = await startStack({ ports: given.ports, dataFolder: given.dataFolder, strict: false, log: print });
    try {
      if (!interrupted.signal.aborted) return await serve(stack, given, interrupted.signal);
      return 0;
    } finally {
      print("\nStopping ...");
      await stack.stop();
      print("Stopped. The next npm start goes on here.");
    }
  } finally {
    await source.stop();
  }
}

/** Until Ctrl-C, or until the host is lost. */
async function serve(stack: Stack, given: StartArguments, interrupted: AbortSignal): Promise<number> {
  print(account(stack, given));
  const ending = new AbortController();
  const until = Promise.race([aborted(interrupted).then(() => 0), stack.hostLost.then(() => 1)]);
  const progress = printProgress(stack.baseUrl, print, ending.signal);
  const stopWatching = given.watch ? watchSources(stack) : undefined;
  try {
    if (given.examples) await Promise.race([dropExamples(stack.baseUrl, stack.backups, print), until]);
    const exitCode = await until;
    if (exitCode !== 0)
      console.error(`The Functions host ended by itself; see ${join(stack.dataFolder, "logs", "host.log")}.`);
    return exitCode;
  } finally {
    await stopWatching?.();
    ending.abort();
    await progress;
  }
}

const watchSources = (stack: Stack): (() => Promise<void>) =>
  rebuildOnChange({
    root: fileURLToPath(new URL("..", import.meta.url)),
    sources: ["functions", "shared"],
    build: buildApp,
    restart: async () => {
      await stack.stopHost();
      await stack.startHost();
    },
    print,
  });

/** One sentence per port that somebody else has, with the flag that chooses another. */
async function takenPorts({ ports }: StartArguments): Promise<string[]> {
  const sentences = await Promise.all(
    Object.entries(PORT_FLAGS).map(async ([flag, { port, serves }]) =>
      (await isFree(ports[port]))
        ? []
        : [
            `Port ${ports[port]} (${serves}) is taken. Stop what listens there, or choose another: npm start -- --${flag} PORT`,
          ],
    ),
  );
  return sentences.flat();
}

const account = (stack: Stack, { ports }: StartArguments): string => `
sqlferry runs on this machine.

  Page           ${stack.baseUrl}/
  API            ${stack.baseUrl}/api/v1/migrations
  Teams cards    ${stack.eventsUrl}/teams/cards
  Azure          ${stack.armUrl} (emulator of Resource Manager and DMS)
  Source server  localhost,${ports.sql} (stand-in of a SQL Server 2016)
  Data and logs  ${stack.dataFolder}

  Drop backups, one folder per database, into the container "${CONTAINER}":
      npx ferry upload FOLDER --database NAME
  or with any Azure Storage client and this connection string:
      ${stack.connectionString}
${
  hasUsualPorts(ports)
    ? ""
    : `
  The ports are not the usual ones, so tell ferry where to go:
      export SQLFERRY_API="${stack.baseUrl}" SQLFERRY_BACKUPS="${stack.connectionString}"
`
}
  What would stop the databases of the source server:
      FERRY_SQL_PASSWORD=${LOGINS["ferry_reader"]?.password} npx ferry assess --server localhost,${ports.sql} --user ferry_reader --trust-certificate

  Ctrl-C stops everything.
`;

/** Those that ferry takes for granted. */
const hasUsualPorts = (ports: StartPorts): boolean =>
  Object.values(PORT_FLAGS).every(
    ({ port, default: usual }) => !["host", "blob"].includes(port) || ports[port] === usual,
  );

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
