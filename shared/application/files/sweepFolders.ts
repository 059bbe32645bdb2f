// What did events miss? Lists the container, compares it with the rows, reads what is new or changed, withdraws what is gone.

import { versionOf } from "../../chain/backupRecord.ts";
import { type ListedMigration, listed } from "../../migration/lists/listLine.ts";
import { hasEnded, type Migration, type MigrationFacts } from "../../migration/migration.ts";
import type { BackupFile, CatalogueEntry } from "../../migration/observed.ts";
import { placeOf } from "../../migration/placement.ts";
import { figures } from "../../migration/progress.ts";
import type { Invocation, Services } from "../../ports.ts";
import { recordsBehind } from "../lists/records.ts";
import { freeTickets } from "../queue/freeTickets.ts";
import { note } from "../run/note.ts";
import { publishOutbox } from "../run/publishOutbox.ts";
import { signalWatch } from "../run/signalWatch.ts";
import { announceVerdicts } from "./announceVerdicts.ts";
import { assessFolder } from "./assessFolder.ts";
import { isWorthAnotherRead, noteArchived, takeBackup } from "./catalogueBlob.ts";
import { ensureMigration } from "./ensureMigration.ts";
import { isListening } from "./folderChanged.ts";

export async function sweepFolders(services: Services, invocation: Invocation): Promise<void> {
  const startedAt = services.clock.now().toISOString();
  const folders = await filesByFolder(services);
  const known = await allMigrations(services);
  for (const { line } of known) if (!folders.has(line.source.folder)) folders.set(line.source.folder, []);
  const failed: string[] = [];
  let [missed, deleted] = [0, 0];
  for (const [folder, files] of folders)
    await sweepFolder(services, invocation, folder, files).then(
      (found) => {
        missed += found.missed;
        deleted += found.deleted;
        if (found.failed) failed.push(folder);
      },
      (error: unknown) => {
        failed.push(folder);
        invocation.warn(`The sweep of "${folder}" failed: ${String(error)}`);
      },
    );
  await freeTickets(services, invocation, known);
  await forgetRuns(services, invocation);
  const faults = services.faults.take();
  for (const what of faults) note(invocation, "OwnFault", { what });
  const endedAt = services.clock.now().toISOString();
  const some = failed.slice(0, MOST_NAMED);
  await services.sweeps.note({
    startedAt,
    endedAt,
    folders: folders.size,
    missed,
    deleted,
    failed: some,
    faults: faults.length,
  });
  note(invocation, "SweepDone", {
    folders: folders.size,
    missed,
    deleted,
    failed: failed.length,
    faults: faults.length,
    seconds: Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000),
  });
  const more = failed.length > some.length ? ` and ${failed.length - some.length} more` : "";
  if (failed.length > 0)
    throw new Error(
      `The sweep failed for ${some.map((one) => `"${one}"`).join(", ")}${more}; the other folders were swept.`,
    );
}

/** Folders that a report and an error name. */
const MOST_NAMED = 20;

/** The lines of the list, and those of records whose line was never written: whoever registered them died in between. */
async function allMigrations(services: Services): Promise<readonly ListedMigration[]> {
  const known = await services.migrations.list();
  const ids = new Set(known.map(({ line }) => line.migrationId));
  const unlisted = (await services.migrations.ids()).filter((id) => !ids.has(id));
  return [...known, ...(await recordsBehind(services, unlisted)).map(listed)];
}

/** Ended orchestrations leave their history behind. That a run has ended stands in its migration's record, not there. */
async function forgetRuns({ config, clock }: Services, invocation: Invocation): Promise<void> {
  const before = new Date(clock.now().getTime() - config.runs.keptDays * 86_400_000);
  try {
    await invocation.runs.forget(new Date(before.getTime() - LOOKS_BACK_MS), before);
  } catch (error) {
    invocation.warn(
      `Histories of orchestrations that ended before ${before.toISOString()} stay for now: ${String(error)}`,
    );
  }
}

/** A year: what has been running for longer keeps its history. */
const LOOKS_BACK_MS = 366 * 86_400_000;

async function filesByFolder({ files }: Services): Promise<Map<string, BackupFile[]>> {
  const folders = new Map<string, BackupFile[]>();
  for await (const file of files.list("")) {
    const { folder } = placeOf(file.name);
    const known = folders.get(folder);
    if (known) known.push(file);
    else folders.set(folder, [file]);
  }
  return folders;
}

/** What a sweep found in a folder; failed: some of its files could not be looked at. */
interface Found {
  readonly missed: number;
  readonly deleted: number;
  readonly failed: boolean;
}

/** One folder: repairs its rows, its run, its line in the list, and what waits to be published. */
async function sweepFolder(
  services: Services,
  invocation: Invocation,
  folder: string,
  files: readonly BackupFile[],
): Promise<Found> {
  const { catalogue, migrations } = services;
  const migrationId = await ensureMigration(services, invocation, folder);
  const entries = await catalogue.list(migrationId);
  const rows = new Map(entries.map(({ record }) => [record.name, record]));
  const missed = files.filter((file) => {
    const row = rows.get(file.name);
    return !row || row.etag !== file.etag || isWorthAnotherRead(row.content);
  });
  const there = new Set(files.map(({ name }) => name));
  const isShare = (await migrations.facts(migrationId))?.migration.source.fileShare !== undefined; // its files lie elsewhere
  const gone = isShare ? [] : [...rows.keys()].filter((name) => !there.has(name));
  const found = { missed: 0, deleted: 0, failed: false };
  const take = async (name: string): Promise<boolean> => {
    try {
      return await takeBackup(services, name);
    } catch (error) {
      found.failed = true;
      invocation.warn(`The sweep could not look at "${name}": ${String(error)}`); // the next file may be well
      return false;
    }
  };
  for (const { name } of missed) if (await take(name)) found.missed++;
  for (const name of gone) if (await take(name)) found.deleted++;
  let changed = found.missed + found.deleted > 0;
  if (changed) note(invocation, "SweepFound", { folder, missed: found.missed, deleted: found.deleted });

  const facts = await migrations.facts(migrationId);
  if (!facts) return found;
  changed = (await noteArchivedOf(services, facts.migration, files)) || changed;
  await migrations.repairLine(facts);
  if (!isListening(facts.migration))
    await announceVerdicts(services, invocation, migrationId, await catalogue.list(migrationId)); // no watch does it any more
  await publishOutbox(services, invocation, migrationId);
  await tellLag(services, invocation, facts.migration);
  // a version that nobody has announced, a wish that nobody has answered: its wake-up may be lost, as in a crash before it was raised
  if (isListening(facts.migration) && (changed || !entries.every(isAnnounced) || hasOpenWish(facts)))
    await signalWatch(services, invocation, migrationId);
  return found;
}

/** Moving a blob to the archive tier makes no new version and sends no event: true when a file that the restore needs was moved there. */
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

const isAnnounced = ({ record, announced, isNewer }: CatalogueEntry): boolean =>
  isNewer || (announced?.startsWith(`${versionOf(record)}|`) ?? false);

const hasOpenWish = ({ migration: { run }, wishes }: MigrationFacts): boolean =>
  Object.values(wishes).some((wish) => wish.run === run && wish.outcome === undefined);

/** Tells the log how far an online migration is behind its source. */
async function tellLag(services: Services, invocation: Invocation, migration: Migration): Promise<void> {
  if (migration.mode !== "online" || (migration.state !== "restoring" && migration.state !== "readyForCutover")) return;
  const { report } = await assessFolder(services, migration);
  const { lagSeconds } = figures(report, migration.progress, services.clock.now());
  if (lagSeconds !== undefined)
    note(invocation, "LagMeasured", { migrationId: migration.migrationId, seconds: Math.round(lagSeconds) });
}
