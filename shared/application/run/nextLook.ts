// Decides when a watch asks DMS about its migration again: applies the polling rule to what is known now.
import type { Migration } from "../../migration/migration.ts";
import type { CatalogueEntry } from "../../migration/observed.ts";
import { nextLookSeconds } from "../../migration/polling.ts";
import type { MigrationState } from "../../migration/words.ts";
import type { Services } from "../../ports.ts";

/** The states in which a migration polls DMS. */
const ASKING: readonly MigrationState[] = ["starting", "restoring", "readyForCutover", "cuttingOver", "canceling"];
const TURNS: readonly MigrationState[] = ["starting", "cuttingOver"];
const ENDING: readonly MigrationState[] = ["cuttingOver", "canceling"];

/** How long a count of the polling migrations is used: it takes the whole list. */
const COUNT_HOLDS_MS = 60_000;
const counts = new WeakMap<Services, { readonly at: number } & Counted>();

interface Counted {
  readonly active: number;
  /** Starts and cutovers that can be at DMS at most, since it takes one of each at a time per VM. */
  readonly turns: number;
}

export interface Looked {
  readonly migration: Migration;
  /** Of DMS's last answer. */
  readonly retryAfterSeconds?: number | undefined;
  /** The folder's files: what has just arrived will soon show at DMS. */
  readonly entries?: readonly CatalogueEntry[];
  /** DMS is at its start or its cutover, and the VM's other databases wait for that. */
  readonly isAtTurn?: boolean;
}

/** In the shape of a look that found no end. */
export async function nextLook(
  services: Services,
  { migration, retryAfterSeconds, entries = [], isAtTurn = false }: Looked,
): Promise<{ readonly nextLookSeconds: number }> {
  const { pollSeconds, maxGetsPerMinute } = services.config.dms;
  const now = services.clock.now();
  const news = [migration.service?.changedAt, ...entries.map(({ record }) => record.arrivedAt)];
  const newest = news.reduce<string | undefined>((a, b) => (a === undefined || (b ?? "") > a ? b : a), undefined);
  const seconds = nextLookSeconds({
    pollSeconds,
    maxGetsPerMinute,
    ...(await counted(services, now)),
    isAtTurn,
    retryAfterSeconds,
    unchangedSeconds: newest === undefined ? undefined : (now.getTime() - Date.parse(newest)) / 1_000,
    isEnding: ENDING.includes(migration.state),
  });
  return { nextLookSeconds: seconds };
}

async function counted(
  services: Services,
  now: Date,
): Promise<{ readonly activeMigrations: number; readonly turns: number }> {
  const known = counts.get(services);
  if (known && now.getTime() - known.at < COUNT_HOLDS_MS) return { activeMigrations: known.active, turns: known.turns };
  const listed = await services.migrations.list().catch(() => undefined); // a look does not depend on the list
  if (!listed) return { activeMigrations: known?.active ?? 1, turns: known?.turns ?? 0 };
  const active = listed.filter(({ line }) => ASKING.includes(line.state)).length;
  const turns = new Set(
    listed.flatMap(({ line, vmKey }) => (vmKey && TURNS.includes(line.state) ? `${line.state} ${vmKey}` : [])),
  ).size;
  counts.set(services, { at: now.getTime(), active, turns });
  return { activeMigrations: active, turns };
}
