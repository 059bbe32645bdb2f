// Selects the folders that the next part of a sweep visits, and where the part after it begins.

import { UnreadableRowError } from "../../migration/faults.ts";
import { migrationIdOf } from "../../migration/ids.ts";
import { dutyOfEnded, type FolderMark } from "../../migration/sweep/folderMark.ts";
import { type SweepPlace, type SweepProgress, stageBehind } from "../../migration/sweep/sweepProgress.ts";
import type { ListedFolder, Services } from "../../ports.ts";

/** One folder that is to be looked at. */
export interface Visit {
  readonly migrationId: string;
  readonly folder: string;
  /** "listing": only whether its files have changed. */
  readonly duty: "listing" | "all";
  /** No line shows its migration: a folder without files has none. */
  readonly isUnlisted?: boolean;
  readonly listed?: ListedFolder;
  readonly mark?: FolderMark | undefined;
  /** Where a part continues once this folder and those before it are done. */
  readonly behind: SweepPlace;
}

export interface Part {
  readonly visits: readonly Visit[];
  /** Where the next part begins. */
  readonly next: SweepPlace;
}

/** Most folders of a part: without news a part takes seconds, and a crash loses one part. */
const MOST_VISITS = 200;
/** Records of a part; each takes a request. */
const MOST_RECORDS = 500;
/**
 * Most folders of ended migrations in a sweep, so that open ones do not wait long for the next: 72,000 in a day of
 * sweeps.
 */
const MOST_ENDED = 500;

/** A part of the stage at which the progress is. */
export function nextPart(services: Services, progress: SweepProgress): Promise<Part> {
  switch (progress.stage) {
    case "open":
      return openFolders(services, progress);
    case "records":
      return unlistedRecords(services, progress);
    case "folders":
      return unlistedFolders(services, progress);
    case "ended":
      return endedFolders(services, progress);
    default:
      return Promise.resolve({ visits: [], next: stageBehind(progress, services.clock.now()) });
  }
}

/** Lines that show an open migration, or cannot be read: then the record decides. */
async function openFolders(services: Services, progress: SweepProgress): Promise<Part> {
  const { lines, marks, next } = await someLines(services, progress);
  const visits: Visit[] = [];
  for (const listed of lines) {
    if (listed.line?.hasEnded) continue;
    const { migrationId } = listed;
    const folder = listed.line?.folder ?? (await folderOfRecord(services, migrationId));
    if (folder === undefined) continue;
    const behind = { stage: "open", after: migrationId } as const;
    visits.push({ migrationId, folder, duty: "all", listed, mark: marks.get(migrationId), behind });
  }
  return atMost(visits, next);
}

/** Folders of ended migrations that are due; see dutyOfEnded. */
async function endedFolders(services: Services, progress: SweepProgress): Promise<Part> {
  const now = services.clock.now();
  const most = MOST_ENDED - progress.ended;
  if (most <= 0) return { visits: [], next: stageBehind(progress, now) };
  const { lines, marks, next } = await someLines(services, progress);
  const visits = lines.flatMap((listed): Visit[] => {
    const { migrationId, line } = listed;
    if (!line?.hasEnded) return [];
    const mark = marks.get(migrationId);
    const duty = dutyOfEnded(mark, line.revision, now, services.config.sweep.settledDays);
    const behind = { stage: "ended", after: migrationId } as const;
    return duty === "none" ? [] : [{ migrationId, folder: line.folder, duty, listed, mark, behind }];
  });
  return atMost(visits, next, Math.min(most, MOST_VISITS));
}

async function someLines({ migrations, sweeps, clock }: Services, progress: SweepProgress) {
  const { folders: lines, next } = await migrations.listedFolders(progress.after);
  const [first, last] = [lines[0], lines.at(-1)];
  const marks = first && last ? await sweeps.marks(first.migrationId, last.migrationId) : new Map<string, FolderMark>();
  const place: SweepPlace =
    next === undefined ? stageBehind(progress, clock.now()) : { stage: progress.stage, after: next };
  return { lines, marks, next: place };
}

/** Migrations whose line was never written: the process that registered them died in between. */
async function unlistedRecords(services: Services, progress: SweepProgress): Promise<Part> {
  const { migrations, clock } = services;
  const listed = await migrations.listedIds();
  const ids = await migrations.ids(progress.after ?? "", MOST_RECORDS);
  const visits: Visit[] = [];
  for (const migrationId of ids) {
    if (listed.has(migrationId)) continue;
    const folder = await folderOfRecord(services, migrationId);
    const behind = { stage: "records", after: migrationId } as const;
    if (folder !== undefined) visits.push({ migrationId, folder, duty: "all", behind });
  }
  const last = ids.at(-1);
  const isMore = last !== undefined && ids.length === MOST_RECORDS;
  return atMost(visits, isMore ? { stage: "records", after: last } : stageBehind(progress, clock.now()));
}

/** Undefined when the record cannot be read either, which is reported, or does not exist. */
async function folderOfRecord({ migrations, faults }: Services, migrationId: string): Promise<string | undefined> {
  try {
    return (await migrations.facts(migrationId))?.migration.source.folder;
  } catch (error) {
    if (!(error instanceof UnreadableRowError)) throw error;
    faults.note(error.message);
    return undefined;
  }
}

/** Folders without a migration: the event of their first file was lost. A page of the container's top level. */
async function unlistedFolders(services: Services, progress: SweepProgress): Promise<Part> {
  const { files, migrations, config, clock } = services;
  const { page, after } = progress;
  const top = await files.topLevel(page);
  const listed = await migrations.listedIds(); // after the page: what was created since is known
  const names = [...new Set([...top.folders, ...(top.files.length > 0 ? [""] : [])])];
  const fresh = after === undefined ? names : names.slice(names.indexOf(after) + 1);
  const visits = fresh.flatMap((folder): Visit[] => {
    const migrationId = migrationIdOf(config.backups.accountName, files.container, folder);
    const behind: SweepPlace = { stage: "folders", ...(page !== undefined && { page }), after: folder };
    return listed.has(migrationId) ? [] : [{ migrationId, folder, duty: "all", isUnlisted: true, behind }];
  });
  const isLast = top.next === undefined;
  return atMost(visits, isLast ? stageBehind(progress, clock.now()) : { stage: "folders", page: top.next });
}

/** The rest is left to the next part. */
function atMost(visits: readonly Visit[], next: SweepPlace, most = MOST_VISITS): Part {
  const some = visits.slice(0, most);
  const last = some.at(-1);
  return { visits: some, next: last && some.length < visits.length ? last.behind : next };
}
