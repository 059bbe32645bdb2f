// Collects everything about one migration: chain, gaps, loss, gate lines, preflight, and requests.
import type { MigrationDetails } from "../../api/answers/migrations.ts";
import { migrationDetails } from "../../api/views.ts";
import { UnreadableRowError } from "../../migration/faults.ts";
import { vmKeyOf } from "../../migration/ids.ts";
import { hasEnded, type Migration, type MigrationFacts } from "../../migration/migration.ts";
import { figures, sourceClosedAt } from "../../migration/progress.ts";
import type { Services } from "../../ports.ts";
import { waitMinutes } from "../../queue/queueOrder.ts";
import { assessFolder } from "../files/assessFolder.ts";
import { seeSource } from "../source/assessedSource.ts";
import { seeSizing } from "../start/targetSizeChecks.ts";

/** From the tables alone: DMS was asked at the run's last look, so that watching the page causes no calls to Azure. */
export async function detailsOf(
  services: Services,
  { migration, requests }: MigrationFacts,
): Promise<MigrationDetails> {
  const folder = await assessFolder(services, migration);
  const { report } = folder;
  const [seen, seenSizing] = await Promise.all([
    seeSource(services, migration, folder),
    seeSizing(services, migration, folder),
  ]);
  const now = services.clock.now();
  const pace = {
    bytesPerSecond: migration.pace?.bytesPerSecond ?? services.config.eta.defaultMbps * 1_000_000,
    waitMinutes: await waitOnVm(services, migration, now),
  };
  const closedAt = sourceClosedAt(migration, requests);
  const known = figures(report, migration.progress, now, {
    ...(closedAt !== undefined && { sourceClosedAt: closedAt }),
    ...(!hasEnded(migration) && { pace }),
  });
  const assessment = seen.kind === "assessed" ? { assessment: seen.source } : {};
  const sizing = seenSizing.kind === "sized" ? { sizing: seenSizing.sizing } : {};
  return migrationDetails({ migration, report, figures: known, requests, ...assessment, ...sizing, now });
}

async function waitOnVm({ queues }: Services, { target, migrationId }: Migration, now: Date): Promise<number> {
  if (!target) return 0;
  try {
    const { queue } = await queues.load(vmKeyOf(target.sqlVmResourceId));
    return waitMinutes(queue, migrationId, now);
  } catch (error) {
    // an unreadable row of the queue is reported elsewhere; the migration can be shown without it
    if (error instanceof UnreadableRowError) return 0;
    throw error;
  }
}
