// Puts a load on sqlferry and prints the figures: `npm run load -- --databases 100 --logs 10`. Ends with 1 when a file
// was lost.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { blobContainer, type Connection, stateTable } from "../../shared/azure/clients.ts";
import { type Calls, callsBetween } from "./countingProxy.ts";
import { dropAndFollow, type Followed, type Load, type Place } from "./dropAndFollow.ts";
import { type Used, usedBy } from "./processes.ts";
import { faultsOf, reportOf, type Use, type Uses } from "./report.ts";
import type { Counted, Ready } from "./stackProcess.ts";

const HELP = `npm run load -- [--databases 100] [--logs 10] [--patience 120] [--app FOLDER]
npm run load -- --url URL --storage ACCOUNT [--state ACCOUNT] [--container backups] ...

  --databases  each is a folder, registered offline and never started: nothing reaches DMS
  --logs       log backups of each, after its full backup
  --patience   seconds without anything new after which a file counts as lost
  --app        folder of the app that the local stack runs, such as .package; without it the checkout's build
  --url        a sqlferry that runs already, such as one on the official host; without it the local stack is started
  --storage    the account that its backups are dropped into: a connection string, or the URL of its blob service, which
               takes the identity of whoever is signed in (az login); the role is Storage Blob Data Contributor
  --state      the account of its tables, likewise: a connection string, or the URL of its table service (Storage Table
               Data Reader). Without it the connection string of --storage
  --container  where backups are dropped
  SQLFERRY_TOKEN is the caller's token, as for ferry: that of an Operator (Ferry.Operator).

Drops all files as fast as they go up; prints throughput, waits, storage calls, processor time and memory; cancels what it
registered and deletes what it dropped. Exit code 1: a file was lost, not announced or judged wrongly; 2: wrong words.`;

interface Elsewhere {
  readonly url: string;
  readonly storage: string;
  readonly state: string;
  readonly container: string;
}

export interface Asked {
  readonly load: Omit<Load, "say" | "interrupted">;
  readonly app?: string;
  /** Absent: a local stack is started. */
  readonly elsewhere?: Elsewhere;
}

/** Reads the arguments; throws a sentence about what is wrong with them. */
export function parse(words: readonly string[]): Asked | "help" {
  const { values } = parseArgs({
    args: [...words],
    options: {
      databases: { type: "string", default: "100" },
      logs: { type: "string", default: "10" },
      patience: { type: "string", default: "120" },
      app: { type: "string" },
      url: { type: "string" },
      storage: { type: "string" },
      state: { type: "string" },
      container: { type: "string", default: "backups" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return "help";
  const whole = (name: "databases" | "logs" | "patience", least: number): number => {
    const number = Number(values[name]);
    if (!/^\d{1,6}$/.test(values[name]) || number < least)
      throw new Error(`--${name} is ${values[name]}: a whole number from ${least} to 999999 is expected.`);
    return number;
  };
  const load = { databases: whole("databases", 1), logs: whole("logs", 0), patienceSeconds: whole("patience", 1) };
  const { app, url, storage, state, container } = values;
  if (url === undefined) {
    if (storage !== undefined || state !== undefined)
      throw new Error("--storage and --state are of a sqlferry that runs already: --url is missing.");
    return { load, ...(app !== undefined && { app }) };
  }
  if (!isAddress(url)) throw new Error(`--url is ${url}: an address is expected, https://….`);
  if (storage === undefined) throw new Error("--storage is missing: the account that backups are uploaded to.");
  if (state === undefined && isAddress(storage))
    throw new Error("--state is missing: --storage is the URL of blobs, and the tables have another one.");
  if (app !== undefined) throw new Error("--app is of the local stack, and --url is not that.");
  return { load, elsewhere: { url: url.replace(/\/+$/, ""), storage, state: state ?? storage, container } };
}

const isAddress = (text: string): boolean => /^https?:\/\/[^/]/i.test(text);

const connectionTo = (account: string): Connection =>
  isAddress(account)
    ? { kind: "identity", serviceUri: account, clientId: undefined }
    : { kind: "connectionString", connectionString: account };

const placeAt = ({ url, storage, state, container }: Elsewhere): Place => ({
  baseUrl: url,
  token: process.env["SQLFERRY_TOKEN"] || undefined,
  backups: blobContainer(connectionTo(storage), container),
  rows: stateTable(connectionTo(state), "Backups"),
});

/** Loads a sqlferry that runs elsewhere, whose processes and storage cannot be measured from here. */
async function loadElsewhere(elsewhere: Elsewhere, load: Load): Promise<[Followed, Uses]> {
  return [await dropAndFollow(placeAt(elsewhere), load, true, async () => undefined), {}];
}

/** Loads a local stack of its own; nothing is left when it has stopped. */
async function loadStack(app: string | undefined, load: Load): Promise<[Followed, Uses]> {
  const script = fileURLToPath(new URL("stackProcess.ts", import.meta.url));
  const options = JSON.stringify({ ...(app !== undefined && { appFolder: resolve(app) }) });
  load.say("Starting the local stack ...");
  const child = fork(script, [options], { execArgv: ["--disable-warning=ExperimentalWarning"] });
  const exited = once(child, "exit");
  try {
    const { baseUrl, connectionString, pids } = await messageOf<Ready>(child);
    const place = placeAt({ url: baseUrl, storage: connectionString, state: connectionString, container: "backups" });
    const looks: { readonly calls: Calls; readonly used: readonly (Used | undefined)[] }[] = [];
    const followed = await dropAndFollow(place, load, false, async () => {
      child.send("count");
      const { calls } = await messageOf<Counted>(child);
      looks.push({ calls, used: [pids.host, pids.storage, child.pid].map(usedBy) });
    });
    const [before, after] = looks;
    const [host, storage, standIns] = [0, 1, 2].map((part) => useBetween(before?.used[part], after?.used[part]));
    return [followed, { host, storage, standIns, calls: callsBetween(before?.calls ?? {}, after?.calls ?? {}) }];
  } finally {
    if (child.connected) child.disconnect();
    await exited;
  }
}

const useBetween = (before: Used | undefined, after: Used | undefined): Use | undefined =>
  before &&
  after && {
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    startBytes: before.residentBytes,
    endBytes: after.residentBytes,
    peakBytes: after.peakBytes,
  };

/** The child's next message; throws when the child ends instead. */
async function messageOf<Message>(child: ChildProcess): Promise<Message> {
  const ended = once(child, "exit").then(() => {
    throw new Error("The local stack ended; what it said stands above.");
  });
  const [message] = await Promise.race([once(child, "message"), ended]);
  return message as Message;
}

/** Prints figures and faults; true when there are no faults. Throws when it was interrupted, after tidying up. */
export async function runLoad(
  { load: asked, app, elsewhere }: Asked,
  print: (line: string) => void,
  interrupted: AbortSignal = new AbortController().signal,
): Promise<boolean> {
  const load = { ...asked, interrupted, say: print };
  const [followed, uses] = await (elsewhere ? loadElsewhere(elsewhere, load) : loadStack(app, load));
  for (const line of ["", ...reportOf(followed, uses)]) print(line);
  const faults = faultsOf(followed);
  for (const fault of faults) print(fault);
  return faults.length === 0;
}

async function main(): Promise<number> {
  let asked: Asked | "help";
  try {
    asked = parse(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (asked === "help") {
    console.log(HELP);
    return 0;
  }
  const interrupting = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => interrupting.abort(new Error("Interrupted.")));
  try {
    return (await runLoad(asked, console.log, interrupting.signal)) ? 0 : 1;
  } catch (error) {
    console.error(interrupting.signal.aborted ? "Interrupted; nothing is left." : (error as Error).stack);
    return 1;
  }
}

if (import.meta.main) process.exitCode = await main();
