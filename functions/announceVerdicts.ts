// Who learns that a file's verdict or the chain's has changed? Events for what is new since it was last announced.
import { storedJson } from "../shared/migration/contracts.ts";
import type { Migration } from "../shared/migration/migration.ts";
import type { CatalogueEntry } from "../shared/migration/ports.ts";
import { type News, news, summaryOf } from "../shared/migration/verdictNews.ts";
import type { Services } from "../shared/services.ts";
import { assessEntries } from "./assessFolder.ts";
import { decide, type Log } from "./decide.ts";
import { eventContext } from "./eventContext.ts";

/**
 * Publishes what is new, keeps the summary, then notes the words. A crash in between announces again, under the same event ids.
 * True when there is more to announce than fits into one transaction.
 */
export async function announceVerdicts(
  services: Services,
  log: Log,
  migrationId: string,
  entries: readonly CatalogueEntry[],
): Promise<boolean> {
  const { words, more } = await decide(services, log, migrationId, ({ migration }) => {
    const report = assessEntries(services, migration, entries);
    const summary = summaryOf(report);
    const noted: Migration = { ...migration, summary, updatedAt: services.clock.now().toISOString() };
    const fresh = news(eventContext(services, noted), entries, report, migration.summary);
    const files = portionOf(fresh.files);
    const answer = {
      words: files.map(({ name, announced }) => ({ name, announced })),
      more: files.length < fresh.files.length,
    };
    const events = [...files.flatMap((file) => file.events), ...fresh.chain];
    const isNew = events.length > 0 || storedJson(summary) !== storedJson(migration.summary ?? null);
    return { ...(isNew && { change: { migration: noted, events } }), answer };
  });
  if (words.length > 0) await services.catalogue.announce(migrationId, words);
  return more;
}

/** As many as their events fit: a transaction holds a hundred rows, and what is new about the chain takes up to 45 of them. */
function portionOf(files: News["files"]): News["files"] {
  const portion: News["files"][number][] = [];
  let events = 0;
  for (const file of files) {
    events += file.events.length;
    if (events > 50) break;
    portion.push(file);
  }
  return portion;
}
