// Tests that a function that runs for too long ends the worker, and with it every call that is running.
import assert from "node:assert/strict";
import { it } from "node:test";
import { virtualClock } from "../../../../local/host/clock.ts";
import type { FunctionCallback, LoadedApp } from "../../../../local/host/coreModule.ts";
import { createInvoker, WorkerLost } from "../../../../local/host/invoke.ts";
import { newLife } from "../../../../local/host/lifecycle.ts";

const never = (): Promise<never> => new Promise(() => undefined);
const quick = async (): Promise<string> => "done";

function anInvoker(handlers: Record<string, FunctionCallback>, timeout: number | undefined) {
  const functions = new Map(
    Object.entries(handlers).map(([name, callback]) => {
      const trigger = { name: "trigger", type: "activityTrigger", direction: "in" as const };
      return [name, { name, trigger, metadata: { name, bindings: { trigger } }, callback }];
    }),
  );
  const model = {
    getInvocationModel: () => ({
      getArguments: async () => ({ context: {}, inputs: [] }),
      invokeFunction: async (_context: unknown, _inputs: unknown[], callback: FunctionCallback) => callback(),
      getResponse: async () => ({}),
    }),
    getCapabilities: async () => ({}),
  };
  const app: LoadedApp = { functions, model, appHookData: {}, runHooks: async () => undefined };
  const clock = virtualClock(0);
  const life = newLife();
  const invoker = createInvoker({ app, durableClient: "{}", clock, life, log: () => undefined, timeout });
  return { invoker, clock, life };
}

it("after the function timeout every call that runs is lost; what has ended, and what comes later, is not", async () => {
  const { invoker, clock, life } = anInvoker({ Slow: never, Other: never, Quick: quick }, 600_000);
  const ended = await invoker.invoke("Quick", undefined);
  const slow = invoker.invoke("Slow", undefined);
  const other = invoker.invoke("Other", undefined);
  assert.equal(clock.jump(599_999), false);
  assert.equal(life.underWay.size, 2);
  assert.ok(clock.jump(600_000));
  await assert.rejects(
    slow,
    (error) => error instanceof WorkerLost && /600000 ms exceeded by function: Functions.Slow/.test(error.message),
  );
  await assert.rejects(other, WorkerLost);
  assert.equal(ended.result, "done");
  assert.equal((await invoker.invoke("Quick", undefined)).result, "done");
  assert.equal(life.underWay.size, 0);
});

it("without a function timeout nothing is lost by waiting, but by a new worker", async () => {
  const { invoker, clock } = anInvoker({ Slow: never }, undefined);
  const slow = invoker.invoke("Slow", undefined);
  assert.equal(clock.jump(86_400_000), false);
  invoker.replaceWorker("The worker process has ended.");
  await assert.rejects(slow, /The worker process has ended/);
});

it("a call of an unknown function says its name", async () => {
  const { invoker } = anInvoker({}, undefined);
  await assert.rejects(invoker.invoke("Nothing", undefined), /There is no function "Nothing"/);
});
