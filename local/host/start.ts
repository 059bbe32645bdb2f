// Starts and stops the host: options, graceful stop, the command line.
//
//   node local/host/start.ts --port 7071 --data .local/host [--app .] [--users users.json] [--system-key KEY] [--log
// warning] [--no-strict] [--faults 42]
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Clock, realClock } from "./clock.ts";
import { loadApp } from "./coreModule.ts";
import { type Database, openDatabase } from "./database.ts";
import { RPC_PATH } from "./durable/clientApi.ts";
import { prepareFaultInjection } from "./faultInjection.ts";
import { type FaultPlan, parseFaults } from "./faults.ts";
import { standBetween } from "./faultyStorage.ts";
import { openFrontDoor, type Rooms } from "./frontDoor.ts";
import { idle, newLife } from "./lifecycle.ts";
import { type Log, logLevel, printFrom } from "./log.ts";
import { applyLocalSettings } from "./settings.ts";
import { wire } from "./wiring.ts";

export interface HostOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Where the state database lies, created when it is not there; or IN_MEMORY. */
  readonly dataDir: string;
  /** The folder with package.json and host.json. */
  readonly appDir: string;
  /** A JSON file of local users; without it one user may do everything. */
  readonly usersFile?: string;
  /** What the webhooks demand as `code`. */
  readonly systemKey: string;
  readonly strict: boolean;
  readonly log: Log;
  readonly clock?: Clock;
  readonly faults?: FaultPlan;
  /** At a crash point, instead of ending the process. The host is dead by then: what is under way comes to nothing. */
  readonly onCrash?: () => void;
}

export interface Host {
  readonly port: number;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Takes no more messages, waits for what runs up to five seconds, lets the app say goodbye, closes the database. */
  stop(): Promise<void>;
}

const LONGEST_GOODBYE_MS = 5_000;

/** Comes up, or throws one error that says what is wrong. When it has come up, GET /admin/host/status answers 200. */
export async function startHost(options: HostOptions): Promise<Host> {
  const { appDir, dataDir, log, clock = realClock } = options;
  const life = newLife();
  let rooms: Rooms = [];
  const server = await openFrontDoor(options.port, () => (life.isOpen ? rooms : []), life, log);
  const { port } = server.address() as AddressInfo;
  // as App Service says where it signs callers in, which this host does in its place
  process.env["WEBSITE_AUTH_ENABLED"] = "True";
  process.env["WEBSITE_HOSTNAME"] = `localhost:${port}`; // without it the durable client points every URL to port 7071
  let db: Database | undefined;
  let leaveStorage: () => void = () => undefined;
  const close = (): void => {
    life.isOpen = false;
    leaveStorage();
    server.close();
    server.closeAllConnections();
    db?.close();
  };
  try {
    applyLocalSettings(appDir);
    db = openDatabase(dataDir);
    const faultInjection = prepareFaultInjection({
      plan: options.faults,
      onCrash: options.onCrash,
      db,
      clock,
      life,
      log,
    });
    if (options.faults) leaveStorage = await standBetween(faultInjection, clock, log);
    const app = await loadApp(appDir, log);
    const wired = wire({ ...options, clock, origin: `http://127.0.0.1:${port}`, app, db, life, faultInjection });
    rooms = wired.rooms;
    wired.begin();
    const names = [...app.functions.keys()];
    log("information", "host", `${names.length} functions on http://127.0.0.1:${port}: ${names.join(", ")}`);
    return {
      port,
      idle: () => idle(life),
      async stop() {
        life.takesWork = false;
        rooms = rooms.filter(([prefix]) => prefix === RPC_PATH); // what still runs may need its durable client
        await Promise.race([idle(life), new Promise((enough) => setTimeout(enough, LONGEST_GOODBYE_MS).unref())]);
        await app.runHooks("appTerminate", { hookData: app.appHookData, appHookData: app.appHookData });
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

const USAGE =
  "node local/host/start.ts --port 7071 --data DIR [--app DIR] [--users FILE] [--system-key KEY] [--log LEVEL] [--no-strict] [--faults SEED]";

async function main(): Promise<void> {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      port: { type: "string" },
      data: { type: "string" },
      app: { type: "string", default: "." },
      users: { type: "string" },
      "system-key": { type: "string", default: "local" },
      log: { type: "string", default: "warning" },
      strict: { type: "boolean", default: true },
      faults: { type: "string" },
    },
  });
  const port = Number(values.port);
  const level = logLevel(values.log);
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || values.data === undefined || !level)
    throw new Error(`Usage: ${USAGE}`);
  const appDir = resolve(values.app);
  const dataDir = resolve(values.data);
  const users = values.users === undefined ? {} : { usersFile: resolve(values.users) };
  const faults = values.faults === undefined ? {} : { faults: parseFaults(values.faults) };
  process.chdir(appDir); // as the official host does
  const host = await startHost({
    port,
    dataDir,
    appDir,
    ...users,
    ...faults,
    systemKey: values["system-key"],
    strict: values.strict,
    log: printFrom(level),
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => void host.stop().then(() => process.exit(0)));
}

if (import.meta.main)
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  });
