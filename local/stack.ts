// Starts everything on one machine: Azurite and the Functions host as children, the emulator of ARM and the Event Grid
// stand-in in this process.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import { unlikeItsSchema } from "../shared/api/eventSchemas.ts";
import { storageAccountId } from "./arm/resources.ts";
import { startArmEmulator } from "./arm/server.ts";
import type { Settings } from "./arm/state.ts";
import { ACCOUNT_NAME, startAzurite } from "./azurite.ts";
import { startEventGrid } from "./eventgrid/server.ts";
import type { Card } from "./eventgrid/store.ts";
import { createTouchedBlobs } from "./eventgrid/touchedBlobs.ts";
import type { FaultInjection } from "./eventgrid/watchBlobs.ts";
import { hostProcess } from "./hostProcess.ts";
import { freePorts } from "./ports.ts";
import { CONTAINER, localSeed, localSettings } from "./settings.ts";

export interface Ports {
  readonly host: number;
  readonly blob: number;
  readonly queue: number;
  readonly table: number;
  readonly arm: number;
  readonly events: number;
}

export interface StackOptions {
  /** Absent: free ones. */
  readonly ports?: Ports;
  /**
   * Keeps everything for the next start. Absent: a folder for this run alone, and blobs, queues and tables in memory.
   */
  readonly dataFolder?: string;
  /** Of the ARM emulator. */
  readonly emulator?: Partial<Settings>;
  /** App settings that differ from those of local/settings.ts. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Every blob event several times, and out of order. */
  readonly deliver?: FaultInjection;
  /** Divides the waits of Event Grid's retry schedule. */
  readonly retrySpeed?: number;
  /**
   * False: the host only warns of habits that the official one punishes, and events that are not as documented are
   * only logged.
   */
  readonly strict?: boolean;
  /**
   * Folder with the package.json and host.json of the app, as for what is deployed. Absent: this checkout, as it is
   * built.
   */
  readonly appFolder?: string;
  /** False: startHost() is called later. */
  readonly withHost?: boolean;
  readonly log?: (line: string) => void;
}

export interface Stack {
  /** Page and API. */
  readonly baseUrl: string;
  readonly connectionString: string;
  /** Backups are dropped here. */
  readonly backups: ContainerClient;
  readonly armUrl: string;
  readonly eventsUrl: string;
  readonly dataFolder: string;
  /** Of the host's webhooks. */
  readonly systemKey: string;
  /** App settings of the host. */
  readonly settings: Readonly<Record<string, string>>;
  teamsMessages(): readonly Card[];
  /** Starts it, or starts it again; resolves when it serves. `appFolder`: of another build than this checkout's. */
  startHost(appFolder?: string): Promise<void>;
  /** Of the children; ARM and Event Grid are in this process. */
  pids(): { readonly host: number | undefined; readonly storage: number | undefined };
  /** Orderly. */
  stopHost(): Promise<void>;
  /** SIGKILL. */
  killHost(): Promise<void>;
  /** Resolves when the host ends without having been asked to. */
  readonly hostLost: Promise<void>;
  /**
   * In the order in which nothing is lost: host, Event Grid, ARM, storage. Rejects when an event was not as
   * docs/events.schema.json says.
   */
  stop(): Promise<void>;
}

/** What the stack keeps in its data folder. */
export const DATA_PARTS = ["azurite", "host", "arm", "eventgrid", "logs"] as const;

/** Someone who watches waits seconds, and still sees every state. */
const WATCHABLE: Partial<Settings> = {
  restoreMBps: 1,
  validationSeconds: 4,
  cutoverSeconds: 5,
  cancelSeconds: 2,
  logPauseSeconds: 0.2,
  retryAfterSeconds: 1,
};

/** Everything, ready to serve. When one part does not come up, the others are stopped and the error says which. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const log = options.log ?? (() => undefined);
  const ports = options.ports ?? (await anyPorts());
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), "sqlferry-"));
  const [systemKey, topicKey, identityHeader] = [randomUUID(), randomUUID(), randomUUID()];
  const hostUrl = `http://localhost:${ports.host}`;
  const odd: string[] = [];
  const stops: (() => Promise<void> | void)[] = [];
  if (options.dataFolder === undefined) stops.push(() => rmSync(dataFolder, { recursive: true, force: true }));
  const stop = async () => {
    for (let next = stops.pop(); next !== undefined; next = stops.pop()) await next();
    if (odd.length > 0 && (options.strict ?? true))
      throw new Error(`Events that are not as docs/events.schema.json says:\n${odd.join("\n")}`);
  };

  try {
    const touched = createTouchedBlobs(CONTAINER);
    const azurite = await startAzurite({
      blobPort: ports.blob,
      queuePort: ports.queue,
      tablePort: ports.table,
      ...(options.dataFolder !== undefined && { location: join(dataFolder, "azurite") }),
      logFile: join(dataFolder, "logs", "azurite.log"),
      onAnswered: touched.note,
    });
    stops.push(() => azurite.stop());
    const backups = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(CONTAINER);
    await backups.createIfNotExists();

    const seed = localSeed(azurite.blobEndpoint);
    const arm = await startArmEmulator({
      seed,
      port: ports.arm,
      dataFolder: join(dataFolder, "arm"),
      identityHeader,
      settings: { ...WATCHABLE, ...options.emulator },
    });
    stops.push(() => arm.stop());

    const events = await startEventGrid({
      port: ports.events,
      dataFolder: join(dataFolder, "eventgrid"),
      container: backups,
      storageAccountResourceId: storageAccountId(seed, ACCOUNT_NAME),
      hostUrl,
      systemKey,
      topicKey,
      touched,
      retrySpeed: options.retrySpeed ?? 20,
      ...(options.deliver !== undefined && { faultInjection: options.deliver }),
      onPublished: (event) => {
        const why = unlikeItsSchema(event);
        if (why === undefined) return;
        log(`Not as docs/events.schema.json says: ${why}`);
        odd.push(why);
      },
      log,
    });
    stops.push(() => events.stop());

    const settings = {
      ...localSettings({ azurite, seed, hostUrl, armUrl: arm.url, identityHeader, eventsUrl: events.url, topicKey }),
      ...options.settings,
    };
    const host = hostProcess({
      port: ports.host,
      url: hostUrl,
      dataFolder,
      systemKey,
      settings,
      strict: options.strict ?? true,
      ...(options.appFolder !== undefined && { appFolder: options.appFolder }),
    });
    stops.push(() => host.stop());
    if (options.withHost ?? true) await host.start();

    return {
      baseUrl: hostUrl,
      connectionString: azurite.connectionString,
      backups,
      armUrl: arm.url,
      eventsUrl: events.url,
      dataFolder,
      settings,
      systemKey,
      teamsMessages: () => events.cards(),
      pids: () => ({ host: host.pid(), storage: azurite.pid }),
      startHost: host.start,
      stopHost: host.stop,
      killHost: host.kill,
      hostLost: host.lost,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function anyPorts(): Promise<Ports> {
  const [host = 0, blob = 0, queue = 0, table = 0, arm = 0, events = 0] = await freePorts(6);
  return { host, blob, queue, table, arm, events };
}
