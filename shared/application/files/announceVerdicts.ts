// Who learns that a file's verdict or the chain's has changed? Events for what is new since it was last announced.

import { type News, news, summaryOf } from "../../migration/events/verdictNews.ts";
import type { ChainSummary, Migration } from "../../migration/migration.ts";
import type { CatalogueEntry } from "../../migration/observed.ts";
import { storedJson } from "../../migration/stored/storedJson.ts";
import type { Log, Services } from "../../ports.ts";
import { decide } from "../run/decide.ts";
import { eventContext } from "../run/eventContext.ts";
import { noteAssessed } from "../source/noteAssessed.ts";
import { assessEntries } from "./assessFolder.ts";

/** A look that asks DMS as well does not come again within a second: it tells up to so many portions at once, in a few seconds. */
export const PORTIONS_OF_A_LOOK = 10;

export interface Announcing {
  /** Of as many events as fit into one transaction; one, if nothing else is said. */
  readonly portions?: number;
  /** Of all files only this one is told of: whoever brings the others tells of them. */
  readonly file?: string;
}

/**
 * Publishes what is new, keeps the summary, then notes the words. A crash in between announces again, under the same event ids.
 * True when there is more to announce.
 */
export async function announceVerdicts(
  services: Services,
  log: Log,
  migrationId: string,
  entries: readonly CatalogueEntry[],
  { portions = 1, file }: Announcing = {},
): Promise<boolean> {
  let told = entries;
  for (let portion = 1; ; portion++) {
    const { words, more, isKnownNow } = await announcePortion(services, log, migrationId, told, file);
    if (isKnownNow) await noteAssessed(services, log, migrationId, { entries });
    if (!more || portion >= portions) return more;
    const announcedOf = new Map(words.map(({ name, announced }) => [name, announced]));
    told = told.map((entry) => {
      const announced = announcedOf.get(entry.record.name);
      return announced === undefined ? entry : { ...entry, announced };
    });
  }
}

async function announcePortion(
  services: Services,
  log: Log,
  migrationId: string,
  entries: readonly CatalogueEntry[],
  file: string | undefined,
): Promise<{
  readonly words: readonly { name: string; announced: string }[];
  readonly more: boolean;
  readonly isKnownNow: boolean;
}> {
  const portion = await decide(services, log, migrationId, ({ migration }) => {
    const report = assessEntries(services, migration, entries);
    const summary = summaryOf(report);
    const noted: Migration = { ...migration, summary, updatedAt: services.clock.now().toISOString() };
    const fresh = news(eventContext(services, noted), entries, report, migration.summary);
    const wanted = fresh.files.filter(({ name }) => file === undefined || name === file);
    const files = portionOf(wanted);
    const answer = {
      words: files.map(({ name, announced }) => ({ name, announced })),
      more: files.length < wanted.length,
      isKnownNow: isAnotherDatabase(summary, migration.summary),
    };
    const events = [...files.flatMap((one) => one.events), ...fresh.chain];
    const isNew = events.length > 0 || storedJson(summary) !== storedJson(migration.summary ?? null);
    return { ...(isNew && { change: { migration: noted, events } }), answer };
  });
  if (portion.words.length > 0) await services.catalogue.announce(migrationId, portion.words);
  return portion;
}

/** Which database it is was not known before, or was thought to be another. */
const isAnotherDatabase = (now: ChainSummary, before: ChainSummary | undefined): boolean =>
  now.databaseName !== undefined &&
  (now.databaseName !== before?.databaseName ||
    now.familyGuid !== before.familyGuid ||
    now.databaseGuid !== before.databaseGuid);

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
