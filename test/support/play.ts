// Shows what an orchestrator calls, and in which order: drives its generator by hand, with prepared answers.
import type { OrchestrationContext } from "durable-functions";
import type { Flow } from "../../functions/orchestrators/step.ts";

/** Each answer is used once, the last one of a name repeatedly; an Error is thrown into the orchestrator. */
export type Answers = Readonly<Record<string, readonly unknown[]>>;

export interface Played<Result> {
  /** Names of activities and watches; "first of Wake, timer 60 s"; "again" for continueAsNew. */
  readonly asked: readonly string[];
  readonly childIds: readonly string[];
  readonly inputs: readonly unknown[];
  readonly result: Result | undefined;
  /** What the orchestrator threw, if it did. */
  readonly failure: Error | undefined;
  /** The input with which it continues as new, if it does. */
  readonly again: unknown;
}

type Orchestrator<Result> = (context: OrchestrationContext) => Flow<Result>;
/** The answers that are left: each list is used up as it is played. */
export type Left = ReadonlyMap<string, unknown[]>;

export const leftOf = (answers: Answers): Left =>
  new Map(Object.entries(answers).map(([name, list]) => [name, [...list]]));

/** One execution. It begins at the time 0; each answer takes some seconds. */
export const play = <Result>(
  flow: Orchestrator<Result>,
  input: unknown,
  answers: Answers,
  secondsAnAnswer = 0,
): Played<Result> => execute(flow, input, leftOf(answers), secondsAnAnswer);

/** One execution after the other, until one of them does not continue as new. */
export function* playExecutions<Result>(
  flow: Orchestrator<Result>,
  input: unknown,
  answers: Answers,
): Generator<Played<Result>, void> {
  const left = leftOf(answers);
  for (let next = input; next !== undefined; ) {
    const played = execute(flow, next, left);
    yield played;
    next = played.again;
  }
}

function execute<Result>(flow: Orchestrator<Result>, input: unknown, left: Left, secondsAnAnswer = 0): Played<Result> {
  let now = 0;
  const asked: string[] = [];
  const childIds: string[] = [];
  const inputs: unknown[] = [];
  let again: unknown;
  const named = (name: string, given?: unknown) => {
    inputs.push(given);
    return { toString: () => name };
  };
  const df = {
    instanceId: "run",
    get currentUtcDateTime() {
      return new Date(now);
    },
    getInput: () => input,
    callActivityWithRetry: (name: string, _retry: unknown, given: unknown) => named(name, given),
    callSubOrchestratorWithRetry: (name: string, _retry: unknown, given: unknown, id: string) => {
      childIds.push(id);
      return named(name, given);
    },
    waitForExternalEvent: (name: string) => named(name),
    createTimer: (at: Date) => ({
      ...named(`timer ${at.getTime() / 1_000} s`),
      cancel: () => asked.push("timer canceled"),
    }),
    Task: { any: (tasks: unknown[]) => ({ tasks, toString: () => `first of ${tasks.join(", ")}` }) },
    continueAsNew: (next: unknown) => {
      again = next;
      asked.push("again");
    },
  };
  const generator = flow({ df } as unknown as OrchestrationContext);
  let turn = generator.next();
  try {
    while (!turn.done) {
      const name = String(turn.value);
      asked.push(name);
      now += 1_000 * secondsAnAnswer;
      const race = (turn.value as unknown as { tasks?: readonly unknown[] }).tasks;
      const list = left.get(name) ?? [];
      const answer = list.length > 1 ? list.shift() : list[0];
      if (answer instanceof Error) turn = generator.throw(answer);
      else turn = generator.next(race ? race[Number(answer ?? 0)] : answer);
    }
  } catch (error) {
    return { asked, childIds, inputs, result: undefined, failure: error as Error, again };
  }
  return { asked, childIds, inputs, result: turn.value, failure: undefined, again };
}
