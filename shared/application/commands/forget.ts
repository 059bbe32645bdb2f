// Decides about forgetting a migration: one that nobody has registered, or that has ended. Its files, events and audit
// stay.
import { NOTHING_RESTORED } from "../../chain/backupRecord.ts";
import { hasEnded, isDraft, type Migration } from "../../migration/migration.ts";
import { signalWatch } from "../run/signalWatch.ts";
import { auditOf } from "./audit.ts";
import { type Command, onMigration } from "./command.ts";

/**
 * What is left of the record keeps the number of the run, so that it is never used again, and has no target. The run of
 * a draft is woken and ends at that look.
 */
export const forget: Command<unknown> = async (services, invocation, asked) => {
  const done = await onMigration(services, invocation, asked, ({ migration }) => {
    const { migrationId, state, run } = migration;
    if (!hasEnded(migration) && !isDraft(migration))
      return {
        refused: {
          problem: "not-forgettable",
          detail: `The migration is ${state}. Cancel it first: ferry cancel ${migrationId} --reason TEXT, or POST …/cancel.`,
          state,
        },
      };
    const { caller } = asked;
    const detail = `Forgotten by ${caller.name}; it was ${state}. Its files stay where they are.`;
    return {
      change: {
        migration: leftOf(migration, services.clock.now().toISOString()),
        audit: [auditOf(services, caller, "forget", "accepted", detail, { run, state })],
      },
      outcome: { did: "gone" },
    };
  });
  if ("outcome" in done) await signalWatch(services, invocation, asked.about["id"] ?? "");
  return done;
};

function leftOf(migration: Migration, now: string): Migration {
  const { migrationId, run, state, mode, start, source, createdAt, createdBy, startedAt, endedAt } = migration;
  const { container, folder, rootIsADatabase } = source;
  return {
    ...{ migrationId, run, mode, start, createdAt, createdBy },
    state: hasEnded({ state }) ? state : "canceled",
    source: { container, folder, rootIsADatabase },
    updatedAt: now,
    ...(startedAt !== undefined && { startedAt }),
    endedAt: endedAt ?? now,
    progress: NOTHING_RESTORED,
    forgottenAt: now,
  };
}
