// Starts the orchestration of a run unless it is under way, also of one whose orchestration died before its run ended.

import type { MigrationRun } from "../../migration/looks.ts";
import { isOver } from "../../migration/migration.ts";
import type { Invocation, Services } from "../../ports.ts";
import { note } from "./note.ts";

/**
 * One that ended before its run did (its worker died in mid-turn, somebody terminated it, the task hub is gone) is started anew under its
 * id, and finds by the recorded facts how far it has come. A run that stands still waits for a resume. Asking twice is harmless.
 */
export async function ensureRunning(
  services: Services,
  invocation: Invocation,
  { migrationId, run }: MigrationRun,
): Promise<void> {
  const { runs } = invocation;
  const status = await runs.statusOf({ migrationId, run });
  if (isUnderWay(status)) return;
  const facts = await services.migrations.facts(migrationId); // read afterwards: an orchestration writes its run's end before its own
  if (!facts || isOver(facts.migration, run) || facts.migration.stalled) return;
  if (status !== undefined) note(invocation, "RunDied", { migrationId, run, status, state: facts.migration.state }); // it is taken up again
  try {
    await runs.start({ migrationId, run });
  } catch (error) {
    if (!isUnderWay(await runs.statusOf({ migrationId, run }))) throw error; // refused because somebody else was quicker: fine
  }
}

/** By the runtime status of an orchestration; undefined: there is none. */
export const isUnderWay = (status: string | undefined): boolean =>
  status !== undefined && !["Completed", "Failed", "Terminated", "Canceled"].includes(status);
