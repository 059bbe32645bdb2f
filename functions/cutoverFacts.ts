// What does the cutover gate judge? One fresh look at DMS, the VM, the folder itself and the rows, all read at this moment.
import type { ChainReport } from "../shared/chain/chainReport.ts";
import type { GateFacts } from "../shared/migration/cutoverGate.ts";
import type { Migration } from "../shared/migration/migration.ts";
import type { CatalogueEntry, EngineFailure } from "../shared/migration/ports.ts";
import { figures, progressFrom } from "../shared/migration/progress.ts";
import type { Services } from "../shared/services.ts";
import { assessEntries, recordsOf } from "./assessFolder.ts";

export type CutoverFacts =
  | { readonly kind: "facts"; readonly gate: GateFacts; readonly report: ChainReport }
  | { readonly kind: "absent" }
  | { readonly kind: "unavailable"; readonly failure: EngineFailure };

export async function cutoverFacts(services: Services, migration: Migration): Promise<CutoverFacts> {
  const { target } = migration;
  if (!target) return { kind: "absent" };
  const seen = await services.engine.observe(target); // before the folder: a file that comes later is seen by the listing
  if (seen.kind === "unavailable") return seen;
  if (seen.kind === "absent" || seen.operation.operationId !== migration.operationId) return { kind: "absent" };
  const [vm, entries, unreadFiles] = await Promise.all([
    services.vm.observe(target.sqlVmResourceId),
    services.catalogue.list(migration.migrationId),
    filesNotRead(services, migration),
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
    gate: {
      report,
      operation: seen.operation,
      unreadFiles,
      loss: figures(report, progress, services.clock.now()).loss,
      ...(vm.powerState !== undefined && { powerState: vm.powerState }),
    },
  };
}

/** Blobs of the folder that the rows do not know, or know in another version, or could not read yet. */
async function filesNotRead({ files, catalogue }: Services, { migrationId, source }: Migration): Promise<string[]> {
  const known = new Map((await catalogue.list(migrationId)).map((entry) => [entry.record.name, entry]));
  const notRead: string[] = [];
  for await (const { name, etag } of files.list(source.folder === "" ? "" : `${source.folder}/`)) {
    if (source.folder === "" && name.includes("/")) continue; // another database's folder
    const entry = known.get(name);
    if (!entry || entry.record.etag !== etag || isUndecided(entry)) notRead.push(name);
  }
  return notRead;
}

const isUndecided = ({ record: { content } }: CatalogueEntry): boolean =>
  content.kind === "unread" ||
  (content.kind === "unreadable" && (content.code === "UNREACHABLE" || content.code === "STILL_WRITING"));
