// Who learns that a file's verdict or the chain's has changed? Events for what is new since it was last announced.
import type { CatalogueEntry } from "../shared/migration/ports.ts";
import { news, summaryOf } from "../shared/migration/verdictNews.ts";
import type { Services } from "../shared/services.ts";
import { assessEntries } from "./assessFolder.ts";
import { decide, type Log } from "./decide.ts";
import { eventContext } from "./eventContext.ts";

/** A transaction holds a hundred rows; the rest is announced in the next portion. */
const PORTION = 80;

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
    const fresh = news(eventContext(services, migration), entries, report, migration.summary);
    const files = fresh.files.slice(0, PORTION);
    const answer = {
      words: files.map(({ name, announced }) => ({ name, announced })),
      more: fresh.files.length > PORTION,
    };
    const summary = summaryOf(report);
    const events = [...files.flatMap((file) => file.events), ...fresh.chain];
    if (events.length === 0 && JSON.stringify(textual(summary)) === JSON.stringify(textual(migration.summary)))
      return { answer };
    return {
      change: { migration: { ...migration, summary, updatedAt: services.clock.now().toISOString() }, events },
      answer,
    };
  });
  if (words.length > 0) await services.catalogue.announce(migrationId, words);
  return more;
}

/** LSNs as text, to compare. */
const textual = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null, (_key, member) => (typeof member === "bigint" ? `${member}` : member)));
