// Adapts the host's context to what the application takes: a log, and the port Runs over Durable Functions' client.
import type { InvocationContext } from "@azure/functions";
import * as df from "durable-functions";
import { runInstanceId } from "../shared/migration/ids.ts";
import type { Invocation, Runs } from "../shared/ports.ts";
import { WAKE } from "./orchestrators/step.ts";

/**
 * For functions that are registered with the durable client as an extra input. The client is not used before one of the
 * members is called.
 */
export const invocationOf = (context: InvocationContext): Invocation => ({
  log: (...args) => context.log(...args),
  warn: (...args) => context.warn(...args),
  error: (...args) => context.error(...args),
  runs: durableRuns(context),
});

/** The Runs port over the durable client. */
const durableRuns = (context: InvocationContext): Runs => ({
  async start({ migrationId, run }) {
    const instanceId = runInstanceId(migrationId, run);
    await df.getClient(context).startNew("MigrateDatabase", { instanceId, input: { migrationId, run } });
  },
  statusOf: ({ migrationId, run }) => statusOf(context, runInstanceId(migrationId, run)),
  wake: (watchInstanceId) => df.getClient(context).raiseEvent(watchInstanceId, WAKE, {}),
  async startSweep(from) {
    await df.getClient(context).startNew("Sweep", { instanceId: from.instanceId, input: from });
  },
  statusOfSweep: (instanceId) => statusOf(context, instanceId),
  async forget(createdTimeFrom, createdTimeTo) {
    const { Completed, Failed, Terminated } = df.OrchestrationRuntimeStatus;
    await df
      .getClient(context)
      .purgeInstanceHistoryBy({ createdTimeFrom, createdTimeTo, runtimeStatus: [Completed, Failed, Terminated] });
  },
});

async function statusOf(context: InvocationContext, instanceId: string): Promise<string | undefined> {
  try {
    return (await df.getClient(context).getStatus(instanceId)).runtimeStatus;
  } catch (error) {
    if (/HTTP 404/.test(String(error))) return undefined; // the client has no other sign that there is no such instance
    throw error;
  }
}
