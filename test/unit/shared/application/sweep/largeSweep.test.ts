// Tests what it costs to sweep 8,000 folders with a million blobs, in calls of the ports; docs/benchmarks.md has the
// figures.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { InvocationContext } from "@azure/functions";
import { draftOf } from "../../../../../shared/application/files/ensureMigration.ts";
import { hasEnded, type Migration, type MigrationFacts } from "../../../../../shared/migration/migration.ts";
import type { BackupFile, CatalogueEntry } from "../../../../../shared/migration/observed.ts";
import type { MigrationState } from "../../../../../shared/migration/words.ts";
import type { ListedFolder, Services } from "../../../../../shared/ports.ts";
import { type DurableHost, startDurableHost } from "../../../../support/durableHost.ts";
import { aSummary } from "../../../../support/facts.ts";
import { sweepAll } from "../../../../support/sweep.ts";
import { aWorld } from "../../../../support/world.ts";

const PAGE = 2_000;
const ROWS_OF_A_QUERY = 1_000;

let durable: DurableHost;
before(async () => {
  durable = await startDurableHost();
});
after(() => durable.stop());

/**
 * Folders with this many files each, all of them known and announced. A folder's files are in memory only when it is
 * read.
 */
function aCountedEstate(folders: number, filesOf: number, stateOf: (folder: number) => MigrationState) {
  const world = aWorld();
  const { services: base } = world;
  const counts = new Map<string, number>();
  const count = (what: string, times = 1): void => void counts.set(what, (counts.get(what) ?? 0) + times);
  let [filesInMemory, mostFiles] = [0, 0];
  const nameOf = (folder: number) => `Database ${folder}`;
  const migrationOf = (folder: number): Migration => ({
    ...draftOf(base, nameOf(folder)),
    state: stateOf(folder),
    summary: aSummary(),
  });
  const lines: readonly ListedFolder[] = Array.from({ length: folders }, (_, folder) => {
    const { migrationId, state } = migrationOf(folder);
    return { migrationId, line: { folder: nameOf(folder), hasEnded: hasEnded({ state }), revision: 1 } };
  }).sort((a, b) => (a.migrationId < b.migrationId ? -1 : 1));
  const folderOf = new Map(Array.from({ length: folders }, (_, folder) => [migrationOf(folder).migrationId, folder]));
  const factsOf = (id: string): MigrationFacts => ({
    migration: migrationOf(folderOf.get(id) ?? assert.fail()),
    version: "1 e",
    requests: {},
  });
  const fileOf = (folder: string, file: number): BackupFile => ({
    name: `${folder}/${folder}_LOG_${String(file).padStart(6, "0")}.trn`,
    etag: '"0x8DD0D4E8A1B2C3D"',
    sizeBytes: 1_000,
    blobType: "BlockBlob",
    arrivedAt: "2025-11-24T00:00:00.000Z",
  });
  const noting = async (name: string, answer: () => unknown) => {
    count(name);
    return answer();
  };
  const counted = <Port extends object>(what: string, port: Port): Port =>
    Object.fromEntries(
      Object.entries(port).map(([name, call]) =>
        typeof call === "function"
          ? [name, (...args: unknown[]) => noting(`${what}.${name}`, () => call(...args))]
          : [name, call],
      ),
    ) as Port;

  const services: Services = {
    ...base,
    files: {
      ...base.files,
      async *list(prefix) {
        count("listing pages", Math.max(1, Math.ceil(filesOf / PAGE)));
        for (let file = 0; file < filesOf; file++) {
          mostFiles = Math.max(mostFiles, ++filesInMemory);
          yield fileOf(prefix.slice(0, -1), file);
        }
      },
      async topLevel(page = "0") {
        count("top-level pages");
        const first = Number(page);
        const names = Array.from({ length: Math.min(PAGE, folders - first) }, (_, n) => nameOf(first + n));
        return { folders: names, files: [], ...(first + PAGE < folders && { next: `${first + PAGE}` }) };
      },
    },
    catalogue: {
      ...base.catalogue,
      async list(migrationId) {
        count("rows", filesOf);
        const folder = nameOf(folderOf.get(migrationId) ?? assert.fail());
        return Array.from({ length: filesOf }, (_, file): CatalogueEntry => {
          const { etag, ...more } = fileOf(folder, file);
          return {
            record: { ...more, etag, content: { kind: "unreadable", code: "NOT_A_BACKUP", message: "" } },
            announced: `${etag}|notABackup|`,
          };
        });
      },
    },
    migrations: counted("migrations", {
      ...base.migrations,
      listedFolders: async (after) => {
        const first = after === undefined ? 0 : lines.findIndex(({ migrationId }) => migrationId > after);
        const some = first < 0 ? [] : lines.slice(first, first + ROWS_OF_A_QUERY);
        const next = some.at(-1)?.migrationId;
        return { folders: some, ...(next !== undefined && next !== lines.at(-1)?.migrationId && { next }) };
      },
      listedIds: async () => new Set(folderOf.keys()),
      ids: async () => [],
      standing: async (id) => {
        filesInMemory -= filesOf; // only a digest of the listing is left
        return { ...factsOf(id), hasWaitingEvents: false };
      },
      facts: async (id) => factsOf(id),
      commit: async () => "committed",
      outbox: async () => [],
    }),
    sweeps: counted("sweeps", base.sweeps),
  };
  const context = {
    ...world.log,
    options: { extraInputs: [{ type: "durableClient", name: "client" }] },
    extraInputs: { get: () => ({ taskHubName: "t", creationUrls: {}, managementUrls: {}, rpcBaseUrl: durable.url }) },
  } as unknown as InvocationContext;
  for (const { migrationId } of lines) durable.status.set(`mig-${migrationId}-run-1`, "Running");
  return {
    services,
    later: (milliseconds: number) => {
      world.now = new Date(world.now.getTime() + milliseconds);
    },
    /** The number of parts, the calls, and the most files in memory at once. */
    async sweep() {
      counts.clear();
      [filesInMemory, mostFiles] = [0, 0];
      const parts = await sweepAll(services, context);
      return { parts, counts: Object.fromEntries([...counts].sort()), mostFiles };
    },
  };
}

test("8,000 folders with a million blobs, nothing new: a listing page and a record each, in parts, sixteen folders in memory", async () => {
  const folders = 8_000;
  const estate = aCountedEstate(folders, 125, () => "draft");
  const first = await estate.sweep();
  assert.deepEqual([first.counts["rows"], first.counts["sweeps.mark"]], [1_000_000, folders]);
  estate.later(600_000);
  const { parts, counts, mostFiles } = await estate.sweep();
  assert.deepEqual(counts, {
    "listing pages": folders,
    "migrations.standing": folders,
    "migrations.repairLine": folders, // makes no request where the line is right
    "migrations.listedFolders": 40 + 8 + 8, // open migrations by 200; a check that none has ended; the VMs
    "migrations.listedIds": 4,
    "top-level pages": 4,
    "sweeps.marks": 40 + 8,
    "sweeps.keep": parts.length,
    "sweeps.last": 1,
    "sweeps.note": 1,
  });
  assert.deepEqual([parts.length, parts.at(-1)?.folders], [40 + 4 + 8 + 1, folders]);
  assert.ok(mostFiles <= 16 * 125, `${mostFiles} files`);
});

test("8,000 migrations that have ended: once a day 500 in a sweep, until all were seen; after 30 days a listing page each and nothing else", async () => {
  const folders = 8_000;
  const estate = aCountedEstate(folders, 3, () => "succeeded");
  let visited = 0;
  for (let sweep = 0; sweep < 16; sweep++) {
    const { counts } = await estate.sweep();
    assert.equal(counts["listing pages"], 500);
    visited += 500;
    estate.later(600_000);
  }
  assert.equal(visited, folders);
  assert.equal((await estate.sweep()).counts["listing pages"], undefined, "all of them were seen within a day");
  estate.later(40 * 86_400_000);
  const { counts } = await estate.sweep();
  const seen = counts["listing pages"];
  assert.deepEqual(
    [counts["rows"], counts["migrations.standing"], counts["sweeps.mark"]],
    [undefined, undefined, seen],
  );
});

test("a folder of 8,640 files without news costs five listing pages", async () => {
  const estate = aCountedEstate(1, 8_640, () => "draft");
  await estate.sweep();
  const { counts } = await estate.sweep();
  assert.deepEqual([counts["listing pages"], counts["migrations.standing"], counts["rows"]], [5, 1, undefined]);
});
