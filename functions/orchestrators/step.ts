// Calls activities and waits for events on behalf of orchestrators. The only file that touches durable tasks.
import type { OrchestrationContext, Task } from "durable-functions";
import * as df from "durable-functions";
import type { Log } from "../../shared/ports.ts";

/** A piece of an orchestration: yields durable tasks, comes back with a typed result. Call it with `yield*`. */
export type Flow<Result> = Generator<Task, Result, unknown>;

/** Name, input and output of one activity, shared by its caller and its handler. Objects only: Durable encodes bare strings twice. */
export interface Step<Input extends object, Output extends object> {
  (context: OrchestrationContext, input: Input): Flow<Output>;
  readonly activityName: string;
}

/** The handler that fulfils a step; it may run twice, late, or die half-way. */
export type StepHandler<S> =
  S extends Step<infer Input, infer Output> ? (input: Input, log: Log) => Promise<Output> : never;

/** What a look at the facts says: it is over, or when to look again at the latest. */
export type Look<End extends object> = { readonly end: End } | { readonly nextLookSeconds: number };

/** A sub-orchestration that repeats one turn: look, and unless that ended it, wait for a wake-up or the next look. */
export interface Watch<Input extends object, End extends object> {
  /** `round` tells the repetitions of one watch in a run apart: a living child's id must never be used again. */
  (context: OrchestrationContext, input: Input, round?: number): Flow<End>;
  readonly watchName: string;
  /** One turn; what is registered as the orchestrator. */
  readonly turn: (context: OrchestrationContext) => Flow<End | Surprise | undefined>;
}

/** The look failed beyond its retries. It is an answer, because a turn that fails has lost its worker, and is simply tried again. */
interface Surprise {
  readonly surprise: string;
}

/** Raised at a watch, with `{}`, after a fact was written. */
export const WAKE = "Wake";

/**
 * A worker that dies turns its running activities into failures, and fails the orchestrations whose turn runs; storage may be away for a
 * while: hence the patience (2, 4, 8, ... 300 seconds apart, about an hour). Giving up stalls the run, until a person has mended what fails.
 * Expected failures never get here, they are results.
 */
const patience = Object.assign(new df.RetryOptions(2_000, 20), {
  backoffCoefficient: 2,
  maxRetryIntervalInMilliseconds: 300_000,
});

/**
 * A turn fails only by the death of its worker, and the tries are counted over the watch's whole life, which may be weeks: many of them, and
 * never long apart.
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

/** Declares a watch over a step that begins with "look". The step is told the watch's instance id, under which it listens. */
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

  /** One turn per execution, so that the history stays at about ten events however long the migration runs. */
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
    context.df.continueAsNew(input); // the parent is answered by the execution that ends
    return undefined;
  }
  return Object.assign(call, { watchName, turn });
}

/** Only name and message of an exception survive Durable, followed by a host's stack trace: the first line is what counts. */
export const wordsOf = (surprise: unknown): string =>
  (surprise instanceof Error ? surprise.message : String(surprise)).split("\n")[0]?.trim() ?? "";

/**
 * Files come in bursts. A watch that looked at each of them would look all the time, at three quarters of the cost of a
 * file; so its turns have a length, and looking takes half of the time at most. The first file is looked at at once.
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
