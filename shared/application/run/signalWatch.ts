// How does a watch learn that a fact has changed? The fact is written first; then the watch is told to look, without saying at what.
import type { InvocationContext } from "@azure/functions";
import * as df from "durable-functions";
import { note } from "../../../functions/note.ts";
import { WAKE } from "../../../functions/orchestrators/step.ts";
import { runInstanceId } from "../../migration/ids.ts";
import { isOver, type Migration } from "../../migration/migration.ts";
import type { Services } from "../../services.ts";

/**
 * Wakes the watch that listens for this migration, if any. Nothing hangs on it: a wake-up that is lost, doubled or late changes nothing,
 * because every turn begins by reading the facts, and each watch looks by itself after a while.
 */
export async function wake(services: Services, context: InvocationContext, migrationId: string): Promise<void> {
  const watchInstanceId = await services.migrations.knock(migrationId, services.clock.now());
  if (watchInstanceId === undefined) return;
  try {
    await df.getClient(context).raiseEvent(watchInstanceId, WAKE, {});
  } catch (error) {
    context.log(`No watch to wake for ${migrationId}; the next turn reads the tables anyway. ${String(error)}`);
  }
}

/** After a wish was written: its run is under way, and looks. The wish is noted whatever happens here; what fails is made up for by the sweep. */
export async function wakeRun(
  services: Services,
  context: InvocationContext,
  run: Pick<Migration, "migrationId" | "run">,
): Promise<void> {
  try {
    await ensureRunning(services, context, run);
  } catch (error) {
    context.warn(`The run of ${run.migrationId} could not be reached; the sweep tries again. ${String(error)}`);
  }
  await wake(services, context, run.migrationId);
}

/**
 * Starts the orchestration of a run, unless it is under way. One that ended before its run did (its worker died in mid-turn, somebody
 * terminated it, the task hub is gone) is started anew under its id, and finds by the recorded facts how far it has come. A run that stands
 * still waits for a resume. Asking twice is harmless.
 */
export async function ensureRunning(
  services: Services,
  context: InvocationContext,
  { migrationId, run }: Pick<Migration, "migrationId" | "run">,
): Promise<void> {
  const client = df.getClient(context);
  const instanceId = runInstanceId(migrationId, run);
  const status = await statusOf(client, instanceId);
  if (isUnderWay(status)) return;
  const facts = await services.migrations.facts(migrationId); // read afterwards: an orchestration writes its run's end before its own
  if (!facts || isOver(facts.migration, run) || facts.migration.stalled) return;
  if (status !== undefined) note(context, "RunDied", { migrationId, run, status, state: facts.migration.state }); // it is taken up again
  try {
    await client.startNew("MigrateDatabase", { instanceId, input: { migrationId, run } });
  } catch (error) {
    if (!isUnderWay(await statusOf(client, instanceId))) throw error; // refused because somebody else was quicker: fine
  }
}

const isUnderWay = (status: string | undefined): boolean =>
  status !== undefined && !["Completed", "Failed", "Terminated", "Canceled"].includes(status);

/** Undefined when there is none. */
async function statusOf(client: df.DurableClient, instanceId: string): Promise<string | undefined> {
  try {
    return (await client.getStatus(instanceId)).runtimeStatus;
  } catch (error) {
    if (/HTTP 404/.test(String(error))) return undefined; // the client knows no other sign of "there is none"
    throw error;
  }
}
