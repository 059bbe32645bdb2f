// Replays an orchestrator from its beginning, and checks that it asks for the same when it is replayed twice.
import { type Invoker, WorkerLost } from "../invoke.ts";
import type { Breach } from "../strict.ts";
import { describeAction, flatten, type HistoryEvent, type OrchestratorState } from "./history.ts";
import type { Turn } from "./store.ts";

export interface Replay {
  readonly state: OrchestratorState;
  readonly breaches: readonly Breach[];
}

/** The SDK puts the state of a failed orchestrator behind this mark, in its error's message. */
const STATE_IN_ERROR = "\n\n$OutOfProcData$:";

/**
 * Replays twice with the past events as played and the fresh ones as new; the first answer counts, the second is
 * compared with it. A clock that is read shows at the next episode, where every action is compared with what it was;
 * at the last one here. What the orchestrator throws is in the state; a worker that is lost is thrown.
 */
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
  const history = [
    ...past.map((event) => `${event.slice(0, -1)},"IsPlayed":true}`),
    ...fresh.map((event) => JSON.stringify({ ...event, IsPlayed: false })),
  ];
  const binding = JSON.stringify({
    input: JSON.parse(instance.input) as unknown,
    instanceId: instance.id,
    isReplaying: past.length > 0,
    parentInstanceId: instance.parent,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 2, // ReplaySchema.V3: long timers have legs, no entity locks
    longRunningTimerIntervalDuration: "3.00:00:00",
    maximumShortTimerDuration: "6.00:00:00",
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000, // misspelt like this
  });
  const input = `{"history":[${history.join()}],${binding.slice(1)}`;
  const first = await once(invoker, name, input);
  if (first.state.isDone) await nextMillisecond(); // or a clock that is read would say the same twice
  const difference = differenceOf(first.state, (await once(invoker, name, input)).state);
  const breaches = difference
    ? [...first.breaches, { rule: "deterministic" as const, detail: difference }]
    : first.breaches;
  return { state: first.state, breaches };
}

async function once(invoker: Invoker, name: string, input: string): Promise<Replay> {
  try {
    const { result, hasLogged } = await invoker.invoke(name, { string: input });
    const breaches = hasLogged ? [{ rule: "no-logging" as const, detail: `${name} writes to its log` }] : [];
    return { state: result as OrchestratorState, breaches };
  } catch (error) {
    if (error instanceof WorkerLost) throw error;
    return replayOfFailure(name, error instanceof Error ? error.message : String(error));
  }
}

const failed = (error: string): Replay => ({ state: { isDone: false, actions: [[]], error }, breaches: [] });

/**
 * An orchestrator that threw something else than an Error has a state without `error`: nothing ever happens to it
 * again.
 */
function replayOfFailure(name: string, message: string): Replay {
  const mark = message.indexOf(STATE_IN_ERROR);
  if (mark < 0) return failed(message);
  const state = JSON.parse(message.slice(mark + STATE_IN_ERROR.length)) as OrchestratorState;
  if (state.error !== undefined) return { state, breaches: [] };
  const breaches = [{ rule: "throw-errors" as const, detail: `the orchestrator ${name} threw something else` }];
  return { state: { isDone: false, actions: [[]], isStuck: true }, breaches };
}

async function nextMillisecond(): Promise<void> {
  for (const began = Date.now(); Date.now() === began; ) await new Promise(setImmediate);
}

/** The first thing that two replays of the same history say differently. */
function differenceOf(one: OrchestratorState, other: OrchestratorState): string | undefined {
  const text = JSON.stringify;
  if (text(one) === text(other)) return undefined;
  const [first, second] = [one, other].map(({ actions }) =>
    flatten(actions[0]).list.map((action) => [describeAction(action), text(action)]),
  );
  const place = [...(first ?? []), ...(second ?? [])].findIndex(
    (_, index) => text(first?.[index]) !== text(second?.[index]),
  );
  if (place < 0 || text(one.actions) === text(other.actions)) return "two replays end or show a status differently";
  return `task ${place + 1} is ${first?.[place] ?? "missing"} at one replay and ${second?.[place] ?? "missing"} at the next`;
}
