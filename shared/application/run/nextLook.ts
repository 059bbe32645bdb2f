// When does a watch ask DMS about its migration again? The polling rule over what is known at this moment.
import type { Migration, MigrationState } from "../../migration/migration.ts";
import type { CatalogueEntry } from "../../migration/observed.ts";
import { nextLookSeconds } from "../../migration/polling.ts";
import type { Services } from "../../ports.ts";

/** In these states a migration asks DMS about itself again and again. */
const ASKING: readonly MigrationState[] = ["starting", "restoring", "readyForCutover", "cuttingOver", "canceling"];
const ENDING: readonly MigrationState[] = ["cuttingOver", "canceling"];

/** How long a count of the asking migrations is good for: it is read from the whole list. */
const COUNT_HOLDS_MS = 60_000;
const counts = new WeakMap<Services, { readonly at: number; readonly active: number }>();

export interface Looked {
  readonly migration: Migration;
  /** Of the last answer. */
  readonly retryAfterSeconds?: number | undefined;
  /** The folder's files: what arrived just now shows at the service soon. */
  readonly entries?: readonly CatalogueEntry[];
}

/** In the shape of a look that found no end. */
export async function nextLook(
  services: Services,
  { migration, retryAfterSeconds, entries = [] }: Looked,
): Promise<{ readonly nextLookSeconds: number }> {
  const { pollSeconds, maxGetsPerMinute } = services.config.dms;
  const now = services.clock.now();
  const news = [migration.service?.changedAt, ...entries.map(({ record }) => record.arrivedAt)];
  const newest = news.reduce<string | undefined>((a, b) => (a === undefined || (b ?? "") > a ? b : a), undefined);
  const seconds = nextLookSeconds({
    pollSeconds,
    maxGetsPerMinute,
    activeMigrations: await activeMigrations(services, now),
    retryAfterSeconds,
    unchangedSeconds: newest === undefined ? undefined : (now.getTime() - Date.parse(newest)) / 1_000,
    isEnding: ENDING.includes(migration.state),
  });
  return { nextLookSeconds: seconds };
}

async function activeMigrations(services: Services, now: Date): Promise<number> {
  const known = counts.get(services);
  if (known && now.getTime() - known.at < COUNT_HOLDS_MS) return known.active;
  const listed = await services.migrations.list().catch(() => undefined); // a look does not hang on the list
  if (!listed) return known?.active ?? 1;
  const active = listed.filter(({ line }) => ASKING.includes(line.state)).length;
  counts.set(services, { at: now.getTime(), active });
  return active;
}
