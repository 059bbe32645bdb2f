// Lists every move of a migration from one state to another that is legal, on one page.
import type { Migration } from "./migration.ts";
import type { MigrationState } from "./words.ts";

/** Every state that is not ended may fail or be canceled as well. */
const MOVES: Readonly<Record<MigrationState, readonly MigrationState[]>> = {
  draft: ["waitingForChain", "failed", "canceling", "canceled"],
  waitingForChain: ["preflighting", "queued", "preflightFailed", "failed", "canceling", "canceled"],
  preflighting: ["queued", "preflightFailed", "failed", "canceling", "canceled"],
  preflightFailed: [],
  queued: ["starting", "failed", "canceling", "canceled"],
  starting: ["restoring", "failed", "canceling", "canceled", "succeeded"],
  restoring: ["readyForCutover", "cuttingOver", "succeeded", "failed", "canceling", "canceled"],
  readyForCutover: ["restoring", "cuttingOver", "succeeded", "failed", "canceling", "canceled"],
  cuttingOver: ["restoring", "succeeded", "failed", "canceling", "canceled"],
  succeeded: [],
  failed: [],
  canceling: ["canceled", "succeeded", "failed"],
  canceled: [],
};

export const isState = (word: string): word is MigrationState => Object.hasOwn(MOVES, word);

export const mayMove = (from: MigrationState, to: MigrationState): boolean => MOVES[from].includes(to);

/**
 * The same migration in another state, where it waits for nothing yet. A move that is not legal is a fault of the
 * program: it throws.
 */
export function moveTo(migration: Migration, to: MigrationState, at: string): Migration {
  if (!mayMove(migration.state, to))
    throw new Error(`Migration "${migration.migrationId}" cannot go from ${migration.state} to ${to}.`);
  const { waitingOn: _, ...rest } = migration;
  return { ...rest, state: to, updatedAt: at };
}
