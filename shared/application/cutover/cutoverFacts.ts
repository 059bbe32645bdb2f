// Reads the facts that the cutover gate judges: a fresh look at DMS, the VM, the folder itself and the rows. Nothing is
// written.
import type { ChainReport } from "../../chain/chainReport.ts";
import type { GateFacts } from "../../cutover/cutoverGate.ts";
import type { Migration } from "../../migration/migration.ts";
import type { CatalogueEntry, EngineFailure } from "../../migration/observed.ts";
import type { FileVersion } from "../../migration/passedOver.ts";
import { figures, progressFrom } from "../../migration/progress.ts";
import type { Services } from "../../ports.ts";
import { assessEntries, recordsOf } from "../files/assessFolder.ts";
import { isFinal } from "../files/catalogueBlob.ts";
import { withShare } from "../files/noteShare.ts";

export type CutoverFacts =
  | {
      readonly kind: "facts";
      readonly gate: GateFacts;
      readonly report: ChainReport;
      /** As stored; files of a share that only DMS shows are judged, and not written yet. */
      readonly rows: readonly CatalogueEntry[];
    }
  | { readonly kind: "absent" }
  | { readonly kind: "unavailable"; readonly failure: EngineFailure };

export async function cutoverFacts(services: Services, migration: Migration): Promise<CutoverFacts> {
  const { target } = migration;
  if (!target) return { kind: "absent" };
  // before the folder: a file that comes later is seen by the listing
  const seen = await services.engine.observe(target);
  if (seen.kind === "unavailable") return seen;
  if (seen.kind === "absent" || seen.operation.operationId !== migration.operationId) return { kind: "absent" };
  const rows = await services.catalogue.list(migration.migrationId);
  // before the listing, which is compared with these rows
  const entries = withShare(services, migration, seen.operation, rows);
  const [vm, unreadFiles] = await Promise.all([
    services.vm.observe(target.sqlVmResourceId),
    filesNotRead(services, migration, entries),
  ]);
  const progress = progressFrom(
    recordsOf(entries),
    assessEntries(services, migration, entries),
    migration.progress,
    seen.operation,
  );
  const report = assessEntries(services, migration, entries, progress);
  return {
    kind: "facts",
    report,
    rows,
    gate: {
      report,
      operation: seen.operation,
      unreadFiles,
      loss: figures(report, progress, services.clock.now()).loss,
      ...(vm.powerState !== undefined && { powerState: vm.powerState }),
    },
  };
}

/** Blobs of the folder that have no row, have another version than their row, or could not be read yet. */
export async function filesNotRead(
  { files }: Services,
  { source }: Migration,
  entries: readonly CatalogueEntry[],
): Promise<FileVersion[]> {
  const read = new Map(
    entries.filter(({ record }) => isFinal(record.content)).map(({ record }) => [record.name, record]),
  );
  const notRead: FileVersion[] = [];
  if (source.fileShare) return notRead; // DMS alone sees the share; what it has not uploaded yet it counts as pending
  for await (const { name, etag } of files.list(source.folder === "" ? "" : `${source.folder}/`)) {
    if (source.folder === "" && name.includes("/")) continue; // another database's folder
    if (read.get(name)?.etag !== etag) notRead.push({ name, etag });
  }
  return notRead;
}
