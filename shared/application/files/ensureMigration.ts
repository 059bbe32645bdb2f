// Creates a folder's migration with the first file in it, unless it is registered already, and starts its run.

import { NOTHING_RESTORED } from "../../chain/backupRecord.ts";
import { migrationIdOf } from "../../migration/ids.ts";
import { hasEnded, MADE_BY_A_FILE, type Migration, type MigrationFacts } from "../../migration/migration.ts";
import { otherHasTarget } from "../../migration/waiting.ts";
import type { Change, Invocation, Services } from "../../ports.ts";
import { ensureRunning } from "../run/ensureRunning.ts";
import { claimTarget } from "../start/claimTarget.ts";
import { isListening } from "./folderChanged.ts";

/**
 * The draft, or with the settings' default target the migration, that a folder's first file creates. Its run is started
 * when it is not under way.
 */
export async function ensureMigration(services: Services, invocation: Invocation, folder: string): Promise<string> {
  return (await ensured(services, invocation, folder)).migrationId;
}

/** How long a process assumes that a run which it has seen under way still is. */
const SEEN_FOR_MS = 60_000;
/** Migrations that a process remembers; when full, all are dropped. */
const MOST_SEEN = 10_000;
const seenAt = new WeakMap<Services, Map<string, number>>();

/**
 * As ensureMigration, without a request about a migration whose run was under way within the last minute: of a burst of
 * files only one causes requests. A run that dies or ends meanwhile is found by the next minute's file, or by the
 * sweep. `facts`: if they were read.
 */
export async function ensureMigrationOfFile(
  services: Services,
  invocation: Invocation,
  folder: string,
): Promise<{ readonly migrationId: string; readonly facts?: MigrationFacts | undefined }> {
  const { config, files, clock } = services;
  const migrationId = migrationIdOf(config.backups.accountName, files.container, folder);
  const seen = seenAt.get(services) ?? new Map<string, number>();
  seenAt.set(services, seen);
  const [now, last] = [clock.now().getTime(), seen.get(migrationId)];
  if (last !== undefined && now >= last && now - last < SEEN_FOR_MS) return { migrationId };
  const found = await ensured(services, invocation, folder);
  if (!found.facts || !isListening(found.facts.migration)) seen.delete(migrationId);
  else {
    if (seen.size >= MOST_SEEN) seen.clear();
    seen.set(migrationId, now);
  }
  return found;
}

async function ensured(services: Services, invocation: Invocation, folder: string) {
  const { migrations, config, files } = services;
  const migrationId = migrationIdOf(config.backups.accountName, files.container, folder);
  let facts = await migrations.facts(migrationId);
  if (!facts) {
    // a conflict means that another process was faster
    await migrations.commit({ migrationId, ...(await firstOf(services, folder)) });
    facts = await migrations.facts(migrationId);
  }
  // an ended run is over, even where the task hub that ran it is gone
  if (facts && !hasEnded(facts.migration)) await ensureRunning(services, invocation, facts.migration);
  return { migrationId, facts };
}

/**
 * The draft; without the target of the settings when another folder's migration has it already, as with `Sales` and
 * `sales`.
 */
async function firstOf(services: Services, folder: string): Promise<Pick<Change, "migration" | "audit">> {
  const { target, ...draft } = draftOf(services, folder);
  const rival = target && (await claimTarget(services, draft.migrationId, target));
  if (target === undefined || rival === undefined) return { migration: { ...draft, ...(target && { target }) } };
  const { needsAPerson: _, ...obstacle } = otherHasTarget(target, rival); // the run's first look notifies people
  return {
    migration: { ...draft, state: "draft", waitingOn: { ...obstacle, since: draft.createdAt } },
    audit: [
      {
        id: `duplicate-target-${draft.run}`,
        at: draft.createdAt,
        by: MADE_BY_A_FILE,
        action: "decision",
        result: "refused",
        detail: `${obstacle.cause} ${obstacle.remedy}`,
        facts: { rival },
      },
    ],
  };
}

/**
 * The first state of a folder's migration. The container's root never gets a target by itself: that takes a
 * registration.
 */
export function draftOf({ config, files, clock }: Services, folder: string): Migration {
  const now = clock.now().toISOString();
  const sqlVmResourceId = folder === "" ? undefined : config.target.sqlVmResourceId;
  return {
    migrationId: migrationIdOf(config.backups.accountName, files.container, folder),
    run: 1,
    state: sqlVmResourceId === undefined ? "draft" : "waitingForChain",
    mode: config.migrationMode,
    start: "auto",
    source: { container: files.container, folder, rootIsADatabase: false },
    ...(sqlVmResourceId !== undefined && { target: { sqlVmResourceId, databaseName: folder } }),
    createdAt: now,
    createdBy: MADE_BY_A_FILE,
    updatedAt: now,
    progress: NOTHING_RESTORED,
  };
}
