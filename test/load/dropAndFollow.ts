// Uploads many databases' backups at once to a running sqlferry, and follows each file to its row and its announcement.
import { setTimeout as sleep } from "node:timers/promises";
import type { RestError, TableClient } from "@azure/data-tables";
import type { ContainerClient } from "@azure/storage-blob";
import { type BackupFile, sourceDatabase } from "../../local/backups/history.ts";
import { clientOf } from "../e2e/support/client.ts";

export interface Place {
  readonly baseUrl: string;
  /** The caller's token; absent: the host signs everybody in, as the local one does. */
  readonly token?: string | undefined;
  readonly backups: ContainerClient;
  /** The table "Backups". */
  readonly rows: TableClient;
}

export interface Load {
  readonly databases: number;
  /** Log backups of each database, besides its full backup. */
  readonly logs: number;
  /** A file that has not come counts as lost after so many seconds without anything new. */
  readonly patienceSeconds: number;
  /** Ends the load early; its migrations and files are removed all the same. */
  readonly interrupted: AbortSignal;
  /** Receives a line for each step. */
  readonly say: (line: string) => void;
}

/** Times are milliseconds since 1970. What did not happen is absent. */
export interface DroppedFile {
  readonly name: string;
  readonly uploadedAt: number;
  /** When it was first seen, by this process's clock. */
  readonly rowAt?: number;
  /** By the clock of the app. */
  readonly announcedAt?: number;
  /** The verdict that the API gives in the end. All files belong to the plan, so "selected" is right. */
  readonly verdict?: string;
}

export interface Followed {
  readonly databases: number;
  readonly startedAt: number;
  readonly files: readonly DroppedFile[];
}

/** The number of requests and uploads in progress at once. */
const AT_ONCE = 16;

/**
 * Registers each database offline, to be started by a person, so that nothing reaches DMS. `measured` is called when
 * everything is registered, and again when everything is announced or given up. With `tidies` it cancels what it
 * registered and deletes what it uploaded.
 */
export async function dropAndFollow(
  place: Place,
  load: Load,
  tidies: boolean,
  measured: () => Promise<void>,
): Promise<Followed> {
  const client = apiOf(place);
  const prefix = `load-${Date.now().toString(36)}-`;
  const folders = Array.from({ length: load.databases }, (_, n) => `${prefix}${String(n + 1).padStart(5, "0")}`);
  const ids = new Map<string, string>();
  let uploading = Promise.resolve();
  try {
    load.say(`Registering ${folders.length} databases ...`);
    await each(folders, async (folder) => {
      load.interrupted.throwIfAborted();
      ids.set(folder, await client.register(folder));
    });
    await measured();
    const startedAt = Date.now();
    load.say(`Dropping ${folders.length * (1 + load.logs)} files ...`);
    const uploaded = new Map<string, number>();
    uploading = each(folders, async (folder) => {
      for (const { fileName, bytes } of filesOf(folder, load.logs)) {
        load.interrupted.throwIfAborted();
        const name = `${folder}/${fileName}`;
        await place.backups.getBlockBlobClient(name).uploadData(bytes);
        uploaded.set(name, Date.now());
      }
    });
    const rows = await followRows(place.rows, prefix, load, uploading);
    load.say("Waiting for the last announcements ...");
    const announced = await followEvents(client, ids, load);
    await measured();
    const verdicts = new Map<string, string>();
    await each([...ids.values()], async (id) => {
      for (const { name, verdict } of await client.files(id)) verdicts.set(name, verdict);
    });
    const files = [...uploaded].map(([name, uploadedAt]): DroppedFile => {
      const [rowAt, announcedAt, verdict] = [rows.get(name), announced.get(name), verdicts.get(name)];
      return {
        name,
        uploadedAt,
        ...(rowAt !== undefined && { rowAt }),
        ...(announcedAt !== undefined && { announcedAt }),
        ...(verdict !== undefined && { verdict }),
      };
    });
    return { databases: folders.length, startedAt, files };
  } finally {
    await uploading.catch(() => undefined); // it was thrown above; this waits for uploads still in progress
    if (tidies) await tidyUp(client, place.backups, prefix, [...ids.values()], load);
  }
}

const filesOf = (folder: string, logs: number): BackupFile[] => {
  const source = sourceDatabase({ name: folder, startedAt: "2025-11-24T21:00:00" });
  return [source.full(), ...Array.from({ length: logs }, () => source.log())];
};

/** The part of the API that the load needs, signed in. */
function apiOf({ baseUrl, token }: Place) {
  const { api, until } = clientOf({ baseUrl });
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await api(method, path, body, token === undefined ? {} : { authorization: `Bearer ${token}` });
    if (answer.status >= 300)
      throw new Error(`${method} ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const at = (id: string, more = ""): string => `/api/v1/migrations/${id}${more}`;
  const page = async <Item>(path: string, cursor: string | undefined): Promise<Page<Item>> =>
    ask("GET", cursor === undefined ? path : `${path}?cursor=${encodeURIComponent(cursor)}`);
  return {
    register: async (folder: string): Promise<string> =>
      (
        await ask("POST", "/api/v1/migrations", {
          source: { folder },
          target: { databaseName: folder },
          mode: "offline",
          start: "manual",
        })
      ).migrationId,
    /** The files of all pages. */
    async files(id: string): Promise<readonly { name: string; verdict: string }[]> {
      const files: { name: string; verdict: string }[] = [];
      let cursor: string | undefined;
      do {
        const { items, nextCursor } = await page<(typeof files)[number]>(at(id, "/files"), cursor);
        files.push(...items);
        cursor = nextCursor;
      } while (cursor !== undefined);
      return files;
    },
    /** One page: the events after the cursor. */
    events: (id: string, cursor: string | undefined) =>
      page<{ type: string; time: string; data: { file?: string } }>(at(id, "/events"), cursor),
    cancel: async (id: string): Promise<void> => {
      await ask("POST", at(id, "/cancel"), { reason: "The load test is over." });
      await until(`${id} is canceled`, async () => (await ask("GET", at(id))).state === "canceled");
    },
  };
}

type Api = ReturnType<typeof apiOf>;

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string;
}

/** When each row was first seen. Ends when `uploading` is done and every file has a row, or when nothing new comes. */
async function followRows(
  table: TableClient,
  prefix: string,
  { databases, logs, say, ...waiting }: Load,
  uploading: Promise<void>,
): Promise<ReadonlyMap<string, number>> {
  const seen = new Map<string, number>();
  // A partition key begins with the folder's name, so that rows of other folders are not read.
  const filter = `PartitionKey ge '${prefix}' and PartitionKey lt '${prefix}~' and name ge '${prefix}'`;
  let isUploading = true;
  const uploads = uploading.finally(() => {
    isUploading = false;
  });
  uploads.catch(() => undefined); // it is thrown below
  const total = databases * (1 + logs);
  let told = 0;
  await untilNothingNew(waiting, async () => {
    const [before, lookedAt] = [seen.size, Date.now()];
    for (const name of await namesIn(table, filter)) if (!seen.has(name)) seen.set(name, lookedAt);
    const tenths = Math.floor((10 * seen.size) / total);
    if (tenths > told) say(`${seen.size} of ${total} files have their row.`);
    told = tenths;
    return seen.size === total ? "done" : isUploading || seen.size > before;
  });
  await uploads;
  return seen;
}

/** The app creates its table when it first needs it: until then there are no rows. */
async function namesIn(table: TableClient, filter: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of table.listEntities<{ name: string }>({ queryOptions: { filter, select: ["name"] } }))
      names.push(name);
  } catch (error) {
    if ((error as RestError).statusCode !== 404) throw error;
  }
  return names;
}

/** The time of each file's first event. */
async function followEvents(
  api: Api,
  ids: ReadonlyMap<string, string>,
  { logs, ...waiting }: Load,
): Promise<ReadonlyMap<string, number>> {
  const announced = new Map<string, number>();
  /** By migration: the last page's cursor, since events are published in order, and the files that had an event. */
  const open = new Map(
    [...ids.values()].map((id) => [id, { cursor: undefined as string | undefined, files: new Set() }]),
  );
  await untilNothingNew(waiting, async () => {
    const before = announced.size;
    for (const [id, told] of open) {
      for (;;) {
        const { items, nextCursor } = await api.events(id, told.cursor);
        for (const { type, time, data } of items) {
          if (data.file === undefined || !/\.backup\.(accepted|rejected)$/.test(type) || told.files.has(data.file))
            continue;
          told.files.add(data.file);
          announced.set(data.file, Date.parse(time));
        }
        if (nextCursor === undefined) break;
        told.cursor = nextCursor;
      }
      if (told.files.size === 1 + logs) open.delete(id);
    }
    return open.size === 0 ? "done" : announced.size > before;
  });
  return announced;
}

/**
 * Looks repeatedly, at longer intervals the longer a look takes, until it is done or `patienceSeconds` have brought
 * nothing new.
 */
async function untilNothingNew(
  { patienceSeconds, interrupted }: Pick<Load, "patienceSeconds" | "interrupted">,
  look: () => Promise<"done" | boolean>,
): Promise<void> {
  let newsAt = Date.now();
  for (;;) {
    const began = Date.now();
    const found = await look();
    if (found === "done") return;
    if (found) newsAt = Date.now();
    if (Date.now() - newsAt > 1_000 * patienceSeconds) return;
    await sleep(Math.max(250, 3 * (Date.now() - began)), undefined, { signal: interrupted });
  }
}

async function tidyUp(
  api: Api,
  backups: ContainerClient,
  prefix: string,
  ids: readonly string[],
  { say }: Load,
): Promise<void> {
  say(`Canceling ${ids.length} migrations and deleting their files ...`);
  await each(ids, (id) => api.cancel(id));
  const names: string[] = [];
  for await (const { name } of backups.listBlobsFlat({ prefix })) names.push(name);
  await each(names, async (name) => void (await backups.deleteBlob(name)));
}

/** Works on several items at once. Throws the first error when no work is in progress any more. */
async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (const item of left) await work(item);
  });
  const failed = (await Promise.allSettled(workers)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}
