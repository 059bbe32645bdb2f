// GET /migrations/{id}: everything about one migration: chain, gaps, loss, gate lines, preflight, the service's own view.
import type { HttpHandler } from "@azure/functions";
import { migrationDetails } from "../../../shared/api/views.ts";
import { assessFolder } from "../../../shared/application/files/assessFolder.ts";
import { seeSource } from "../../../shared/application/source/assessedSource.ts";
import { seeSizing } from "../../../shared/application/start/targetSizeChecks.ts";
import { UnreadableRowError } from "../../../shared/migration/faults.ts";
import { vmKeyOf } from "../../../shared/migration/ids.ts";
import { hasEnded, type Migration, type MigrationFacts } from "../../../shared/migration/migration.ts";
import { figures, sourceClosedAt } from "../../../shared/migration/progress.ts";
import type { Services } from "../../../shared/ports.ts";
import { waitMinutes } from "../../../shared/queue/queueOrder.ts";
import { endpoint, isRefusal, migrationOf } from "../endpoint.ts";
import { json } from "../respond.ts";

export const getMigration = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Reader", async ({ request }) => {
    const facts = await migrationOf(services, request);
    if (isRefusal(facts)) return facts;
    const details = await detailsOf(services, facts);
    return json(200, details, details.planVersion ? { etag: `"${details.planVersion}"` } : {});
  });

/** From the tables alone: DMS was asked at the run's last look, so that watching a page costs Azure nothing. */
export async function detailsOf(services: Services, { migration, wishes }: MigrationFacts) {
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
  const closedAt = sourceClosedAt(migration, wishes);
  const known = figures(report, migration.progress, now, {
    ...(closedAt !== undefined && { sourceClosedAt: closedAt }),
    ...(!hasEnded(migration) && { pace }),
  });
  const assessment = seen.kind === "assessed" ? { assessment: seen.source } : {};
  const sizing = seenSizing.kind === "sized" ? { sizing: seenSizing.sizing } : {};
  return migrationDetails({ migration, report, figures: known, wishes, ...assessment, ...sizing, now });
}

async function waitOnVm({ queues }: Services, { target, migrationId }: Migration, now: Date): Promise<number> {
  if (!target) return 0;
  try {
    const { queue } = await queues.load(vmKeyOf(target.sqlVmResourceId));
    return waitMinutes(queue, migrationId, now);
  } catch (error) {
    if (error instanceof UnreadableRowError) return 0; // the queue's row is told elsewhere; the migration can be shown without it
    throw error;
  }
}
