// Notes on a migration what its assessments come to, for lists; and tells of it when somebody has published.
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

/** The migration with these counts. What cannot be read leaves those of before. */
export function withCounts(migration: Migration, seen: SeenSource): Migration {
  if (seen.kind === "unreadable") return migration;
  const { assessed: _, ...rest } = migration;
  return seen.kind === "assessed" ? { ...rest, assessed: countsOfSource(seen.source) } : rest;
}

/**
 * Joins the assessments to the migration anew. `entries`: the folder's rows, where they are at hand. `audit`: of the publication or deletion that made
 * it necessary; of a publication an event tells as well. Writes nothing when nothing has changed. Undefined: no assessment is of its database.
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
