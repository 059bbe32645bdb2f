// Refuses by name, before anything runs, what an app asks for and this host does not know.
import type { Binding, LoadedApp, RegisteredFunction } from "./coreModule.ts";
import type { HostSettings } from "./settings.ts";
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
export function demandSupported({ functions }: LoadedApp, settings: HostSettings, judge: Strictness): void {
  const all = [...functions.values()];
  const isDurable = all.some(({ trigger }) => trigger.type === "orchestrationTrigger");
  judge([...all.flatMap(expressionsBesideBlobs), ...(isDurable ? breachesOfHostJson(settings) : [])]);
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

const LONGEST_POLLING_MS = 5_000;
const SHORTEST_LEASE_MS = 60_000;

function breachesOfHostJson({ durableTask: { defaultVersion, storageProvider } }: HostSettings): readonly Breach[] {
  const { maxQueuePollingInterval, controlQueueVisibilityTimeout, workItemQueueVisibilityTimeout } = storageProvider;
  const leases = { controlQueueVisibilityTimeout, workItemQueueVisibilityTimeout };
  const seconds = (name: string, milliseconds: number): string => `in host.json ${name} is ${milliseconds / 1_000} s`;
  return [
    ...(defaultVersion === undefined ? [{ rule: "default-version" as const, detail: "host.json has none" }] : []),
    ...(maxQueuePollingInterval > LONGEST_POLLING_MS
      ? [{ rule: "short-polling" as const, detail: seconds("maxQueuePollingInterval", maxQueuePollingInterval) }]
      : []),
    ...Object.entries(leases)
      .filter(([, lease]) => lease !== SHORTEST_LEASE_MS)
      .map(([name, lease]) => ({ rule: "short-leases" as const, detail: seconds(name, lease) })),
  ];
}

/** Bindings with an {expression} in an option, of functions that a blob triggers. */
function expressionsBesideBlobs({ name, trigger, metadata }: RegisteredFunction): readonly Breach[] {
  if (trigger.type !== "blobTrigger") return [];
  return Object.values(metadata.bindings)
    .filter((binding) => binding !== trigger)
    .filter((binding) => Object.values(binding).some((option) => typeof option === "string" && /\{.+\}/.test(option)))
    .map((binding) => ({ rule: "blob-expression", detail: `${name} has the binding ${binding.name}` }));
}
