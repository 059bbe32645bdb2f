// What did events miss? Lists the container, compares it with the rows, reads what is new or changed, withdraws what is gone.
import type { InvocationContext, TimerHandler } from "@azure/functions";
import { versionOf } from "../../shared/chain/backupRecord.ts";
import { hasEnded, type Migration, type MigrationFacts } from "../../shared/migration/migration.ts";
import { placeOf } from "../../shared/migration/placement.ts";
import type { BackupFile, CatalogueEntry } from "../../shared/migration/ports.ts";
import { figures } from "../../shared/migration/progress.ts";
import type { Services } from "../../shared/services.ts";
import { announceVerdicts } from "../announceVerdicts.ts";
import { assessFolder } from "../assessFolder.ts";
import { publishOutbox } from "../decide.ts";
import { ensureMigration } from "../ensureMigration.ts";
import { isFinal, takeBackup } from "../takeBackup.ts";
import { wake } from "../wake.ts";

export const sweepFolders =
  (services: Services): TimerHandler =>
  async (_timer, context) => {
    const folders = await filesByFolder(services);
    for (const { source } of await services.migrations.list())
      if (!folders.has(source.folder)) folders.set(source.folder, []);
    const failed: string[] = [];
    for (const [folder, files] of folders)
      await sweepFolder(services, context, folder, files).catch((error: unknown) => {
        failed.push(`"${folder}"`);
        context.warn(`The sweep of "${folder}" failed: ${String(error)}`);
      });
    if (failed.length > 0) throw new Error(`The sweep failed for ${failed.join(", ")}; the other folders were swept.`);
  };

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

/** One folder: repairs its rows, its run, its line in the list, and what waits to be published. */
async function sweepFolder(
  services: Services,
  context: InvocationContext,
  folder: string,
  files: readonly BackupFile[],
): Promise<void> {
  const { catalogue, migrations } = services;
  const migrationId = await ensureMigration(services, context, folder);
  const entries = await catalogue.list(migrationId);
  const rows = new Map(entries.map(({ record }) => [record.name, record]));
  const missed = files.filter((file) => {
    const row = rows.get(file.name);
    return !row || row.etag !== file.etag || !isFinal(row.content);
  });
  const there = new Set(files.map(({ name }) => name));
  const isShare = (await migrations.facts(migrationId))?.migration.source.fileShare !== undefined; // its files lie elsewhere
  const gone = isShare ? [] : [...rows.keys()].filter((name) => !there.has(name));
  let changed = false;
  for (const name of [...missed.map((file) => file.name), ...gone])
    changed = (await takeBackup(services, name)) || changed;
  if (changed)
    context.warn(`The sweep found ${missed.length} new or changed and ${gone.length} deleted files in "${folder}".`);

  const facts = await migrations.facts(migrationId);
  if (!facts) return;
  await migrations.repairLine(facts);
  if (hasEnded(facts.migration))
    await announceVerdicts(services, context, migrationId, await catalogue.list(migrationId)); // no watch does it any more
  await publishOutbox(services, context, migrationId);
  await tellLag(services, context, facts.migration);
  // a version that nobody has announced, a wish that nobody has answered: its wake-up may be lost, as in a crash before it was raised
  if (changed || !entries.every(isAnnounced) || hasOpenWish(facts)) await wake(services, context, migrationId);
}

const isAnnounced = ({ record, announced }: CatalogueEntry): boolean =>
  announced?.startsWith(`${versionOf(record)}|`) ?? false;

const hasOpenWish = ({ migration: { run }, wishes }: MigrationFacts): boolean =>
  Object.values(wishes).some((wish) => wish.run === run && wish.outcome === undefined);

/** Tells the log how far an online migration is behind its source; an alert and a chart of infra/ read this line. */
async function tellLag(services: Services, context: InvocationContext, migration: Migration): Promise<void> {
  if (migration.mode !== "online" || (migration.state !== "restoring" && migration.state !== "readyForCutover")) return;
  const { report } = await assessFolder(services, migration);
  const { lagSeconds } = figures(report, migration.progress, services.clock.now());
  if (lagSeconds !== undefined)
    context.log(`Lag of ${migration.migrationId}: ${Math.round(lagSeconds)} s behind the source.`);
}
