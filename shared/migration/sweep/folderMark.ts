// Says what is kept of a folder from sweep to sweep, and from it whether and how thoroughly the folder is looked at.
import { createHash } from "node:crypto";
import type { Migration } from "../migration.ts";
import type { BackupFile } from "../observed.ts";
import { storedJson } from "../stored/storedJson.ts";

/** What a sweep has seen of a folder. */
export interface FolderMark {
  /** UTC. */
  readonly sweptAt: string;
  /** Its migration had ended then. */
  readonly hasEnded: boolean;
  /** Of the migration's line just before. Absent: no line showed it. */
  readonly revision?: number;
  /**
   * Absent where there is something to come back for: a file that may be readable next time, a verdict that is not
   * announced.
   */
  readonly quiet?: QuietFolder;
}

/** Listing and rows agreed, and all of it was announced. */
export interface QuietFolder {
  /** listingOf its files. */
  readonly listing: string;
  /** chainOf its migration's record, read before the rows. */
  readonly chain: string;
  /** UTC; when rows and listing were compared. */
  readonly comparedAt: string;
  /** UTC; when the migration's record had last changed. */
  readonly updatedAt: string;
}

const DAY_MS = 86_400_000;

/** How the folder of an ended migration is looked at: not yet again, its listing alone, or as a whole. */
export type Duty = "none" | "listing" | "all";

/**
 * Once when it has ended, again where its line shows another revision (who wrote the record since may have died before
 * he had published), and then once a day. When nothing has changed for `settledDays`, only its listing is compared with
 * the last one: a page for 2,000 files, and no row. A new file in it is news as in any other folder.
 */
export function dutyOfEnded(
  mark: FolderMark | undefined,
  revision: number | undefined,
  now: Date,
  settledDays: number,
): Duty {
  if (!mark?.hasEnded || mark.revision !== revision) return "all";
  if (isWithin(mark.sweptAt, now, DAY_MS)) return "none";
  return mark.quiet && !isWithin(mark.quiet.updatedAt, now, settledDays * DAY_MS) ? "listing" : "all";
}

/**
 * Neither the files nor what the last look made of their rows have changed since they were compared, and the migration
 * has neither ended nor been restarted: whoever writes a row has a look follow it. While the migration is open they are
 * compared once a day in any case, since somebody may have changed rows past sqlferry.
 */
export function isStillQuiet(
  mark: FolderMark | undefined,
  seen: { readonly listing: string; readonly chain: string | undefined; readonly hasEnded: boolean },
  now: Date,
): boolean {
  if (!mark?.quiet || mark.hasEnded !== seen.hasEnded) return false;
  const { listing, chain, comparedAt } = mark.quiet;
  const isFresh = seen.hasEnded || isWithin(comparedAt, now, DAY_MS);
  return isFresh && listing === seen.listing && chain === seen.chain;
}

const isWithin = (utc: string, now: Date, milliseconds: number): boolean =>
  now.getTime() - Date.parse(utc) < milliseconds;

/** 32 hex digits for names, versions and tiers, in the order of the listing. */
export function listingOf(files: readonly BackupFile[]): string {
  const hash = createHash("sha256");
  for (const { name, etag, isArchived } of files) hash.update(`${name}\n${etag}\n${isArchived ? "archived" : ""}\n`);
  return hash.digest("hex").slice(0, 32);
}

/** 32 hex digits for what the last look has made of the folder's rows; undefined before the first one. */
export function chainOf({ summary }: Migration): string | undefined {
  return summary && createHash("sha256").update(storedJson(summary)).digest("hex").slice(0, 32);
}
