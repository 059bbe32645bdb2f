// Runs an activity and tells its orchestration of the end.
import type { TypedData } from "../coreModule.ts";
import type { FaultInjection } from "../faultInjection.ts";
import type { Invoker } from "../invoke.ts";
import { describe } from "../log.ts";
import { type Breach, payloadBreaches, type Strictness } from "../strict.ts";
import type { TaskEnd } from "./history.ts";
import type { WorkItem } from "./store.ts";

/**
 * Never throws: an activity that failed, or whose worker was lost, is a result. It may run twice. Undefined when it
 * threw no Error: the official host never says so to the orchestrator.
 */
export async function runActivity(
  invoker: Invoker,
  judge: Strictness,
  known: ReadonlySet<string>,
  faultInjection: FaultInjection,
  item: WorkItem,
): Promise<TaskEnd | undefined> {
  const { name, input, instance } = item;
  try {
    if (!known.has(name))
      throw new Error(`The function '${name}' doesn't exist, is disabled, or is not an activity function.`);
    const call = () => invoker.invoke(name, input === null ? undefined : { string: input }, metadata(instance, input));
    if (faultInjection.happens("activityTwice", subjectOf(item))) await call();
    const { result } = await call();
    return { result: JSON.stringify(result ?? null), breaches: payloadBreaches(result, `the output of ${name}`) };
  } catch (thrown) {
    if (thrown instanceof Error) return failure(name, thrown);
    const breaches = [{ rule: "throw-errors", detail: `the activity ${name} throws a ${typeof thrown}` }] as const;
    return isTolerated(judge, breaches) ? undefined : { ...failure(name, new Error(String(thrown))), breaches };
  }
}

export const subjectOf = ({ name, instance, task }: WorkItem): string => `${name} ${instance}:${task}`;

/**
 * The class is lost on the way, and a serialized exception follows the message: the official host's wording, two
 * spaces included.
 */
export const failure = (name: string, error: Error): TaskEnd => ({
  reason: `Activity function '${name}' failed:  ${error.message}`,
  details: JSON.stringify({ $type: "System.Exception", Message: error.message, StackTrace: describe(error) }),
});

function isTolerated(judge: Strictness, breaches: readonly Breach[]): boolean {
  try {
    judge(breaches);
    return true;
  } catch {
    return false; // the orchestrator's next episode names the rule
  }
}

/** `instanceId`, `data`, and every top-level member of an object. */
function metadata(instance: string, input: string | null): Record<string, TypedData> {
  if (input === null) return { instanceId: { string: instance } };
  const value = JSON.parse(input) as unknown;
  const members = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  return {
    ...Object.fromEntries(members.map(([name, member]) => [name, { json: JSON.stringify(member) }])),
    data: { json: input },
    instanceId: { string: instance },
  };
}
