// Who makes a folder's migration? The first file that is dropped into it, unless somebody has registered it before.

import { NOTHING_RESTORED } from "../../chain/backupRecord.ts";
import { migrationIdOf } from "../../migration/ids.ts";
import { hasEnded, MADE_BY_A_FILE, type Migration } from "../../migration/migration.ts";
import { otherHasTarget } from "../../migration/waiting.ts";
import type { Change, Invocation, Services } from "../../ports.ts";
import { ensureRunning } from "../run/ensureRunning.ts";
import { claimTarget } from "../start/claimTarget.ts";

/** The draft, or with the settings' default target the migration, that a folder's first file makes. Its run is started when it is not under way. */
export async function ensureMigration(services: Services, invocation: Invocation, folder: string): Promise<string> {
  const { migrations, config, files } = services;
  const migrationId = migrationIdOf(config.backups.accountName, files.container, folder);
  let facts = await migrations.facts(migrationId);
  if (!facts) {
    await migrations.commit({ migrationId, ...(await firstOf(services, folder)) }); // a conflict means that somebody was quicker
    facts = await migrations.facts(migrationId);
  }
  // an ended run is over, even where the task hub that ran it is gone
  if (facts && !hasEnded(facts.migration)) await ensureRunning(services, invocation, facts.migration);
  return migrationId;
}

/** The draft; without the target of the settings when another folder's migration has that already, as `Sales` and `sales` would. */
async function firstOf(services: Services, folder: string): Promise<Pick<Change, "migration" | "audit">> {
  const { target, ...draft } = draftOf(services, folder);
  const rival = target && (await claimTarget(services, draft.migrationId, target));
  if (target === undefined || rival === undefined) return { migration: { ...draft, ...(target && { target }) } };
  const { needsAPerson: _, ...obstacle } = otherHasTarget(target, rival); // the run's first look tells people
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

/** The first state of a folder's migration. The root becomes a database only when somebody says so: it never gets a target by itself. */
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
