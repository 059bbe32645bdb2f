// Drops three small generated databases: one completes by itself, one waits for its cutover, one lacks a log.
import type { ContainerClient } from "@azure/storage-blob";
import { type BackupFile, type SourceBackup, type SourceDatabase, sourceDatabase } from "./backups/history.ts";

interface Example {
  /** Of the database and of its folder. */
  readonly name: string;
  readonly mode: "online" | "offline";
  readonly about: string;
  readonly backupsOf: (source: SourceDatabase) => readonly SourceBackup[];
}

const MB = 1024 * 1024;
/** Large enough to be seen moving at the emulator's restore rate. */
const FULL = { payloadBytes: 8 * MB };
const DIFFERENTIAL = { payloadBytes: 3 * MB };
const LOG = { payloadBytes: 1 * MB };

const EXAMPLES: readonly Example[] = [
  {
    name: "Orders",
    mode: "offline",
    about: "offline, ends in a tail log: completes by itself",
    backupsOf: (source) => [
      source.full(FULL),
      source.log(LOG),
      source.differential(DIFFERENTIAL),
      source.log(LOG),
      source.log(LOG),
      source.log({ ...LOG, tail: true }),
    ],
  },
  {
    name: "Customers",
    mode: "online",
    about: "online: becomes ready for cutover, which you decide",
    backupsOf: (source) => [source.full(FULL), source.differential(DIFFERENTIAL), source.log(LOG), source.log(LOG)],
  },
  {
    name: "Inventory",
    mode: "online",
    about: "online, one log is missing: says which, and what heals it",
    backupsOf: (source) => {
      const [full, first, _missing, last] = [source.full(FULL), source.log(LOG), source.log(LOG), source.log(LOG)];
      return [full, first, last];
    },
  },
];

const INTERVAL_MINUTES = 15;

/**
 * Registers and drops each example whose folder is empty, as any client would: over the API and with the storage SDK.
 */
export async function dropExamples(
  baseUrl: string,
  backups: ContainerClient,
  print: (line: string) => void,
): Promise<void> {
  for (const example of EXAMPLES) {
    if (!(await isEmpty(backups, `${example.name}/`))) continue;
    await register(baseUrl, example);
    const files = filesOf(example, new Date());
    await Promise.all(files.map(({ fileName, bytes }) => upload(backups, `${example.name}/${fileName}`, bytes)));
    print(`Uploaded ${files.length} backups of the example ${example.name} (${example.about}).`);
  }
}

/** The last backup was taken shortly before `now`. */
function filesOf({ name, backupsOf }: Example, now: Date): readonly BackupFile[] {
  const offsetMinutes = -now.getTimezoneOffset();
  const startedAt = new Date(now.getTime() + (offsetMinutes - 7 * INTERVAL_MINUTES) * 60_000)
    .toISOString()
    .slice(0, 19);
  const source = sourceDatabase({
    name,
    startedAt,
    intervalMinutes: INTERVAL_MINUTES,
    withChecksum: true,
    common: { utcOffsetMinutes: offsetMinutes },
  });
  return backupsOf(source).flatMap(({ files }) => files);
}

const upload = (backups: ContainerClient, name: string, bytes: Uint8Array) =>
  backups.getBlockBlobClient(name).uploadData(bytes);

async function isEmpty(backups: ContainerClient, prefix: string): Promise<boolean> {
  for await (const _ of backups.listBlobsFlat({ prefix })) return false;
  return true;
}

/** Before its first file, which would otherwise make a draft in the default mode. */
async function register(baseUrl: string, { name, mode }: Example): Promise<void> {
  const answer = await fetch(`${baseUrl}/api/v1/migrations`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ source: { folder: name }, target: { databaseName: name }, mode }),
  });
  const isThere = answer.status === 409; // registered before, and its files were deleted
  if (!answer.ok && !isThere)
    throw new Error(`The example ${name} could not be registered: ${answer.status} ${await answer.text()}`);
}
