// Runs the real orchestrators, turn by turn, over the real activities in a world of plain data; the past of an
// orchestration is the list of its results.
import type { InvocationContext } from "@azure/functions";
import type { OrchestrationContext } from "durable-functions";
import * as df from "durable-functions";
import { cutOver } from "../../functions/activities/cutOver.ts";
import { endRun } from "../../functions/activities/endRun.ts";
import { lookAtCancel } from "../../functions/activities/lookAtCancel.ts";
import { lookAtCutover } from "../../functions/activities/lookAtCutover.ts";
import { lookAtFolder } from "../../functions/activities/lookAtFolder.ts";
import { lookAtRestore } from "../../functions/activities/lookAtRestore.ts";
import { lookAtStart } from "../../functions/activities/lookAtStart.ts";
import { lookForSlot } from "../../functions/activities/lookForSlot.ts";
import { runPreflight } from "../../functions/activities/runPreflight.ts";
import { stallRun } from "../../functions/activities/stallRun.ts";
import { migrateDatabase } from "../../functions/orchestrators/migrateDatabase.ts";
import * as steps from "../../functions/orchestrators/steps.ts";
import type { MigrationRun } from "../../shared/migration/looks.ts";
import type { Services } from "../../shared/ports.ts";
import { type Estate, type Worker, workerIn } from "./estate.ts";

// biome-ignore lint/suspicious/noExplicitAny: one table of handlers, each with an input of its own
type Handler = (services: Services) => (input: any, log: InvocationContext) => Promise<object>;

const ACTIVITIES: Readonly<Record<string, Handler>> = {
  LookAtFolder: lookAtFolder,
  RunPreflight: runPreflight,
  LookForSlot: lookForSlot,
  LookAtStart: lookAtStart,
  LookAtRestore: lookAtRestore,
  CutOver: cutOver,
  LookAtCutover: lookAtCutover,
  LookAtCancel: lookAtCancel,
  StallRun: stallRun,
  EndRun: endRun,
};

/** The results that the orchestration of a run has had so far; an Error was thrown. */
export type Past = readonly (object | Error)[];

/** The activity that runs next, alone or as the look of a watch; or how the orchestration has ended. */
export type Next =
  | { readonly activity: string; readonly input: object; readonly after: (result: object | Error) => Moved }
  | { readonly ended: "Completed" | "Failed" };

/** The past after a result. A look that has to be repeated leaves the past as it is, with a pause. */
export interface Moved {
  readonly past: Past;
  readonly pauseSeconds: number;
}

interface Called {
  readonly name: string;
  readonly input: object;
  readonly id?: string;
}

/** The past covers all executions of the run, since the story continues as new after each stage. */
export function nextOf(instanceId: string, run: MigrationRun, past: Past): Next {
  const results = [...past];
  try {
    for (let input: object | undefined = run; input !== undefined; ) {
      let again: object | undefined;
      const story = migrateDatabase(contextOf(instanceId, input, (next) => (again = next)));
      let turn = story.next();
      while (!turn.done) {
        const result = results.shift();
        if (result === undefined) return nextCall(turn.value as unknown as Called, past);
        turn = result instanceof Error ? story.throw(result) : story.next(result);
      }
      input = again;
    }
    return { ended: "Completed" };
  } catch {
    return { ended: "Failed" };
  }
}

function nextCall({ name, input, id }: Called, past: Past): Next {
  const watch = Object.values(steps).find((one) => "watchName" in one && one.watchName === name);
  if (!watch || !("turn" in watch))
    return { activity: name, input, after: (result) => ({ past: [...past, result], pauseSeconds: 0 }) };
  const turn = watch.turn(contextOf(id ?? "", input));
  const look = turn.next().value as unknown as Called;
  return {
    activity: look.name,
    input: look.input,
    after(result) {
      const then = result instanceof Error ? turn.throw(result) : turn.next(result);
      if (then.done) return { past: [...past, then.value as object], pauseSeconds: 0 };
      return { past, pauseSeconds: (then.value as unknown as { seconds: number }).seconds };
    },
  };
}

function contextOf(
  instanceId: string,
  input: object,
  continueAsNew: (input: object) => void = () => undefined,
): OrchestrationContext {
  const call = (name: string, _retry: unknown, given: object, id?: string): Called => ({
    name,
    input: given,
    ...(id !== undefined && { id }),
  });
  return {
    df: {
      instanceId,
      currentUtcDateTime: new Date(0),
      getInput: () => input,
      callActivityWithRetry: call,
      callSubOrchestratorWithRetry: call,
      waitForExternalEvent: () => ({}),
      createTimer: (at: Date) => ({ seconds: at.getTime() / 1_000, cancel: () => undefined }),
      Task: { any: ([, timer]: readonly { seconds: number }[]) => timer },
      continueAsNew,
    },
  } as unknown as OrchestrationContext;
}

export const perform = (activity: string, input: object, { services, context }: Worker): Promise<object> => {
  const handler = ACTIVITIES[activity];
  if (!handler) throw new Error(`There is no activity "${activity}".`);
  return handler(services)(input, context);
};

// A durable client for the callers on an estate: it knows the runs' orchestrations, and starts them.

interface Hub {
  readonly estate: Estate;
  readonly gate: (call: string) => Promise<void>;
}
// Without it the client's data would be copied, and the estate with it.
process.env["WEBSITE_HOSTNAME"] ??= "localhost";

/** The same as `workerIn`, with a durable client. */
export function workerOf(
  estate: Estate,
  gate: (call: string) => Promise<void> = async () => undefined,
  settings: Readonly<Record<string, string>> = {},
): Worker {
  const hub: Hub = { estate, gate };
  const worker = workerIn(estate, gate, settings);
  Object.assign(worker.context, {
    options: { extraInputs: [{ type: "durableClient", name: "client" }] },
    extraInputs: { get: () => ({ taskHubName: hub, creationUrls: {}, managementUrls: {} }) },
  });
  standIn(df.getClient(worker.context));
  return worker;
}

/** Replaces the client's calls over HTTP. */
function standIn(client: df.DurableClient): void {
  const prototype = Object.getPrototypeOf(client) as df.DurableClient & { isStandIn?: boolean };
  if (prototype.isStandIn) return;
  const hubOf = (one: unknown): Hub => (one as { taskHubName: Hub }).taskHubName;
  Object.assign(prototype, {
    isStandIn: true,
    async getStatus(instanceId: string) {
      const { estate, gate } = hubOf(this);
      await gate("durable.getStatus");
      const runtimeStatus = estate.instances[instanceId];
      if (runtimeStatus === undefined) throw new Error("HTTP 404");
      return { runtimeStatus };
    },
    async startNew(_name: string, { instanceId }: { instanceId: string }) {
      const { estate, gate } = hubOf(this);
      await gate("durable.startNew");
      if (estate.instances[instanceId] === "Running") throw new Error("HTTP 409");
      estate.instances[instanceId] = "Running";
    },
    async raiseEvent(instanceId: string) {
      const { estate, gate } = hubOf(this);
      await gate("durable.raiseEvent");
      estate.woken.push(instanceId);
    },
    async purgeInstanceHistoryBy() {
      await hubOf(this).gate("durable.purge");
    },
  });
}
