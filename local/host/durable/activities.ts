// How is an activity run, and what does its orchestrator learn of its end?
import type { TypedData } from "../coreModule.ts";
import type { Invoker } from "../invoke.ts";
import { describe } from "../log.ts";
import type { Strictness } from "../strict.ts";
import type { TaskEnd } from "./history.ts";
import type { WorkItem } from "./store.ts";

/** Never throws: an activity that failed is a result. It may run twice. */
export async function runActivity(
  invoker: Invoker,
  judge: Strictness,
  known: ReadonlySet<string>,
  { name, input, instance }: WorkItem,
): Promise<TaskEnd> {
  try {
    if (!known.has(name))
      throw new Error(`The function '${name}' doesn't exist, is disabled, or is not an activity function.`);
    const { result } = await invoker.invoke(
      name,
      input === null ? undefined : { string: input },
      metadata(instance, input),
    );
    if (result !== undefined && typeof result !== "object")
      judge([{ rule: "objects-only", detail: `the output of ${name} is a ${typeof result}` }]);
    return { result: JSON.stringify(result ?? null) };
  } catch (thrown) {
    return failure(name, thrown instanceof Error ? thrown : judgedNonError(judge, name, thrown));
  }
}

/** The class is lost on the way, and a serialized exception follows the message: the official host's wording, two spaces included. */
const failure = (name: string, error: Error): TaskEnd => ({
  reason: `Activity function '${name}' failed:  ${error.message}`,
  details: JSON.stringify({ $type: "System.Exception", Message: error.message, StackTrace: describe(error) }),
});

function judgedNonError(judge: Strictness, name: string, thrown: unknown): Error {
  try {
    judge([{ rule: "throw-errors", detail: `the activity ${name} threw a ${typeof thrown}` }]);
    return new Error(String(thrown));
  } catch (breach) {
    return breach instanceof Error ? breach : new Error(String(breach));
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
