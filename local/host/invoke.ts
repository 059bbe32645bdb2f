// How is one function called, with which typed data, and what came back?
import { randomUUID } from "node:crypto";
import type { FunctionCallback, LoadedApp, RpcHttp, TypedData } from "./coreModule.ts";
import type { Log, LogLevel } from "./log.ts";

export interface Invocation {
  /** What the handler returned, the very object: orchestrations need the identity of its parts. */
  readonly result: unknown;
  /** The answer of an HTTP function; undefined when it returned nothing. */
  readonly http: RpcHttp | undefined;
}

/** Calls functions by name; throws what the handler throws. */
export interface Invoker {
  invoke(
    name: string,
    data: TypedData | undefined,
    triggerMetadata?: Readonly<Record<string, TypedData>>,
  ): Promise<Invocation>;
  /** Resolves when nothing runs any more. */
  idle(): Promise<void>;
}

/** `durableClient` is the JSON text that each durable client binding gets. */
export function createInvoker(app: LoadedApp, durableClient: string, log: Log): Invoker {
  const running = new Set<Promise<unknown>>();

  async function invoke(
    name: string,
    data: TypedData | undefined,
    triggerMetadata: Readonly<Record<string, TypedData>> = {},
  ): Promise<Invocation> {
    const { metadata, callback, trigger } = nonNull(app, name);
    const invocationId = randomUUID();
    const clients = Object.values(metadata.bindings).filter(({ type }) => type === "durableClient");
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
      log: (level: LogLevel, category: string, message: string) =>
        log(level, category === "user" ? name : `${name}.${category}`, message),
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
    return { result: after["result"], http: response.returnValue?.http };
  }

  return {
    invoke(name, data, triggerMetadata) {
      const invocation = invoke(name, data, triggerMetadata);
      running.add(invocation);
      const forget = () => running.delete(invocation);
      invocation.then(forget, forget);
      return invocation;
    },
    async idle() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

function nonNull({ functions }: LoadedApp, name: string) {
  const found = functions.get(name);
  if (!found) throw new Error(`There is no function "${name}".`);
  return found;
}
