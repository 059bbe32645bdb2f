// Reads which databases DMS restores to a VM outside this sqlferry, once a minute for all VMs and all migrations that
// wait.
import type { ServiceMigration } from "../../migration/observed.ts";
import type { Services } from "../../ports.ts";
import { type Elsewhere, elsewhereOn, type OurTarget } from "../../queue/elsewhere.ts";

/** How long one answer serves this process. */
const HOLDS_MS = 60_000;

interface Known {
  readonly at: number;
  readonly running: readonly ServiceMigration[];
  readonly ours: readonly OurTarget[];
}

const answers = new WeakMap<Services, Promise<Known>>();

/**
 * What DMS or the list does not report counts as nothing: it blocks nobody, and DMS itself refuses what it cannot take.
 */
export async function databasesElsewhere(services: Services, sqlVmResourceId: string): Promise<readonly Elsewhere[]> {
  const now = services.clock.now().getTime();
  const known = await answers.get(services);
  if (known && now - known.at < HOLDS_MS) return elsewhereOn(sqlVmResourceId, known.running, known.ours);
  const asked = ask(services, now, known);
  answers.set(services, asked);
  const { running, ours } = await asked;
  return elsewhereOn(sqlVmResourceId, running, ours);
}

/** Never rejects. */
async function ask(services: Services, at: number, before: Known | undefined): Promise<Known> {
  const { migrationServices, migrations } = services;
  try {
    const seen = await migrationServices.migrations(migrationServices.configuredName);
    if (seen.kind === "absent" || (seen.kind === "seen" && seen.facts.length === 0))
      return { at, running: [], ours: [] };
    if (seen.kind === "unreadable") return { running: [], ours: [], ...before, at };
    const ours = (await migrations.list()).flatMap(({ line: { target }, vmKey }) =>
      target && vmKey !== undefined ? { vmKey, databaseName: target.databaseName } : [],
    );
    return { at, running: seen.facts, ours };
  } catch {
    return { running: [], ours: [], ...before, at }; // asked again in a minute; the turn does not depend on it
  }
}
