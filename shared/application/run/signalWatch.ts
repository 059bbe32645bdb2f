// Signals to a run's watch that a fact has changed. The fact is written first; the signal has no content.
import type { MigrationRun } from "../../migration/looks.ts";
import type { Invocation, Services, Signalled } from "../../ports.ts";
import { ensureRunning } from "./ensureRunning.ts";

/**
 * Wakes the watch that listens for this migration, if any. Nothing depends on it: a wake-up that is lost, doubled or
 * late changes nothing, because every turn begins by reading the facts, and each watch looks by itself after a while.
 * `nobody`: none listens, or it could not be woken.
 */
export async function signalWatch(
  services: Services,
  invocation: Invocation,
  migrationId: string,
): Promise<"woken" | Exclude<Signalled["kind"], "watch">> {
  const signalled = await services.migrations.watchToSignal(migrationId, services.clock.now());
  if (signalled.kind !== "watch") return signalled.kind;
  try {
    await invocation.runs.wake(signalled.watch);
    return "woken";
  } catch (error) {
    invocation.log(`No watch to wake for ${migrationId}; the next turn reads the tables anyway. ${String(error)}`);
    return "nobody";
  }
}

/**
 * After a request was noted: makes sure that its run is under way, and wakes it. What fails here is repaired by the
 * sweep.
 */
export async function signalRun(services: Services, invocation: Invocation, run: MigrationRun): Promise<void> {
  try {
    await ensureRunning(services, invocation, run);
  } catch (error) {
    invocation.warn(`The run of ${run.migrationId} could not be reached; the sweep tries again. ${String(error)}`);
  }
  await signalWatch(services, invocation, run.migrationId);
}
