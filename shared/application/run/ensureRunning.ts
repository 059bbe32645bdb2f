// Starts the orchestration of a run unless it is under way, also when the orchestration died before its run ended.

import type { MigrationRun } from "../../migration/looks.ts";
import { isOver } from "../../migration/migration.ts";
import type { Invocation, Services } from "../../ports.ts";
import { note } from "./note.ts";

/**
 * An orchestration that ended before its run did (its worker died in mid-turn, it was terminated, the task hub is gone)
 * is started anew under its id, and finds from the recorded facts how far the run has come. A stalled run waits for a
 * resume. Safe to repeat.
 */
export async function ensureRunning(
  services: Services,
  invocation: Invocation,
  { migrationId, run }: MigrationRun,
): Promise<void> {
  const { runs } = invocation;
  const status = await runs.statusOf({ migrationId, run });
  if (isUnderWay(status)) return;
  // read afterwards: an orchestration writes its run's end before its own
  const facts = await services.migrations.facts(migrationId);
  if (!facts || isOver(facts.migration, run) || facts.migration.stalled) return;
  // it is started anew below
  if (status !== undefined) note(invocation, "RunDied", { migrationId, run, status, state: facts.migration.state });
  try {
    await runs.start({ migrationId, run });
  } catch (error) {
    // refused because another process has started it
    if (!isUnderWay(await runs.statusOf({ migrationId, run }))) throw error;
  }
}

/** By the runtime status of an orchestration; undefined: there is none. */
export const isUnderWay = (status: string | undefined): boolean =>
  status !== undefined && !["Completed", "Failed", "Terminated", "Canceled"].includes(status);
