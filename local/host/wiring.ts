// Builds the host's parts and connects them.
import { ADMIN_PATH, createAdmin } from "./admin.ts";
import { BLOBS_PATH, createBlobTriggers } from "./blobs.ts";
import { type Clock, realClock } from "./clock.ts";
import type { LoadedApp } from "./coreModule.ts";
import type { Database } from "./database.ts";
import { createClientApi, durableClientInput, RPC_PATH, WEBHOOK_PATH } from "./durable/clientApi.ts";
import { createEngine } from "./durable/engine.ts";
import { createStore } from "./durable/store.ts";
import { createEventGridWebhook, EVENT_GRID_PATH } from "./eventGrid.ts";
import { type FaultInjection, latenessOf } from "./faultInjection.ts";
import type { Rooms } from "./frontDoor.ts";
import { createHttpFunctions, routesOf } from "./http.ts";
import { createInvoker } from "./invoke.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Log } from "./log.ts";
import { prepareQueues } from "./queues.ts";
import { readHostJson } from "./settings.ts";
import { createSignIn, readUsers } from "./signIn.ts";
import { strictness } from "./strict.ts";
import { demandSupported } from "./supported.ts";
import { prepareTimers } from "./timers.ts";

export interface WiringParts {
  readonly app: LoadedApp;
  /** The folder with host.json. */
  readonly appDir: string;
  /** "http://127.0.0.1:7071" */
  readonly origin: string;
  readonly db: Database;
  readonly clock: Clock;
  readonly life: Lifecycle;
  readonly faultInjection: FaultInjection;
  readonly log: Log;
  readonly systemKey: string;
  readonly strict: boolean;
  readonly usersFile?: string;
}

export interface Wired {
  readonly rooms: Rooms;
  /** Everything that waits from an earlier process goes on, queues are polled, timers set. */
  begin(): void;
}

/** Nothing moves before `begin`. Throws when the app cannot be run here, or in strict mode should not. */
export function wire(parts: WiringParts): Wired {
  const { app, appDir, origin, db, clock, life, faultInjection, log, systemKey } = parts;
  const settings = readHostJson(appDir);
  const { hubName, defaultVersion, storageProvider, maxConcurrentActivityFunctions } = settings.durableTask;
  const judge = strictness(parts.strict, log);
  demandSupported(app, settings, judge);
  const routes = routesOf(app, settings.http.routePrefix, judge);
  const signIn = createSignIn(readUsers(parts.usersFile));
  const urls = { origin, hubName };
  const durableClient = durableClientInput(urls);
  const invoker = createInvoker({ app, durableClient, clock, life, log, timeout: settings.functionTimeout });
  const common = { app, db, invoker, clock, judge, log, life, faultInjection, systemKey, defaultVersion };

  const store = createStore(db, clock.now, latenessOf(faultInjection, storageProvider.maxQueuePollingInterval));
  const engine = createEngine({
    ...common,
    store,
    maxActivities: maxConcurrentActivityFunctions,
    functionTimeout: settings.functionTimeout,
  });
  const clientApi = createClientApi({ ...common, store, urls, pump: engine.pump });
  const blobs = createBlobTriggers({ ...common, settings: settings.blobs });
  // the storage's clock cannot be played, so its queues are polled in real time
  const startQueues = prepareQueues({ ...common, clock: realClock, settings: settings.queues });
  const startTimers = prepareTimers(common);

  return {
    rooms: [
      [RPC_PATH, (request) => clientApi("app", request.url.pathname.slice(RPC_PATH.length), request)],
      [WEBHOOK_PATH, (request) => clientApi("person", request.url.pathname.slice(WEBHOOK_PATH.length), request)],
      [BLOBS_PATH, blobs.webhook],
      [EVENT_GRID_PATH, createEventGridWebhook(common)],
      [ADMIN_PATH, createAdmin({ ...common, blobs, figures: engine.figures })],
      ["/", createHttpFunctions(routes, invoker, signIn, log)],
    ],
    begin() {
      const { controlQueueVisibilityTimeout, workItemQueueVisibilityTimeout } = storageProvider;
      if (faultInjection.happens("recoveryLate", "host"))
        store.postpone(clock.now() + controlQueueVisibilityTimeout, clock.now() + workItemQueueVisibilityTimeout);
      engine.pump();
      blobs.work();
      startQueues();
      startTimers();
    },
  };
}
