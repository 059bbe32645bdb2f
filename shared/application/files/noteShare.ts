// Joins the files of a share that DMS shows to the rows that are known. Reading and writing are separate functions.

import { shareRecords } from "../../migration/fileShare/shareRecords.ts";
import type { Migration } from "../../migration/migration.ts";
import type { CatalogueEntry, EngineOperation } from "../../migration/observed.ts";
import type { Services } from "../../ports.ts";

/**
 * The rows with what DMS shows besides, by name; nothing is written. Of a migration from blobs they are returned
 * unchanged.
 */
export function withShare(
  services: Services,
  migration: Migration,
  operation: EngineOperation,
  entries: readonly CatalogueEntry[],
): readonly CatalogueEntry[] {
  const shown = new Map(shownAnew(services, migration, operation, entries).map((record) => [record.name, { record }]));
  if (shown.size === 0) return entries;
  const kept = entries.filter(({ record }) => !shown.has(record.name));
  return [...kept, ...shown.values()].sort((a, b) => (a.record.name < b.record.name ? -1 : 1));
}

/** Writes what is new into the table of files, and returns the rows. */
export async function noteShare(
  services: Services,
  migration: Migration,
  operation: EngineOperation,
  entries: readonly CatalogueEntry[],
): Promise<readonly CatalogueEntry[]> {
  const { catalogue } = services;
  const fresh = shownAnew(services, migration, operation, entries);
  for (const record of fresh) await catalogue.put(migration.migrationId, record);
  return fresh.length === 0 ? entries : catalogue.list(migration.migrationId);
}

/** Records of files that have no row, or whose row is of another set. */
function shownAnew(
  { clock }: Services,
  { source }: Migration,
  operation: EngineOperation,
  entries: readonly CatalogueEntry[],
) {
  if (source.fileShare === undefined) return [];
  const known = new Map(entries.map(({ record }) => [record.name, record.etag]));
  const newer = new Set(entries.filter(({ isNewer }) => isNewer).map(({ record }) => record.name));
  const shown = shareRecords(operation.details?.sets ?? [], source, clock.now().toISOString());
  return shown.filter(({ name, etag }) => known.get(name) !== etag && !newer.has(name));
}
