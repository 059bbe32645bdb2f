// How does the host come up, and how does it go down? Settings, wiring, graceful stop.
//
//   node local/host/start.ts --port 7071 --data .local/host [--app .] [--users users.json] [--system-key KEY] [--log warning] [--no-strict]
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ADMIN_PATH, createAdmin } from "./admin.ts";
import { BLOBS_PATH, createBlobTriggers } from "./blobs.ts";
import { type Clock, realClock } from "./clock.ts";
import { type LoadedApp, loadApp } from "./coreModule.ts";
import { openDatabase } from "./database.ts";
import { createClientApi, durableClientInput, RPC_PATH, WEBHOOK_PATH } from "./durable/clientApi.ts";
import { createEngine } from "./durable/engine.ts";
import { createStore } from "./durable/store.ts";
import { createEventGridWebhook, EVENT_GRID_PATH } from "./eventGrid.ts";
import { openFrontDoor, type Rooms } from "./frontDoor.ts";
import { createHttpFunctions, routesOf } from "./http.ts";
import { createInvoker } from "./invoke.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { type Log, logLevel, printFrom } from "./log.ts";
import { prepareQueues } from "./queues.ts";
import { applyLocalSettings, readHostJson } from "./settings.ts";
import { createSignIn, readUsers } from "./signIn.ts";
import { strictness } from "./strict.ts";
import { demandSupported } from "./supported.ts";
import { prepareTimers } from "./timers.ts";

export interface HostOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Where the state database lies; created when it is not there. */
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
}

export interface Host {
  readonly port: number;
  /** Takes no more messages, waits for what runs up to five seconds, lets the app say goodbye, closes the database. */
  stop(): Promise<void>;
}

const LONGEST_GOODBYE_MS = 5_000;

/** Comes up, or throws one error that says what is wrong. When it has come up, GET /admin/host/status answers 200. */
export async function startHost(options: HostOptions): Promise<Host> {
  const { log } = options;
  const life: Lifecycle = { takesWork: true, isOpen: true };
  let rooms: Rooms = [];
  const server = await openFrontDoor(options.port, () => rooms, log);
  const { port } = server.address() as AddressInfo;
  process.env["WEBSITE_HOSTNAME"] = `localhost:${port}`; // without it the durable client points every URL to port 7071
  try {
    applyLocalSettings(options.appDir);
    const app = await loadApp(options.appDir, log);
    const wired = wire(app, `http://127.0.0.1:${port}`, options, life);
    rooms = wired.rooms;
    wired.begin();
    log(
      "information",
      "host",
      `${app.functions.size} functions on http://127.0.0.1:${port}: ${[...app.functions.keys()].join(", ")}`,
    );
    return {
      port,
      async stop() {
        life.takesWork = false;
        rooms = rooms.filter(([prefix]) => prefix === RPC_PATH); // what still runs may need its durable client
        await wired.end();
        server.close();
        server.closeAllConnections();
      },
    };
  } catch (error) {
    server.close();
    server.closeAllConnections();
    throw error;
  }
}

/** Puts the parts together; nothing moves before `begin`. */
function wire(app: LoadedApp, origin: string, options: HostOptions, life: Lifecycle) {
  const { log, systemKey, clock = realClock } = options;
  const settings = readHostJson(options.appDir);
  const { hubName, defaultVersion, maxConcurrentActivityFunctions: maxActivities } = settings.durableTask;
  const judge = strictness(options.strict, log);
  demandSupported(app, judge);
  const routes = routesOf(app, settings.http.routePrefix, judge);
  const signIn = createSignIn(readUsers(options.usersFile));
  const urls = { origin, hubName };
  const invoker = createInvoker(app, durableClientInput(urls), log);

  const db = openDatabase(options.dataDir);
  const store = createStore(db, clock.now);
  const engine = createEngine({ store, invoker, app, clock, judge, log, life, maxActivities, defaultVersion });
  const clientApi = createClientApi({ store, judge, urls, defaultVersion, pump: engine.pump });
  const blobs = createBlobTriggers({ app, db, invoker, clock, judge, log, life, systemKey, settings: settings.blobs });
  const startQueues = prepareQueues({ app, invoker, clock, log, life, settings: settings.queues });
  const startTimers = prepareTimers({ app, db, invoker, clock, log, life });

  const rooms: Rooms = [
    [RPC_PATH, (request) => clientApi(request.url.pathname.slice(RPC_PATH.length), request)],
    [WEBHOOK_PATH, (request) => clientApi(request.url.pathname.slice(WEBHOOK_PATH.length), request)],
    [BLOBS_PATH, blobs.webhook],
    [EVENT_GRID_PATH, createEventGridWebhook(app, invoker, systemKey, log)],
    [ADMIN_PATH, createAdmin({ app, invoker, blobs, log })],
    ["/", createHttpFunctions(routes, invoker, signIn, log)],
  ];
  return {
    rooms,
    begin() {
      engine.pump();
      blobs.work();
      startQueues();
      startTimers();
    },
    async end() {
      await Promise.race([invoker.idle(), new Promise((enough) => setTimeout(enough, LONGEST_GOODBYE_MS).unref())]);
      await new Promise(setImmediate); // what has just ended is noted
      await app.runHooks("appTerminate", { hookData: app.appHookData, appHookData: app.appHookData });
      life.isOpen = false;
      db.close();
    },
  };
}

const USAGE =
  "node local/host/start.ts --port 7071 --data DIR [--app DIR] [--users FILE] [--system-key KEY] [--log LEVEL] [--no-strict]";

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
    },
  });
  const port = Number(values.port);
  const level = logLevel(values.log);
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || values.data === undefined || !level)
    throw new Error(`Usage: ${USAGE}`);
  const appDir = resolve(values.app);
  const dataDir = resolve(values.data);
  const users = values.users === undefined ? {} : { usersFile: resolve(values.users) };
  process.chdir(appDir); // as the official host does
  const host = await startHost({
    port,
    dataDir,
    appDir,
    ...users,
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
