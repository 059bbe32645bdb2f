// Reads a folder's rows through a memory of this process: what has not changed since is neither read nor parsed again.
import type { TableClient } from "@azure/data-tables";
import { compareText } from "../../chain/files/identity.ts";
import type { CatalogueEntry } from "../../migration/observed.ts";
import {
  ALL_FILES,
  changedSince,
  filesIn,
  type Generation,
  type KeyRange,
  readGeneration,
} from "./folderGeneration.ts";
import { type RecentlyUsed, recentlyUsed } from "./recentlyUsed.ts";
import type { Row } from "./tableRows.ts";

/** A folder as it was read; never changed, only replaced. */
export interface KnownFolder {
  /** Read before the rows. */
  readonly generation: Generation | undefined;
  /** By key. */
  readonly rows: ReadonlyMap<string, KnownRow>;
  /** Ordered by name. */
  readonly entries: readonly CatalogueEntry[];
  readonly readAt: number;
}

interface KnownRow {
  readonly etag: string;
  /** Undefined: it cannot be read, and does not even tell its name. */
  readonly entry: CatalogueEntry | undefined;
}

/**
 * Parsed records take 1.4 KiB each (docs/benchmarks.md), so this is at most 70 MiB: six folders of a month with a
 * log every five minutes.
 */
const MOST_RECORDS = 50_000;
/**
 * Whoever changes rows past the stamps, as an instance of 0.1.0 that is still running while it is replaced, or a person
 * with a tool, is noticed by then.
 */
const READ_ANEW_MS = 3_600_000;
/** More ranges than this cost more requests than pages of the whole. */
const MOST_RANGES = 16;
/** A request costs about as much as so many rows that have not changed: a small folder is read by one. */
const ROWS_OF_A_REQUEST = 50;

export interface FolderRows {
  read(folderId: string): Promise<KnownFolder>;
  /** What this process last knew; it may have changed since. */
  remembered(folderId: string): KnownFolder | undefined;
  /** By whoever has changed it, and knows that nobody else has. */
  remember(folderId: string, folder: KnownFolder): void;
  /** Records in memory. */
  weight(): number;
}

export function createFolderRows(
  table: () => Promise<TableClient>,
  entryOf: (row: Row) => CatalogueEntry | undefined,
  mostRecords = MOST_RECORDS,
): FolderRows {
  const memory: RecentlyUsed<KnownFolder> = recentlyUsed(mostRecords, ({ rows }) => rows.size);

  /** The same objects for rows that are still the same. */
  const knownRows = (rows: readonly Row[], before: KnownFolder | undefined): [string, KnownRow][] =>
    rows.map((row) => {
      const [key, etag] = [String(row["rowKey"]), String(row["etag"])];
      const known = before?.rows.get(key);
      return [key, known?.etag === etag ? known : { etag, entry: entryOf(row) }];
    });

  return {
    async read(folderId) {
      const client = await table();
      const before = memory.get(folderId);
      const generation = await readGeneration(client, folderId); // before the rows, see folderGeneration.ts
      const isRecent = before !== undefined && Date.now() - before.readAt < READ_ANEW_MS;
      if (isRecent && before.generation?.stamp === generation?.stamp) return before;
      const changed = isRecent ? changedSince(before.generation, generation) : [];
      const folder =
        isRecent && changed.length <= MOST_RANGES && before.rows.size > ROWS_OF_A_REQUEST * (changed.length - 1)
          ? folderOf(generation, await partlyAnew(before, changed), before.readAt)
          : folderOf(generation, new Map(knownRows(await inOrder(ALL_FILES), before)), Date.now());
      memory.set(folderId, folder);
      return folder;

      async function inOrder(range: KeyRange): Promise<Row[]> {
        return (await filesIn(client, folderId, range)).sort(byName);
      }

      async function partlyAnew(known: KnownFolder, changed: readonly KeyRange[]): Promise<Map<string, KnownRow>> {
        const read = await Promise.all(changed.map(inOrder));
        const isIn = (key: string) => changed.some(({ from, to }) => key >= from && key < to);
        const kept = [...known.rows].filter(([key]) => !isIn(key));
        return new Map([...kept, ...read.flatMap((rows) => knownRows(rows, known))]);
      }
    },
    remembered: (folderId) => memory.get(folderId),
    remember: (folderId, folder) => memory.set(folderId, folder),
    weight: () => memory.weight(),
  };
}

function folderOf(generation: Generation | undefined, rows: KnownFolder["rows"], readAt: number): KnownFolder {
  const entries = [...rows.values()].flatMap(({ entry }) => entry ?? []);
  return { generation, rows, entries: entries.sort((a, b) => compareText(a.record.name, b.record.name)), readAt };
}

/** The folder with words that were announced, and nothing else that has changed. */
export function announcedIn(
  folder: KnownFolder,
  generation: Generation,
  words: ReadonlyMap<string, { readonly announced: string; readonly etag: string }>,
): KnownFolder {
  const rows = new Map(folder.rows);
  for (const [key, { announced, etag }] of words) {
    const known = rows.get(key);
    if (known) rows.set(key, { etag, entry: known.entry && { ...known.entry, announced } });
  }
  return folderOf(generation, rows, folder.readAt);
}

/**
 * Rows come in the order of a hash. Records are made in the order in which the chain will look at them: what is looked
 * at together then lies together in memory, which halves the time of an assessment.
 */
const byName = (a: Row, b: Row): number => compareText(String(a["name"]), String(b["name"]));
