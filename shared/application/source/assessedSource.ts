// Reads what published assessments say about a migration's database, and about those that belong together with it.
import { type AssessedSource, assessedSource, identityOf, mayBeOf } from "../../assessed/assessedSource.ts";
import { assessmentIdOf, type KnownDatabase, rowKeyOf } from "../../assessed/assessmentStore.ts";
import {
  groupCheck,
  groupOf,
  isRefused,
  type SeenSource,
  sourceCheck,
  type Together,
} from "../../assessed/sourceChecks.ts";
import { databaseKey } from "../../chain/files/identity.ts";
import { UnreadableRowError } from "../../migration/faults.ts";
import type { Check, Failure, Migration } from "../../migration/migration.ts";
import type { CatalogueEntry } from "../../migration/observed.ts";
import type { Services } from "../../ports.ts";
import { preflightFailure } from "../../preflight/preflight.ts";
import { type AssessedFolder, assessEntries, recordsOf } from "../files/assessFolder.ts";
import { recordsBehind } from "../lists/records.ts";

/** From the tables alone. A row that cannot be read is reported, and never counts as "nothing was found". */
export async function seeSource(
  services: Services,
  migration: Migration,
  { entries, report }: AssessedFolder,
): Promise<SeenSource> {
  const { assessments, faults } = services;
  const identity = identityOf(migration, report.database);
  const { familyGuid, databaseGuid, server, name } = identity;
  try {
    const [exact, named] = await Promise.all([
      familyGuid && databaseGuid ? assessments.byGuids(familyGuid, databaseGuid) : [],
      server && name ? assessments.byName(assessmentIdOf(server), name) : [],
    ]);
    if (exact.length + named.length === 0) return { kind: "none" };
    const looks = await withServers(services, [...exact, ...named]);
    const source = assessedSource({ migration, identity, looks, records: recordsOf(entries) });
    return source ? { kind: "assessed", source } : { kind: "none" };
  } catch (error) {
    if (!(error instanceof UnreadableRowError)) throw error;
    faults.note(error.message);
    return { kind: "unreadable", why: error.message };
  }
}

/** A database that is known both by its GUIDs and by its name is one row. */
async function withServers({ assessments }: Services, known: readonly KnownDatabase[]) {
  const once = [...new Map(known.map((one) => [`${one.assessmentId} ${rowKeyOf(one.database)}`, one])).values()];
  const ids = [...new Set(once.map(({ assessmentId }) => assessmentId))];
  const servers = new Map(
    await Promise.all(ids.map(async (id) => [id, (await assessments.server(id))?.server] as const)),
  );
  return once.flatMap(({ assessmentId, database }) => {
    const server = servers.get(assessmentId);
    return server ? [{ server, database }] : [];
  });
}

/** Databases that name each other, over all databases of the server. Undefined when none was assessed. */
export async function seeGroup(
  services: Services,
  migration: Migration,
  { report }: AssessedFolder,
  source: AssessedSource,
): Promise<Together | undefined> {
  const identity = identityOf(migration, report.database);
  const lines = await services.assessments.lines(assessmentIdOf(source.server));
  const group = groupOf(identity, source, lines, []);
  if (group === undefined || group.members.length === 0) return group;
  const names = new Set(group.members.map(({ name }) => databaseKey(name)));
  const databases = [...group.members, ...lines].filter(({ name }) => names.has(databaseKey(name)));
  return groupOf(identity, source, lines, await migrationsOfDatabases(services, source.server, databases));
}

/**
 * The records of all migrations that may belong to one of a server's databases, in the order of their ids; bestOf
 * decides which do.
 */
export async function migrationsOfDatabases(
  services: Services,
  server: string,
  databases: Parameters<typeof mayBeOf>[1],
): Promise<readonly Migration[]> {
  const listed = (await services.migrations.list()).filter(mayBeOf(server, databases));
  return recordsBehind(
    services,
    listed.map(({ line }) => line.migrationId),
  );
}

/**
 * P28 once more, just before DMS is asked: a finding that was published while the migration waited for its turn stops
 * it as in the preflight.
 */
export async function stoppedAtSource(
  services: Services,
  migration: Migration,
  entries: readonly CatalogueEntry[],
): Promise<Failure | undefined> {
  const seen = await seeSource(services, migration, { entries, report: assessEntries(services, migration, entries) });
  const check = sourceCheck(migration, seen, services.clock.now());
  return isRefused(check) ? preflightFailure([check]) : undefined;
}

/** Checks P28 and P30. */
export async function sourceChecks(
  services: Services,
  migration: Migration,
  folder: AssessedFolder,
): Promise<{ readonly checks: readonly Check[]; readonly seen: SeenSource }> {
  const seen = await seeSource(services, migration, folder);
  const group = seen.kind === "assessed" ? await seeGroup(services, migration, folder, seen.source) : undefined;
  return { checks: [sourceCheck(migration, seen, services.clock.now()), groupCheck(migration, seen, group)], seen };
}
