// Calls one function with its typed data and takes back its result.
import { randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";
import type { FunctionCallback, LoadedApp, RpcHttp, TypedData } from "./coreModule.ts";
import { type Lifecycle, track } from "./lifecycle.ts";
import type { Log, LogLevel } from "./log.ts";

interface Invocation {
  /** What the handler returned, the very object: orchestrations need the identity of its parts. */
  readonly result: unknown;
  /** The answer of an HTTP function; undefined when it returned nothing. */
  readonly http: RpcHttp | undefined;
  /** Whether it wrote to its log. */
  readonly hasLogged: boolean;
}

/** Calls functions by name; throws what the handler throws, or WorkerLost. */
export interface Invoker {
  invoke(
    name: string,
    data: TypedData | undefined,
    triggerMetadata?: Readonly<Record<string, TypedData>>,
  ): Promise<Invocation>;
  /**
   * As when the worker's process is replaced: every call that runs is lost at once. What its handler still does goes
   * unnoticed.
   */
  replaceWorker(why: string): void;
}

/** The call had no end of its own. */
export class WorkerLost extends Error {
  override readonly name = "WorkerLost";
}

export interface InvokerParts {
  readonly app: LoadedApp;
  /** The JSON text that each durable client binding gets. */
  readonly durableClient: string;
  readonly clock: Clock;
  readonly life: Lifecycle;
  readonly log: Log;
  /** host.json's functionTimeout in milliseconds; undefined: none. */
  readonly timeout: number | undefined;
}

export function createInvoker({ app, durableClient, clock, life, log, timeout }: InvokerParts): Invoker {
  const running = new Set<(error: WorkerLost) => void>();

  async function call(name: string, data: TypedData | undefined, triggerMetadata: Readonly<Record<string, TypedData>>) {
    const { metadata, callback, trigger } = nonNull(app, name);
    const invocationId = randomUUID();
    const clients = Object.values(metadata.bindings).filter(({ type }) => type === "durableClient");
    let hasLogged = false;
    const core = {
      invocationId,
      metadata,
      state: undefined as string | undefined,
      request: {
        invocationId,
        functionId: name,
        inputData: [
          { name: trigger.name, data },
          ...clients.map((client) => ({ name: client.name, data: { string: durableClient } })),
        ],
        triggerMetadata,
        traceContext: { traceParent: `00-${randomUUID().replaceAll("-", "")}-${invocationId.slice(-12)}0000-01` },
      },
      log: (level: LogLevel, category: string, message: string) => {
        if (category === "user") hasLogged = true;
        log(level, category === "user" ? name : `${name}.${category}`, message);
      },
    };
    const model = app.model.getInvocationModel(core);
    const { context, inputs } = await model.getArguments();
    const shared = { hookData: {}, appHookData: app.appHookData, invocationContext: context };
    const before = { ...shared, functionCallback: callback as FunctionCallback, inputs };
    core.state = "preInvocationHooks";
    await app.runHooks("preInvocation", before);
    const after: Record<string, unknown> = { ...shared, inputs: before.inputs, result: null, error: null };
    let failed = false;
    core.state = "invocation";
    try {
      after["result"] = await model.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (error) {
      failed = true;
      after["error"] = error;
    }
    core.state = "postInvocationHooks";
    await app.runHooks("postInvocation", after); // may replace the result, or swap a failure for none
    if (failed && after["error"] !== null) throw after["error"];
    const response = await model.getResponse(context, after["result"]);
    return { result: after["result"], http: response.returnValue?.http, hasLogged };
  }

  function replaceWorker(why: string): void {
    for (const lose of running) lose(new WorkerLost(why));
    running.clear();
  }

  return {
    replaceWorker,
    invoke(name, data, triggerMetadata = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<Invocation>();
      const tooLong = () => replaceWorker(`Timeout value of ${timeout} ms exceeded by function: Functions.${name}`);
      const forget = timeout === undefined ? () => undefined : clock.at(clock.now() + timeout, tooLong);
      running.add(reject);
      call(name, data, triggerMetadata).then(resolve, reject);
      const settled = promise.finally(() => {
        forget();
        running.delete(reject);
      });
      return track(life, settled);
    },
  };
}

function nonNull({ functions }: LoadedApp, name: string) {
  const found = functions.get(name);
  if (!found) throw new Error(`There is no function "${name}".`);
  return found;
}
