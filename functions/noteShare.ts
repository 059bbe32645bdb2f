// Which files of a share does DMS show by now? They are written into the same rows as those that are dropped into the container.
import type { Migration } from "../shared/migration/migration.ts";
import type { CatalogueEntry, EngineOperation } from "../shared/migration/ports.ts";
import { shareRecords } from "../shared/migration/shareRecords.ts";
import type { Services } from "../shared/services.ts";

/** Adds what is new and gives back the rows; of a migration from blobs they come back as they are. */
export async function noteShare(
  { catalogue, clock }: Services,
  { migrationId, source }: Migration,
  operation: EngineOperation,
  entries: readonly CatalogueEntry[],
): Promise<readonly CatalogueEntry[]> {
  if (source.fileShare === undefined) return entries;
  const known = new Map(entries.map(({ record }) => [record.name, record.etag]));
  const shown = shareRecords(operation.details?.sets ?? [], source, clock.now().toISOString());
  const fresh = shown.filter(({ name, etag }) => known.get(name) !== etag);
  for (const record of fresh) await catalogue.put(migrationId, record);
  return fresh.length === 0 ? entries : catalogue.list(migrationId);
}
