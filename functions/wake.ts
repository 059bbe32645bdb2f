// How does a watch learn that a fact has changed? The fact is written first; then the watch is told to look, without saying at what.
import type { InvocationContext } from "@azure/functions";
import * as df from "durable-functions";
import type { Services } from "../shared/services.ts";
import { WAKE } from "./orchestrators/step.ts";

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

/** Starts the orchestration of a run. Asking twice is harmless: a living run is left alone, and so is one that has ended. */
export async function ensureRunning(
  context: InvocationContext,
  migration: { readonly migrationId: string; readonly run: number },
  instanceId: string,
): Promise<void> {
  const client = df.getClient(context);
  if (await exists(client, instanceId)) return; // a finished id would silently run again
  try {
    await client.startNew("MigrateDatabase", {
      instanceId,
      input: { migrationId: migration.migrationId, run: migration.run },
    });
  } catch (error) {
    if (!(await exists(client, instanceId))) throw error; // refused because somebody else was quicker: fine
  }
}

async function exists(client: df.DurableClient, instanceId: string): Promise<boolean> {
  try {
    await client.getStatus(instanceId);
    return true;
  } catch (error) {
    if (/HTTP 404/.test(String(error))) return false; // the client knows no other sign of "there is none"
    throw error;
  }
}
