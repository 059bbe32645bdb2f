// Announces at once everything that is new about a folder's files and their chain since the last announcement.
import { type News, news, summaryOf } from "../../migration/events/verdictNews.ts";
import type { ChainSummary, Migration, MigrationFacts } from "../../migration/migration.ts";
import type { CatalogueEntry } from "../../migration/observed.ts";
import type { Change, Log, Services } from "../../ports.ts";
import { decideOnly } from "../run/decide.ts";
import { isSame } from "../run/dmsView.ts";
import { eventContext } from "../run/eventContext.ts";
import { publishLeftovers, publishOutbox } from "../run/publishOutbox.ts";
import { noteAssessed } from "../source/noteAssessed.ts";
import { assessEntries } from "./assessFolder.ts";

/** Rows of a transaction besides the migration's own. */
const MOST_EVENTS = 98;

export interface Announcing {
  /** The migration's facts, if already read: see decide. */
  readonly known?: MigrationFacts | undefined;
  /** Only as much as one transaction takes, when the run is about to go on: the next look announces the rest. */
  readonly isBrief?: boolean;
}

/**
 * Writes the events of what is new with the summary, a transaction at a time, and after each records the announced
 * verdicts; then publishes all of them. After a crash in between, files without a recorded verdict are announced again,
 * under the same event ids. Nothing is announced of a forgotten migration.
 */
export async function announceVerdicts(
  services: Services,
  log: Log,
  migrationId: string,
  entries: readonly CatalogueEntry[],
  { known, isBrief = false }: Announcing = {},
): Promise<void> {
  const said = new Map<string, string>();
  let left: Left | undefined;
  let isToTell = false;
  for (let facts = known; ; facts = undefined) {
    const { answer, change } = await decideOnly<Portion>(
      services,
      migrationId,
      ({ migration }) => {
        // nobody else has written the record meanwhile: what was computed from it still holds
        const rest = left && isSame(migration, left.record) ? left : findNews(services, migration, entries, said);
        return portionOf(rest, migration);
      },
      facts,
    );
    isToTell ||= (change?.events?.length ?? 0) > 0;
    if (answer.words.length > 0) await services.catalogue.announce(migrationId, answer.words);
    for (const { name, announced } of answer.words) said.set(name, announced);
    left = answer.left;
    if (answer.isKnownNow) await noteAssessed(services, log, migrationId, { entries });
    if (left.files.length === 0 || isBrief) break;
  }
  if (isToTell) await publishOutbox(services, log, migrationId);
  else await publishLeftovers(services, log, migrationId);
}

/** What is still to be written. */
interface Left extends News {
  /** The record from which it was computed. */
  readonly record: Migration;
  /** The record with the new summary. */
  readonly noted: Migration;
}

interface Portion {
  readonly words: readonly { readonly name: string; readonly announced: string }[];
  readonly left: Left;
  readonly isKnownNow: boolean;
}

function findNews(
  services: Services,
  migration: Migration,
  entries: readonly CatalogueEntry[],
  said: ReadonlyMap<string, string>,
): Left {
  if (migration.forgottenAt !== undefined) return { files: [], chain: [], record: migration, noted: migration };
  const report = assessEntries(services, migration, entries);
  const noted: Migration = {
    ...migration,
    summary: summaryOf(report),
    updatedAt: services.clock.now().toISOString(),
  };
  const told = said.size === 0 ? entries : entries.map((entry) => withWord(entry, said.get(entry.record.name)));
  const found = news(eventContext(services, noted), told, report, migration.summary);
  return { ...found, record: migration, noted };
}

const withWord = (entry: CatalogueEntry, announced: string | undefined): CatalogueEntry =>
  announced === undefined ? entry : { ...entry, announced };

/** The chain's events first, then those of as many files as fit. */
function portionOf(
  { files, chain, noted, record }: Left,
  before: Migration,
): { readonly change?: Pick<Change, "migration" | "events">; readonly answer: Portion } {
  const events = [...chain];
  let count = 0;
  for (const file of files) {
    if (events.length + file.events.length > MOST_EVENTS) break;
    events.push(...file.events);
    count++;
  }
  const isNew = events.length > 0 || !isSame(noted.summary ?? {}, before.summary ?? {});
  const left = { files: files.slice(count), chain: [], noted, record: isNew ? noted : record };
  const words = files.slice(0, count).map(({ name, announced }) => ({ name, announced }));
  return {
    ...(isNew && { change: { migration: noted, events } }),
    answer: { words, left, isKnownNow: isAnotherDatabase(noted.summary, before.summary) },
  };
}

/** The folder's database was not known before, or was taken for another. */
const isAnotherDatabase = (now: ChainSummary | undefined, before: ChainSummary | undefined): boolean =>
  now?.databaseName !== undefined &&
  (now.databaseName !== before?.databaseName ||
    now.familyGuid !== before.familyGuid ||
    now.databaseGuid !== before.databaseGuid);
