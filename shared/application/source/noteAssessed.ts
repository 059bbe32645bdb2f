// Records on a migration the counts of its assessments, for lists, and publishes an event when an assessment was
// published.
import { countsOfSource } from "../../assessed/assessedSource.ts";
import type { SeenSource } from "../../assessed/sourceChecks.ts";
import { migrationEvent } from "../../migration/events/eventBuilders.ts";
import type { AssessedCounts, AuditEntry, Migration } from "../../migration/migration.ts";
import type { CatalogueEntry } from "../../migration/observed.ts";
import type { Log, Services } from "../../ports.ts";
import { assessEntries, assessFolder } from "../files/assessFolder.ts";
import { decide } from "../run/decide.ts";
import { eventContext } from "../run/eventContext.ts";
import { seeSource } from "./assessedSource.ts";

/** The migration with these counts. What cannot be read leaves the former ones. */
export function withCounts(migration: Migration, seen: SeenSource): Migration {
  if (seen.kind === "unreadable") return migration;
  const { assessed: _, ...rest } = migration;
  return seen.kind === "assessed" ? { ...rest, assessed: countsOfSource(seen.source) } : rest;
}

/**
 * Joins the assessments to the migration anew. `entries`: the folder's rows, if already read. `audit`: of the
 * publication or deletion that caused it; for a publication an event is written as well. Writes nothing when nothing
 * has changed. Undefined when no assessment is of its database.
 */
export async function noteAssessed(
  services: Services,
  log: Log,
  migrationId: string,
  { entries, audit }: { readonly entries?: readonly CatalogueEntry[]; readonly audit?: AuditEntry | undefined },
): Promise<AssessedCounts | undefined> {
  return decide<AssessedCounts | undefined>(services, log, migrationId, async ({ migration }) => {
    const folder = entries
      ? { entries, report: assessEntries(services, migration, entries) }
      : await assessFolder(services, migration);
    const seen = await seeSource(services, migration, folder);
    const noted = withCounts(migration, seen);
    const { assessed } = noted;
    if (JSON.stringify(assessed) === JSON.stringify(migration.assessed) && !audit) return { answer: assessed };
    const now = services.clock.now().toISOString();
    const change = { ...noted, updatedAt: now };
    return {
      change: {
        migration: change,
        ...(audit && { audit: [audit] }),
        ...(audit?.action === "publish" && assessed && { events: [published(services, change, assessed)] }),
      },
      answer: assessed,
    };
  });
}

const published = (services: Services, migration: Migration, assessed: AssessedCounts) =>
  migrationEvent(
    eventContext(services, migration),
    "assessment.published",
    `${assessed.server.toLowerCase()}|${assessed.takenAt}`,
    { ...assessed },
  );
