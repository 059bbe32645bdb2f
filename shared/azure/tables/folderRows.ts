// Reads a folder's rows through a memory of this process: what has not changed since is neither read nor parsed again.
import type { TableClient } from "@azure/data-tables";
import { compareText } from "../../chain/files/identity.ts";
import type { CatalogueEntry } from "../../migration/observed.ts";
import { ALL_FILES, filesIn, GENERATION, type KeyRange, partOf, rangesOf, stampsOfParts } from "./folderGenerations.ts";
import { type RecentlyUsed, recentlyUsed } from "./recentlyUsed.ts";
import { orMissing, type Row } from "./tableRows.ts";

/** A folder as it was read; never changed, only replaced. */
export interface KnownFolder {
  /** Of the folder's generation, read before the rows; undefined: it had none. */
  readonly generation: { readonly stamp: string; readonly etag: string } | undefined;
  readonly stampOfPart: ReadonlyMap<string, string>;
  readonly rows: ReadonlyMap<string, KnownRow>;
  /** Ordered by name. */
  readonly entries: readonly CatalogueEntry[];
  readonly readAt: number;
}

export interface KnownRow {
  readonly etag: string;
  /** Undefined: it cannot be read, and does not even tell its name. */
  readonly entry: CatalogueEntry | undefined;
}

/** Parsed records take about 1.5 KB each (docs/benchmarks.md), so this is at most 75 MB: six folders of a month with a log every five minutes. */
const MOST_RECORDS = 50_000;
/**
 * Whoever changes rows past the stamps, as an instance of 0.1.0 that is still running while it is replaced, or a person with a tool, is
 * noticed by then.
 */
const READ_ANEW_MS = 3_600_000;
/** More ranges than this cost more requests than pages of the whole. */
const MOST_RANGES = 16;

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
      const top = await orMissing(client.getEntity<Row>(folderId, GENERATION)); // before all else, see folderGenerations.ts
      const generation = top && { stamp: String(top["stamp"]), etag: String(top.etag) };
      const isRecent = before !== undefined && Date.now() - before.readAt < READ_ANEW_MS;
      if (isRecent && before.generation?.stamp === generation?.stamp) return before;
      const stampOfPart = generation ? await stampsOfParts(client, folderId) : new Map<string, string>();
      const ranges = isRecent ? rangesOf(changedParts(before.stampOfPart, stampOfPart)) : undefined;
      const folder =
        isRecent && ranges && ranges.length <= MOST_RANGES
          ? folderOf(generation, stampOfPart, await partlyAnew(before, ranges), before.readAt)
          : folderOf(generation, stampOfPart, new Map(knownRows(await inOrder(ALL_FILES), before)), Date.now());
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

export function folderOf(
  generation: KnownFolder["generation"],
  stampOfPart: KnownFolder["stampOfPart"],
  rows: KnownFolder["rows"],
  readAt: number,
): KnownFolder {
  const entries = [...rows.values()].flatMap(({ entry }) => entry ?? []);
  return {
    generation,
    stampOfPart,
    rows,
    entries: entries.sort((a, b) => compareText(a.record.name, b.record.name)),
    readAt,
  };
}

/** The folder with words that were announced and stamps that were written with them, and nothing else. */
export function announcedIn(
  folder: KnownFolder,
  words: ReadonlyMap<string, { readonly announced: string; readonly etag: string }>,
  generation: KnownFolder["generation"],
  stamp: string,
): KnownFolder {
  const rows = new Map(folder.rows);
  const stampOfPart = new Map(folder.stampOfPart);
  for (const [key, { announced, etag }] of words) {
    stampOfPart.set(partOf(key), stamp);
    const known = rows.get(key);
    if (known) rows.set(key, { etag, entry: known.entry && { ...known.entry, announced } });
  }
  return folderOf(generation, stampOfPart, rows, folder.readAt);
}

function changedParts(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): Set<string> {
  return new Set([...now].filter(([part, stamp]) => before.get(part) !== stamp).map(([part]) => part));
}

/**
 * Rows come in the order of a hash. Records are made in the order in which the chain will look at them: what is looked at together
 * then lies together in memory, which halves the time of an assessment.
 */
const byName = (a: Row, b: Row): number => compareText(String(a["name"]), String(b["name"]));
