// Answers the durable client over HTTP, with the paths and answers of the Durable Functions extension.
import { randomUUID } from "node:crypto";
import type { FaultInjection } from "../faultInjection.ts";
import { type Incoming, json, jsonBody, type Reply, refusal } from "../reply.ts";
import {
  type Breach,
  isSafeEventName,
  isSafeInstanceId,
  payloadBreaches,
  StrictModeError,
  type Strictness,
} from "../strict.ts";
import { eventName, type HistoryEvent } from "./history.ts";
import { type InstanceRow, isFinished, type OrchestrationStore, type RuntimeStatus } from "./store.ts";

export interface DurableUrls {
  /** "http://127.0.0.1:7071" */
  readonly origin: string;
  readonly hubName: string;
}

/** Where the client sends its calls, relative to the origin; the second is what the management URLs show. */
export const RPC_PATH = "/durabletask/";
export const WEBHOOK_PATH = "/runtime/webhooks/durabletask/";

const PLACEHOLDER = "INSTANCEID";

const managementUrls = ({ origin, hubName }: DurableUrls) => {
  const instance = `${origin}${WEBHOOK_PATH}instances/${PLACEHOLDER}`;
  const query = `taskHub=${hubName}&connection=Storage`;
  return {
    id: PLACEHOLDER,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
    rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
    resumePostUri: `${instance}/resume?reason={text}&${query}`,
  };
};

/** What a durable client binding is handed, as JSON text. */
export const durableClientInput = (urls: DurableUrls): string => {
  const base = `${urls.origin}${WEBHOOK_PATH}`;
  return JSON.stringify({
    taskHubName: urls.hubName,
    creationUrls: {
      createNewInstancePostUri: `${base}orchestrators/{functionName}[/{instanceId}]`,
      createAndWaitOnNewInstancePostUri: `${base}orchestrators/{functionName}[/{instanceId}]?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}`,
    },
    managementUrls: managementUrls(urls),
    baseUrl: base.replace(/\/$/, ""),
    requiredQueryStringParameters: "",
    rpcBaseUrl: `${urls.origin}${RPC_PATH}`,
  });
};

export interface ClientApiParts {
  readonly store: OrchestrationStore;
  readonly judge: Strictness;
  readonly urls: DurableUrls;
  readonly defaultVersion: string | undefined;
  readonly faultInjection: FaultInjection;
  /** Tells the engine that there is something to do. */
  pump(): void;
}

/** The app has rules to keep; a person who uses the management URLs knows what he does. */
export type Caller = "app" | "person";

/** Answers a request whose path under RPC_PATH (the app) or WEBHOOK_PATH (a person) is given. */
export function createClientApi(parts: ClientApiParts): (caller: Caller, path: string, request: Incoming) => Reply {
  const { store, pump, judge, faultInjection } = parts;
  const unsupported = (what: string) => refusal(501, `${what} is not supported by the local host.`);

  function answer(caller: Caller, path: string, request: Incoming): Reply {
    const [collection, first, operation, eventName] = path.split("/").filter(Boolean).map(decodeURIComponent);
    const is = (method: string) => request.method === method;
    if (collection === "entities") return unsupported("An entity");
    if (collection === "orchestrators" && first && is("POST")) return start(parts, caller, first, operation, request);
    if (collection !== "instances") return { status: 404 };
    if (first === undefined) return is("GET") ? list(store, request.url.searchParams) : purgeBy(store, request);
    const instance = store.find(first);
    if (!instance) return { status: 404 };
    if (operation === undefined && is("GET")) return status(store, instance, request);
    if (operation === undefined && is("DELETE")) return purge(store, instance);
    if (!is("POST") || operation === undefined) return { status: 404 };
    if (operation !== "raiseEvent" && operation !== "terminate") return unsupported(operation);
    if (isFinished(instance.status)) return { status: 410 };
    if (operation === "terminate") {
      if (caller === "app") judge([{ rule: "no-terminate", detail: `the app terminates ${instance.id}` }]);
      store.terminate(instance, request.url.searchParams.get("reason") ?? "");
    } else {
      const data = jsonBody(request);
      if (data === undefined || !eventName) return refusal(400, "An event needs a name and data; {} will do.");
      if (caller === "app") judge(eventBreaches(instance.id, eventName, data));
      store.raise(instance.id, eventName, data);
      faultInjection.crashPoint("crashEventCommitted", instance.id);
    }
    pump();
    return { status: 202 };
  }

  return (caller, path, request) => {
    try {
      return answer(caller, path, request);
    } catch (error) {
      if (error instanceof SyntaxError) return refusal(400, "The body is no JSON.");
      if (error instanceof StrictModeError) return refusal(400, error.message);
      throw error;
    }
  };
}

function eventBreaches(id: string, name: string, data: unknown): readonly Breach[] {
  const what = `the data of the event ${name} for ${id}`;
  return [
    ...(isSafeEventName(name) ? [] : [{ rule: "event-names" as const, detail: `the event "${name}" for ${id}` }]),
    ...(data === null ? [{ rule: "objects-only" as const, detail: `${what} is null` }] : payloadBreaches(data, what)),
  ];
}

/** What the app must not ask for when it starts an orchestration. */
const startBreaches = (
  name: string,
  wantedId: string | undefined,
  input: unknown,
  isCompleted: boolean,
): readonly Breach[] => [
  ...(wantedId === undefined ? [{ rule: "given-ids" as const, detail: `a start of ${name} without an id` }] : []),
  ...(wantedId === undefined || isSafeInstanceId(wantedId)
    ? []
    : [{ rule: "safe-ids" as const, detail: `the start of ${name} as "${wantedId}"` }]),
  ...(isCompleted
    ? [{ rule: "fresh-ids" as const, detail: `the start of ${name} as ${wantedId}, which has completed` }]
    : []),
  ...payloadBreaches(input, `the input of ${name}`),
];

function start(
  { store, judge, urls, defaultVersion, faultInjection, pump }: ClientApiParts,
  caller: Caller,
  name: string,
  wantedId: string | undefined,
  request: Incoming,
): Reply {
  if (request.url.searchParams.has("version"))
    return refusal(501, "A start with a version of its own is not supported by the local host.");
  const id = wantedId ?? randomUUID().replaceAll("-", "");
  const given = jsonBody(request);
  if (store.isAlive(id))
    return refusal(409, `An Orchestration instance with the id ${id} exists already and is not finished.`);
  if (caller === "app") judge(startBreaches(name, wantedId, given, store.find(id)?.status === "Completed"));
  // without input it arrives as ''
  store.start({ id, name, input: JSON.stringify(given ?? ""), version: defaultVersion });
  faultInjection.crashPoint("crashStartCommitted", id);
  pump();
  const links = Object.entries(managementUrls(urls)).map(
    ([link, url]) => [link, url.replace(PLACEHOLDER, id)] as const,
  );
  const body = Object.fromEntries(links);
  return json(202, body, { location: body["statusQueryGetUri"] ?? "", "retry-after": "10" });
}

function purge(store: OrchestrationStore, { id, status }: InstanceRow): Reply {
  if (!isFinished(status)) return { status: 412 };
  store.purge(id);
  return json(200, { instancesDeleted: 1 });
}

/** Those that have ended, of whatever statuses were asked for. */
function purgeBy(store: OrchestrationStore, { method, url }: Incoming): Reply {
  if (method !== "DELETE") return { status: 404 };
  const ended = wanted(store, url.searchParams).filter(({ status }) => isFinished(status));
  for (const { id } of ended) store.purge(id);
  return ended.length === 0 ? { status: 404 } : json(200, { instancesDeleted: ended.length });
}

function wanted(store: OrchestrationStore, query: URLSearchParams): readonly InstanceRow[] {
  const statuses = query.get("runtimeStatus")?.split(",");
  const from = Date.parse(query.get("createdTimeFrom") ?? "");
  const to = Date.parse(query.get("createdTimeTo") ?? "");
  return store
    .list()
    .filter(({ status }) => !statuses || statuses.includes(status))
    .filter(({ created }) => !(created < from) && !(created > to)); // NaN compares false: no limit
}

function list(store: OrchestrationStore, query: URLSearchParams): Reply {
  return json(
    200,
    wanted(store, query).map((instance) => statusOf(instance, flag(query, "showInput", true))),
  );
}

function status(store: OrchestrationStore, instance: InstanceRow, { url }: Incoming): Reply {
  const query = url.searchParams;
  const payload = {
    ...statusOf(instance, flag(query, "showInput", true)),
    ...(flag(query, "showHistory", false)
      ? { historyEvents: historyOf(store.history(instance.id), flag(query, "showHistoryOutput", false)) }
      : {}),
  };
  return isFinished(instance.status)
    ? json(200, payload)
    : json(202, payload, { location: url.href, "retry-after": "5" });
}

const flag = (query: URLSearchParams, name: string, otherwise: boolean): boolean =>
  query.has(name) ? query.get(name)?.toLowerCase() === "true" : otherwise;

const statusOf = (instance: InstanceRow, showInput: boolean) => ({
  name: instance.name,
  instanceId: instance.id,
  runtimeStatus: instance.status satisfies RuntimeStatus,
  input: showInput ? parsed(instance.input) : null,
  customStatus: parsed(instance.customStatus),
  output: parsed(instance.output),
  createdTime: wholeSeconds(instance.created),
  lastUpdatedTime: wholeSeconds(instance.updated),
});

const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
const wholeSeconds = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** Event types as text, without the frames of the episodes; inputs and results only when asked for. */
const historyOf = (events: readonly HistoryEvent[], showOutput: boolean): readonly object[] =>
  events
    .filter(({ EventType }) => EventType !== 12 && EventType !== 13)
    .map((event) => ({
      ...event,
      EventType: eventName(event),
      ...(showOutput ? {} : { Input: undefined, Result: undefined }),
    }));
