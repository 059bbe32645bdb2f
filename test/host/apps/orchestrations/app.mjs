// Registers orchestrations that keep the rules. Activities write what they do into the file NOTES; the watches read
// their facts in the folder FACTS.
import { appendFileSync, readdirSync } from "node:fs";
import * as df from "durable-functions";

const note = (what, details = {}) => appendFileSync(process.env.NOTES, `${JSON.stringify({ what, ...details })}\n`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// ---- activities
df.app.activity("Echo", { handler: (input) => input ?? { sawNothing: true } });
df.app.activity("Work", {
  handler: async ({ n, ms = 0 }) => {
    note("work", { n });
    await pause(ms);
    return { n };
  },
});
df.app.activity("Fails", {
  handler: () => {
    throw new TypeError("always");
  },
});
const tries = new Map();
df.app.activity("Flaky", {
  handler: ({ key, failures }) => {
    const attempt = (tries.get(key) ?? 0) + 1;
    tries.set(key, attempt);
    if (attempt <= failures) throw new Error(`no luck ${attempt}`);
    return { attempt };
  },
});
df.app.activity("Metadata", { handler: (input, context) => ({ input, ...context.triggerMetadata }) });

// ---- orchestrators
const patience = new df.RetryOptions(2_000, 3);
const call = (context, name, input) => context.df.callActivityWithRetry(name, patience, input);
const later = (context, ms) => new Date(context.df.currentUtcDateTime.getTime() + ms);
const firstLine = (error) => error.message.split("\n")[0].trimEnd();

df.app.orchestration("CallsActivity", function* (context) {
  const nothing = yield call(context, "Echo");
  const something = yield call(context, "Echo", { a: [1, { b: "ü" }] });
  return { nothing, something, version: context.df.version, input: context.df.getInput() };
});
df.app.orchestration("ReadsMetadata", function* (context) {
  return yield call(context, "Metadata", { a: 1, b: { c: 2 } });
});
df.app.orchestration("Retries", function* (context) {
  const { failures, attempts } = context.df.getInput();
  const options = new df.RetryOptions(2_000, attempts);
  try {
    const result = yield context.df.callActivityWithRetry("Flaky", options, { key: context.df.instanceId, failures });
    return { result, after: yield call(context, "Echo", { next: true }) };
  } catch (error) {
    return { error: firstLine(error), after: yield call(context, "Echo", { next: true }) };
  }
});
df.app.orchestration("FansOut", function* (context) {
  const { width, ms } = context.df.getInput();
  const tasks = Array.from({ length: width }, (_, n) => call(context, "Work", { n, ms }));
  const results = yield context.df.Task.all(tasks);
  return { sum: results.reduce((sum, { n }) => sum + n, 0), inOrder: results.every(({ n }, index) => n === index) };
});
df.app.orchestration("Steps", function* (context) {
  const done = [];
  for (let n = 0; n < context.df.getInput().steps; n++) done.push((yield call(context, "Work", { n, ms: 60 })).n);
  return { done };
});
df.app.orchestration("RetriesChild", function* (context) {
  const child = `${context.df.instanceId}-child`;
  const retry = new df.RetryOptions(2_000, 20);
  return yield context.df.callSubOrchestratorWithRetry("Steps", retry, context.df.getInput(), child);
});
df.app.orchestration("Stages", function* (context) {
  const { stage, stages, steps } = context.df.getInput();
  const child = `${context.df.instanceId}-stage-${stage}`;
  const { done } = yield context.df.callSubOrchestratorWithRetry("Steps", patience, { steps: 1 }, child);
  const more = { stages, steps: steps + done.length };
  if (stage === stages) return { ...more, version: context.df.version };
  context.df.continueAsNew({ ...more, stage: stage + 1 });
});
df.app.orchestration("Echoes", function* (context) {
  for (let n = 0; n < context.df.getInput().steps; n++) yield call(context, "Echo", { n });
  return {};
});
df.app.activity("Stamp", { handler: () => ({ at: Date.now() }) });
df.app.orchestration("StampsWhenWoken", function* (context) {
  yield context.df.waitForExternalEvent("Wake");
  return yield call(context, "Stamp", {});
});
df.app.orchestration("Waits", function* (context) {
  const began = context.df.currentUtcDateTime.getTime();
  yield context.df.createTimer(later(context, 1_000));
  return { waited: context.df.currentUtcDateTime.getTime() - began };
});
df.app.orchestration("EventOrTimeout", function* (context) {
  const timeout = context.df.createTimer(later(context, context.df.getInput().ms));
  const event = context.df.waitForExternalEvent("Approve");
  context.df.setCustomStatus({ waiting: true });
  const first = yield context.df.Task.any([event, timeout]);
  if (first === timeout) return { timeout: true };
  timeout.cancel();
  return { event: event.result, after: yield call(context, "Echo", { next: true }) };
});
df.app.orchestration("SeveralEvents", function* (context) {
  const seen = [];
  for (let n = 0; n < 3; n++) seen.push((yield context.df.waitForExternalEvent("Word")).word);
  const other = yield context.df.waitForExternalEvent("Other");
  return { seen, other };
});
df.app.orchestration("Counts", function* (context) {
  const { left, sum } = context.df.getInput();
  yield call(context, "Work", { n: left, ms: 30 });
  const { n } = yield context.df.waitForExternalEvent("Add");
  if (left === 1) return { sum: sum + n };
  context.df.setCustomStatus({ left });
  context.df.continueAsNew({ left: left - 1, sum: sum + n });
});
df.app.orchestration("Parent", function* (context) {
  const { child, input, id } = context.df.getInput();
  try {
    const result = yield context.df.callSubOrchestrator(child, input, id);
    return { result, after: yield call(context, "Echo", { next: true }) };
  } catch (error) {
    return { error: firstLine(error), after: yield call(context, "Echo", { next: true }) };
  }
});
df.app.orchestration("Throws", function* (context) {
  yield call(context, "Echo", {});
  throw new RangeError("broken on purpose");
});
df.app.orchestration("SaysStatus", function* (context) {
  context.df.setCustomStatus({ step: 1 });
  yield call(context, "Echo", {});
  context.df.setCustomStatus({ step: 2 });
  return { parent: context.df.parentInstanceId ?? null };
});
df.app.orchestration("Forever", function* (context) {
  yield context.df.waitForExternalEvent("Never");
  return {};
});

// ---- watches: one turn per execution, the facts are read anew in each
df.app.activity("Look", {
  handler: async ({ watch, wanted }) => {
    const facts = readdirSync(process.env.FACTS).filter((name) => name.startsWith(`${watch}.`)).length;
    note("look", { watch, facts });
    return facts >= wanted ? { end: { facts } } : { nextLookSeconds: 60 };
  },
});
df.app.orchestration("Watch", function* (context) {
  const input = context.df.getInput();
  const seen = yield call(context, "Look", { ...input, watch: context.df.instanceId });
  if (seen.end) return seen.end;
  const timeout = context.df.createTimer(later(context, seen.nextLookSeconds * 1_000));
  const wake = context.df.waitForExternalEvent("Wake");
  const first = yield context.df.Task.any([wake, timeout]);
  if (first === wake) timeout.cancel();
  context.df.continueAsNew(input);
});
df.app.orchestration("TwoWatches", function* (context) {
  const { wanted } = context.df.getInput();
  const one = yield context.df.callSubOrchestrator("Watch", { wanted }, `${context.df.instanceId}-Watch-1`);
  const two = yield context.df.callSubOrchestrator("Watch", { wanted }, `${context.df.instanceId}-Watch-2`);
  return { one, two };
});
