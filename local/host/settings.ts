// Reads host.json, local.settings.json and the environment.
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { z } from "zod";

/** "hh:mm:ss" as milliseconds. */
const TimeSpan = z
  .string()
  .regex(/^\d{2}:\d{2}:\d{2}$/)
  .transform((text) => {
    const [hours = 0, minutes = 0, seconds = 0] = text.split(":").map(Number);
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000;
  });

const CORES = availableParallelism();

/** Queues and leases of Durable Functions; the defaults are long. */
const StorageProvider = z.object({
  maxQueuePollingInterval: TimeSpan.prefault("00:00:30"),
  controlQueueVisibilityTimeout: TimeSpan.prefault("00:05:00"),
  workItemQueueVisibilityTimeout: TimeSpan.prefault("00:05:00"),
});

/** What this host honours of host.json; defaults are those of the official host. The rest is for Azure. */
const HostJson = z.object({
  functionTimeout: z.union([z.literal("-1").transform(() => undefined), TimeSpan]).prefault("00:30:00"),
  extensions: z
    .object({
      http: z.object({ routePrefix: z.string().default("api") }).prefault({}),
      blobs: z
        .object({
          maxDegreeOfParallelism: z
            .number()
            .int()
            .positive()
            .default(8 * CORES),
          poisonBlobThreshold: z.number().int().positive().default(5),
        })
        .prefault({}),
      queues: z
        .object({
          batchSize: z.number().int().positive().max(32).default(16),
          newBatchThreshold: z.number().int().nonnegative().optional(),
          maxDequeueCount: z.number().int().positive().default(5),
          visibilityTimeout: TimeSpan.prefault("00:00:00"),
          messageEncoding: z.enum(["base64", "none"]).default("base64"),
        })
        .prefault({}),
      durableTask: z
        .object({
          hubName: z.string().default("TestHubName"),
          defaultVersion: z.string().optional(),
          storageProvider: StorageProvider.prefault({}),
          maxConcurrentActivityFunctions: z
            .number()
            .int()
            .positive()
            .default(10 * CORES),
        })
        .prefault({}),
    })
    .prefault({}),
});

export type HostSettings = z.infer<typeof HostJson>["extensions"] & {
  /** In milliseconds; undefined: none. */
  readonly functionTimeout: number | undefined;
};

/** Reads <appDir>/host.json; throws with the members' names when something in it cannot be understood. */
export function readHostJson(appDir: string): HostSettings {
  const parsed = HostJson.safeParse(JSON.parse(readFileSync(join(appDir, "host.json"), "utf8")));
  if (!parsed.success) throw new Error(`host.json: ${z.prettifyError(parsed.error)}`);
  return { ...parsed.data.extensions, functionTimeout: parsed.data.functionTimeout };
}

const LocalSettings = z.object({ Values: z.record(z.string(), z.string()).default({}) });

/** Puts the `Values` of <appDir>/local.settings.json into the environment, where it does not have them already. */
export function applyLocalSettings(appDir: string): void {
  const path = join(appDir, "local.settings.json");
  if (!existsSync(path)) return;
  for (const [name, value] of Object.entries(LocalSettings.parse(JSON.parse(readFileSync(path, "utf8"))).Values))
    process.env[name] ??= value;
}

/** Replaces each %NAME% by that setting; a missing one is an error that names the setting and who wants it. */
export const expandSettings = (text: string, wantedBy: string): string =>
  text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = process.env[name];
    if (value === undefined) throw new Error(`${wantedBy} needs the setting ${name}, which is missing.`);
    return value;
  });

/** A trigger's storage account: the full name of the setting that was found, and its connection string. */
export interface Connection {
  readonly setting: string;
  readonly connectionString: string;
}

/**
 * Looks for AzureWebJobs<name>, then <name>, as the official host does. Identity-based connections need HTTPS and
 * Azure: refused.
 */
export function findConnection(name: string | undefined, wantedBy: string): Connection {
  const wanted = name ?? "Storage";
  for (const setting of [`AzureWebJobs${wanted}`, wanted]) {
    const connectionString = process.env[setting];
    if (connectionString !== undefined) return { setting, connectionString };
    if (Object.keys(process.env).some((key) => key.startsWith(`${setting}__`)))
      throw new Error(`${wantedBy}: the identity-based connection ${setting} is not supported by the local host.`);
  }
  throw new Error(`${wantedBy} needs the connection ${wanted}: no such setting.`);
}
