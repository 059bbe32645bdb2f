// Can this host run the app's functions? What it does not know it refuses by name, before anything runs.
import type { Binding, LoadedApp, RegisteredFunction } from "./coreModule.ts";
import type { Breach, Strictness } from "./strict.ts";

const TRIGGERS = [
  "httpTrigger",
  "blobTrigger",
  "queueTrigger",
  "timerTrigger",
  "eventGridTrigger",
  "activityTrigger",
  "orchestrationTrigger",
];

/** Throws one error that lists everything in the app that this host does not know. */
export function demandSupported({ functions }: LoadedApp, judge: Strictness): void {
  const all = [...functions.values()];
  judge(all.flatMap(expressionsBesideBlobs));
  const unsupported = all.flatMap(({ name, metadata }) => [
    ...Object.values(metadata.bindings)
      .filter((binding) => !isSupported(binding))
      .map(({ type, direction }) => `${name}: the ${direction === "in" ? "trigger or input" : "output"} "${type}"`),
    ...(metadata.retryOptions ? [`${name}: a retry policy of the function`] : []),
  ]);
  if (unsupported.length > 0) throw new Error(`Not supported by the local host: ${unsupported.join("; ")}.`);
}

const isSupported = ({ type, direction }: Binding): boolean =>
  direction === "in" ? type === "durableClient" || TRIGGERS.includes(type) : type === "http";

/** Bindings with an {expression} in an option, of functions that a blob triggers. */
function expressionsBesideBlobs({ name, trigger, metadata }: RegisteredFunction): readonly Breach[] {
  if (trigger.type !== "blobTrigger") return [];
  return Object.values(metadata.bindings)
    .filter((binding) => binding !== trigger)
    .filter((binding) => Object.values(binding).some((option) => typeof option === "string" && /\{.+\}/.test(option)))
    .map((binding) => ({ rule: "blob-expression", detail: `${name} has the binding ${binding.name}` }));
}
