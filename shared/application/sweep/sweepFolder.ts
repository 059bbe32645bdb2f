// Sweeps one folder: reads what is new or changed, withdraws what is gone, and repairs its run, its line, its wake-ups
// and its outbox.
import { versionOf } from "../../chain/backupRecord.ts";
import { hasEnded, type Migration, type MigrationFacts } from "../../migration/migration.ts";
import type { BackupFile, CatalogueEntry } from "../../migration/observed.ts";
import { figures, lagOfSummary } from "../../migration/progress.ts";
import { chainOf, isStillQuiet, listingOf, type QuietFolder } from "../../migration/sweep/folderMark.ts";
import type { Invocation, Services, Standing } from "../../ports.ts";
import { announceVerdicts } from "../files/announceVerdicts.ts";
import { assessEntries, assessFolder } from "../files/assessFolder.ts";
import { catalogueBlob, isWorthAnotherRead, noteArchived } from "../files/catalogueBlob.ts";
import { ensureMigration } from "../files/ensureMigration.ts";
import { isListening } from "../files/folderChanged.ts";
import { ensureRunning } from "../run/ensureRunning.ts";
import { note } from "../run/note.ts";
import { publishOutbox } from "../run/publishOutbox.ts";
import { signalWatch } from "../run/signalWatch.ts";
import type { Visit } from "./parts.ts";

/** What a sweep found in a folder. */
export interface Found {
  /** False for a directory without files, which is no migration's folder. */
  readonly isFolder: boolean;
  readonly missed: number;
  readonly deleted: number;
  /** Some of its files could not be looked at. */
  readonly hasFailed: boolean;
  /** The time did not suffice for all of its files, and some were done: the next part continues with it. */
  readonly isUnfinished: boolean;
}

const NOTHING: Found = { isFolder: true, missed: 0, deleted: 0, hasFailed: false, isUnfinished: false };

/**
 * A folder without news costs its listing, a page for 2,000 files, and one query of its migration's record with what
 * waits beside it: open requests and unpublished events show nowhere else. For a migration that has not ended it also
 * costs the status of its orchestration.
 */
export async function sweepFolder(
  services: Services,
  invocation: Invocation,
  visit: Visit,
  isTimeLeft: () => boolean,
): Promise<Found> {
  const { sweeps, clock } = services;
  const { migrationId, folder, mark } = visit;
  const files = await filesOf(services, folder);
  if (files.length === 0 && visit.isUnlisted) return { ...NOTHING, isFolder: false };
  const listing = listingOf(files);
  if (visit.duty === "listing" && mark?.quiet?.listing === listing) {
    await sweeps.mark(migrationId, { ...mark, sweptAt: clock.now().toISOString() });
    return NOTHING;
  }
  const facts = await migrationOf(services, invocation, visit); // before the rows
  const { migration } = facts;
  const isQuiet =
    migration.stalled === undefined && // nothing else announces a stalled run's overdue gap
    isStillQuiet(mark, { listing, chain: chainOf(migration), hasEnded: hasEnded(migration) }, clock.now());
  const { quiet, ...found } = isQuiet
    ? { ...NOTHING, quiet: mark?.quiet, isChanged: false }
    : await catchUp(services, invocation, facts, { visit, files, listing, isTimeLeft });

  await services.migrations.repairLine(facts, visit.listed);
  if (facts.hasWaitingEvents) await publishOutbox(services, invocation, migrationId);
  await tellLag(services, invocation, migration, isQuiet);
  // an open request: its wake-up may be lost, as in a crash before it was raised
  if (isListening(migration) && (found.isChanged || hasOpenRequest(facts)))
    await signalWatch(services, invocation, migrationId);
  const isLeft = facts.hasWaitingEvents || found.isChanged || found.hasFailed;
  await keepMark(services, visit, migration, quiet, isLeft);
  return found;
}

/** Of the root only the files outside every folder. */
async function filesOf({ files }: Services, folder: string): Promise<readonly BackupFile[]> {
  if (folder !== "") return allOf(files.list(`${folder}/`));
  const found: BackupFile[] = [];
  let [page, isSlashed]: [string | undefined, boolean] = [undefined, false];
  do {
    const top = await files.topLevel(page);
    found.push(...top.files);
    isSlashed ||= top.folders.includes("");
    page = top.next;
  } while (page !== undefined);
  return isSlashed ? [...found, ...(await allOf(files.list("/")))] : found;
}

async function allOf(listed: AsyncIterable<BackupFile>): Promise<readonly BackupFile[]> {
  const files: BackupFile[] = [];
  for await (const file of listed) files.push(file);
  return files;
}

/** The folder's migration, created if there is none; its run is started if it is not under way. */
async function migrationOf(
  services: Services,
  invocation: Invocation,
  { migrationId, folder }: Visit,
): Promise<Standing> {
  const { migrations } = services;
  const known = await migrations.standing(migrationId);
  if (known) {
    if (!hasEnded(known.migration)) await ensureRunning(services, invocation, known.migration);
    return known;
  }
  await ensureMigration(services, invocation, folder);
  const made = await migrations.standing(migrationId);
  if (!made) throw new Error(`The migration of "${folder}" was made, and is not there.`);
  return made;
}

/** What listing and rows are compared with. */
interface Seen {
  readonly visit: Visit;
  readonly files: readonly BackupFile[];
  readonly listing: string;
  readonly isTimeLeft: () => boolean;
}

interface CaughtUp extends Found {
  /** Something is there that its run should look at. */
  readonly isChanged: boolean;
  readonly quiet?: QuietFolder | undefined;
}

/** Compares the files with their rows, and has differences read and announced. */
async function catchUp(
  services: Services,
  invocation: Invocation,
  { migration }: Standing,
  { visit, files, listing, isTimeLeft }: Seen,
): Promise<CaughtUp> {
  const { catalogue, clock } = services;
  const { migrationId, folder } = visit;
  const entries = await catalogue.list(migrationId);
  const rows = new Map(entries.map(({ record }) => [record.name, record]));
  const missed = files.filter((file) => {
    const row = rows.get(file.name);
    return !row || row.etag !== file.etag || isWorthAnotherRead(row.content);
  });
  const there = new Set(files.map(({ name }) => name));
  const isShare = migration.source.fileShare !== undefined; // its files are elsewhere
  const gone = isShare ? [] : [...rows.keys()].filter((name) => !there.has(name));
  const isOther = ({ name, etag }: BackupFile): boolean => rows.get(name)?.etag !== etag;
  const inTurn = [
    ...missed.filter(isOther).map(({ name }) => [name, "missed"] as const),
    ...gone.map((name) => [name, "deleted"] as const),
    // read before, without success
    ...missed.filter((file) => !isOther(file)).map(({ name }) => [name, "missed"] as const),
  ];
  const found = { missed: 0, deleted: 0, hasFailed: false };
  let looks = 0;
  for (const [name, what] of inTurn) {
    if (looks > 0 && !isTimeLeft()) break;
    looks++;
    if (await take(services, invocation, name, found)) found[what]++;
  }
  const isNew = found.missed + found.deleted > 0;
  if (isNew) note(invocation, "SweepFound", { folder, missed: found.missed, deleted: found.deleted });

  const isArchivedNow = await noteArchivedOf(services, migration, files);
  const isAnnouncedAll = entries.every(isAnnounced);
  if (!isListening(migration))
    // no watch does it any more
    await announceVerdicts(services, invocation, migrationId, await catalogue.list(migrationId));
  const isAsBefore = missed.length === 0 && gone.length === 0 && isAnnouncedAll && !isArchivedNow;
  const chain = chainOf(migration);
  const isQuiet = isAsBefore && chain !== undefined && !mayChangeByItself(services, migration, files, entries);
  return {
    ...NOTHING,
    ...found,
    isUnfinished: isNew && looks < inTurn.length, // otherwise it would never end
    // also a version that was not announced
    isChanged: isNew || isArchivedNow || !isAnnouncedAll,
    ...(isQuiet && {
      quiet: { listing, chain, comparedAt: clock.now().toISOString(), updatedAt: migration.updatedAt },
    }),
  };
}

/** True when its row changed. A file that cannot be looked at does not stop the others. */
async function take(
  services: Services,
  invocation: Invocation,
  name: string,
  outcome: { hasFailed: boolean },
): Promise<boolean> {
  try {
    return await catalogueBlob(services, name);
  } catch (error) {
    outcome.hasFailed = true;
    invocation.warn(`The sweep could not look at "${name}": ${String(error)}`);
    return false;
  }
}

/**
 * Moving a blob to the archive tier makes no new version and sends no event: true when a file that the restore needs
 * was moved there.
 */
async function noteArchivedOf(
  services: Services,
  migration: Migration,
  files: readonly BackupFile[],
): Promise<boolean> {
  const archived = files.filter(({ isArchived }) => isArchived);
  if (archived.length === 0 || hasEnded(migration)) return false;
  const { report } = await assessFolder(services, migration);
  return (await noteArchived(services, report, archived)) > 0;
}

/**
 * Whether there may be something to do although neither files nor rows change: an archived file may be needed by
 * another plan, and after the end nothing else announces a gap whose deadline has passed.
 */
function mayChangeByItself(
  services: Services,
  migration: Migration,
  files: readonly BackupFile[],
  entries: readonly CatalogueEntry[],
): boolean {
  if (!hasEnded(migration)) return files.some(({ isArchived }) => isArchived);
  return assessEntries(services, migration, entries).gaps.some(({ overdue }) => !overdue);
}

const isAnnounced = ({ record, announced, isNewer }: CatalogueEntry): boolean =>
  isNewer || (announced?.startsWith(`${versionOf(record)}|`) ?? false);

const hasOpenRequest = ({ migration: { run }, requests }: MigrationFacts): boolean =>
  Object.values(requests).some((request) => request.run === run && request.outcome === undefined);

/** Writes to the log how far an online migration is behind its source. */
async function tellLag(
  services: Services,
  invocation: Invocation,
  migration: Migration,
  isQuiet: boolean,
): Promise<void> {
  if (migration.mode !== "online" || (migration.state !== "restoring" && migration.state !== "readyForCutover")) return;
  const now = services.clock.now();
  const seconds =
    (isQuiet ? lagOfSummary(migration, now) : undefined) ??
    figures((await assessFolder(services, migration)).report, migration.progress, now).lagSeconds;
  if (seconds !== undefined)
    note(invocation, "LagMeasured", { migrationId: migration.migrationId, seconds: Math.round(seconds) });
}

/**
 * For an open migration only when the folder is quiet again: an older mark is of another listing. For an ended one it
 * says when it was swept, and is not stored when something may be left, for instance events that the topic did not
 * accept: then the next sweep comes again.
 */
async function keepMark(
  { sweeps, clock }: Services,
  { migrationId, mark, listed }: Visit,
  migration: Migration,
  quiet: QuietFolder | undefined,
  isLeft: boolean,
): Promise<void> {
  const isOver = hasEnded(migration);
  if (isOver ? isLeft : quiet === undefined || quiet === mark?.quiet) return;
  const known = quiet && { ...quiet, updatedAt: migration.updatedAt };
  await sweeps.mark(migrationId, {
    sweptAt: clock.now().toISOString(),
    hasEnded: isOver,
    ...(listed?.line && { revision: listed.line.revision }),
    ...(known && { quiet: known }),
  });
}
