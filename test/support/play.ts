// What does an orchestrator ask for, in which order? Drives its generator by hand, with canned answers.
import type { OrchestrationContext } from "durable-functions";
import type { Flow } from "../../functions/orchestrators/step.ts";

/** An answer is handed out once; an Error is thrown into the orchestrator. The last answer of a name is repeated. */
export type Answers = Readonly<Record<string, readonly unknown[]>>;

export interface Played<Result> {
  /** Names of activities and watches; "first of Wake, timer 60 s"; "again" for continueAsNew. */
  readonly asked: readonly string[];
  readonly childIds: readonly string[];
  readonly inputs: readonly unknown[];
  readonly result: Result | undefined;
  /** What the orchestrator threw, if it did. */
  readonly failure: Error | undefined;
}

export function play<Result>(
  flow: (context: OrchestrationContext) => Flow<Result>,
  input: unknown,
  answers: Answers,
): Played<Result> {
  const asked: string[] = [];
  const childIds: string[] = [];
  const inputs: unknown[] = [];
  const left = new Map(Object.entries(answers).map(([name, list]) => [name, [...list]]));
  const named = (name: string, given?: unknown) => {
    inputs.push(given);
    return { toString: () => name };
  };
  const df = {
    instanceId: "run",
    currentUtcDateTime: new Date(0),
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
    continueAsNew: () => asked.push("again"),
  };
  const generator = flow({ df } as unknown as OrchestrationContext);
  let turn = generator.next();
  try {
    while (!turn.done) {
      const name = String(turn.value);
      asked.push(name);
      const race = (turn.value as unknown as { tasks?: readonly unknown[] }).tasks;
      const list = left.get(name) ?? [];
      const answer = list.length > 1 ? list.shift() : list[0];
      if (answer instanceof Error) turn = generator.throw(answer);
      else turn = generator.next(race ? race[Number(answer ?? 0)] : answer);
    }
  } catch (error) {
    return { asked, childIds, inputs, result: undefined, failure: error as Error };
  }
  return { asked, childIds, inputs, result: turn.value, failure: undefined };
}
