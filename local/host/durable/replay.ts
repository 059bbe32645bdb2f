// What does the orchestrator say when it is replayed from its beginning?
import type { Invoker } from "../invoke.ts";
import type { Breach } from "../strict.ts";
import type { HistoryEvent, OrchestratorState } from "./history.ts";
import type { Turn } from "./store.ts";

export interface Replay {
  readonly state: OrchestratorState;
  readonly breaches: readonly Breach[];
}

/** The SDK puts the state of a failed orchestrator behind this mark, in its error's message. */
const STATE_IN_ERROR = "\n\n$OutOfProcData$:";

/** Replays with the past events as played and the fresh ones as new. Never throws: what the orchestrator throws is in the state. */
export async function replay(
  invoker: Invoker,
  known: ReadonlySet<string>,
  { instance, past }: Turn,
  fresh: readonly HistoryEvent[],
): Promise<Replay> {
  const { name } = instance;
  if (!known.has(name))
    return failed(
      `The function '${name}' doesn't exist, is disabled, or is not an orchestrator function. ` +
        `The following are the known orchestrator functions: ${[...known].map((one) => `'${one}'`).join(", ")}.`,
    );
  const input = {
    history: [
      ...past.map((event) => ({ ...event, IsPlayed: true })),
      ...fresh.map((event) => ({ ...event, IsPlayed: false })),
    ],
    input: JSON.parse(instance.input) as unknown,
    instanceId: instance.id,
    isReplaying: past.length > 0,
    parentInstanceId: instance.parent,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 2, // ReplaySchema.V3: long timers have legs, no entity locks
    longRunningTimerIntervalDuration: "3.00:00:00",
    maximumShortTimerDuration: "6.00:00:00",
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000, // misspelt like this
  };
  try {
    const { result } = await invoker.invoke(name, { string: JSON.stringify(input) });
    return { state: result as OrchestratorState, breaches: [] };
  } catch (error) {
    return replayOfFailure(name, error instanceof Error ? error.message : String(error));
  }
}

const failed = (error: string): Replay => ({ state: { isDone: false, actions: [[]], error }, breaches: [] });

/** An orchestrator that threw something else than an Error has a state without `error`: nothing more happens to it. */
function replayOfFailure(name: string, message: string): Replay {
  const mark = message.indexOf(STATE_IN_ERROR);
  if (mark < 0) return failed(message);
  const state = JSON.parse(message.slice(mark + STATE_IN_ERROR.length)) as OrchestratorState;
  if (state.error !== undefined) return { state, breaches: [] };
  const breaches = [{ rule: "throw-errors" as const, detail: `the orchestrator ${name} threw something else` }];
  return { state: { isDone: false, actions: [[]] }, breaches };
}
