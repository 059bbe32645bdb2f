// Calls activities and waits for events on behalf of orchestrators. No other file touches durable tasks.
import type { OrchestrationContext, Task } from "durable-functions";
import * as df from "durable-functions";
import type { Look } from "../../shared/migration/looks.ts";
import type { Log } from "../../shared/ports.ts";

/** A part of an orchestration: yields durable tasks, returns a typed result. Call it with `yield*`. */
export type Flow<Result> = Generator<Task, Result, unknown>;

/**
 * Name, input and output of one activity, shared by its caller and its handler. Objects only: Durable encodes bare
 * strings twice.
 */
export interface Step<Input extends object, Output extends object> {
  (context: OrchestrationContext, input: Input): Flow<Output>;
  readonly activityName: string;
}

/** The handler of a step; it may run twice, late, or die half-way. */
export type StepHandler<S> =
  S extends Step<infer Input, infer Output> ? (input: Input, log: Log) => Promise<Output> : never;

/** A sub-orchestration that repeats one turn: look, and unless that ended it, wait for a wake-up or the next look. */
export interface Watch<Input extends object, End extends object> {
  /** `round` distinguishes repetitions of one watch in a run: the id of a living child must not be used again. */
  (context: OrchestrationContext, input: Input, round?: number): Flow<End>;
  readonly watchName: string;
  /** One turn; registered as the orchestrator. */
  readonly turn: (context: OrchestrationContext) => Flow<End | Surprise | undefined>;
}

/**
 * The look failed beyond its retries. It is a result, because a turn that throws counts as one that lost its worker,
 * and is retried.
 */
interface Surprise {
  readonly surprise: string;
}

/** Raised at a watch, with `{}`, after a fact was written. */
export const WAKE = "Wake";

/**
 * A worker that dies fails its running activities and the orchestrations whose turn runs, and storage may be away for a
 * while: hence many retries (2, 4, 8, ... 300 seconds apart, about an hour). After the last one the run stalls, until a
 * person has fixed the cause. Expected failures are results and are not retried here.
 */
const patience = Object.assign(new df.RetryOptions(2_000, 20), {
  backoffCoefficient: 2,
  maxRetryIntervalInMilliseconds: 300_000,
});

/**
 * A turn fails only by the death of its worker, and retries are counted over the watch's whole life, which may be
 * weeks: many of them, and never far apart.
 */
const revival = Object.assign(new df.RetryOptions(2_000, 300), {
  backoffCoefficient: 2,
  maxRetryIntervalInMilliseconds: 30_000,
});

/** Declares an activity. Its registered name is the PascalCase of its file. */
export function step<Input extends object, Output extends object>(activityName: string): Step<Input, Output> {
  function* call(context: OrchestrationContext, input: Input): Flow<Output> {
    return (yield context.df.callActivityWithRetry(activityName, patience, input)) as Output;
  }
  return Object.assign(call, { activityName });
}

/**
 * Declares a watch over a step that begins with "look". The step gets the watch's instance id, at which it is woken.
 */
export function watch<Input extends object, End extends object>(
  watchName: string,
  look: Step<Input & { readonly watch: string }, Look<End>>,
): Watch<Input, End> {
  function* call(context: OrchestrationContext, input: Input, round = 1): Flow<End> {
    const childId = `${context.df.instanceId}-${watchName}-${round}`;
    const end = (yield context.df.callSubOrchestratorWithRetry(watchName, revival, input, childId)) as End | Surprise;
    if ("surprise" in end) throw new Error(end.surprise);
    return end;
  }

  /** One turn per execution, so that the history stays at 15 events at most, however long the migration runs. */
  function* turn(context: OrchestrationContext): Flow<End | Surprise | undefined> {
    const input = context.df.getInput<Input>();
    const began = timeOf(context);
    let seen: Look<End>;
    try {
      seen = yield* look(context, { ...input, watch: context.df.instanceId }); // reads every fact anew
    } catch (surprise) {
      return { surprise: wordsOf(surprise) };
    }
    if ("end" in seen) return seen.end;
    const tookMs = timeOf(context) - began;
    const isWoken = yield* wakeOrTimeout(context, seen.nextLookSeconds);
    if (isWoken) yield* rest(context, began + Math.max(SHORTEST_TURN_MS, 2 * Math.min(tookMs, LONGEST_REST_MS)));
    context.df.continueAsNew(input); // the last execution returns the result to the parent
    return undefined;
  }
  return Object.assign(call, { watchName, turn });
}

/**
 * Only name and message of an exception survive Durable, followed by a host's stack trace: the first line is the
 * message.
 */
export const wordsOf = (surprise: unknown): string =>
  (surprise instanceof Error ? surprise.message : String(surprise)).split("\n")[0]?.trim() ?? "";

/**
 * Files come in bursts, and a look costs several times as much as a file: a watch that is woken so soon after its last
 * look waits for more of them, and looking takes half of its time at most. The first file of a burst never waits.
 */
const SHORTEST_TURN_MS = 2_000;
const LONGEST_REST_MS = 10_000;
/** The host rounds down to whole seconds. */
const SHORTEST_TIMER_MS = 1_000;

/** Milliseconds since 1970, the same at each replay. */
const timeOf = (context: OrchestrationContext): number => context.df.currentUtcDateTime.getTime();

function* rest(context: OrchestrationContext, until: number): Flow<void> {
  const now = timeOf(context);
  if (now < until) yield context.df.createTimer(new Date(Math.max(until, now + SHORTEST_TIMER_MS)));
}

/**
 * Waits for a wake-up, at most this long; true when one came. A timer left running would keep the instance open.
 */
function* wakeOrTimeout(context: OrchestrationContext, seconds: number): Flow<boolean> {
  const timeout = context.df.createTimer(new Date(timeOf(context) + seconds * 1_000));
  const wake = context.df.waitForExternalEvent(WAKE);
  const first = yield context.df.Task.any([wake, timeout]);
  if (first === wake) timeout.cancel();
  return first === wake;
}
