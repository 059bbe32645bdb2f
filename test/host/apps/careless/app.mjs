// Registers orchestrations that break one rule each: they seem to work on the local host, and fail, hang or cost money
// on the official one.
import { app } from "@azure/functions";
import * as df from "durable-functions";

df.app.activity("Echo", { handler: (input) => input });
df.app.activity("SaysText", { handler: () => "text" });
df.app.activity("ThrowsText", {
  handler: () => {
    throw "text";
  },
});
df.app.activity("SaysMuch", { handler: () => ({ text: "x".repeat(45_000) }) });
const patience = new df.RetryOptions(2_000, 2);
const call = (context, name, input) => context.df.callActivityWithRetry(name, patience, input);
const later = (context, ms) => new Date(context.df.currentUtcDateTime.getTime() + ms);

df.app.orchestration("ReusesTask", function* (context) {
  const one = call(context, "Echo", { n: 1 });
  yield one;
  yield context.df.Task.all([one, call(context, "Echo", { n: 2 })]);
  return {};
});
df.app.orchestration("PassesText", function* (context) {
  return yield call(context, "Echo", "text");
});
df.app.orchestration("GetsText", function* (context) {
  return { text: yield call(context, "SaysText", {}) };
});
df.app.orchestration("ContinuesWithText", function* (context) {
  yield call(context, "Echo", {});
  context.df.continueAsNew("text");
});
df.app.orchestration("ChildOfText", function* (context) {
  return yield context.df.callSubOrchestrator("Echoes", 7);
});
df.app.orchestration("Echoes", function* (context) {
  yield call(context, "Echo", {});
  return context.df.getInput();
});
df.app.orchestration("EndsWithText", function* (context) {
  yield call(context, "Echo", {});
  return "text";
});
df.app.orchestration("ParentOfText", function* (context) {
  return { child: yield context.df.callSubOrchestrator("EndsWithText", {}) };
});
df.app.orchestration("CallsUnknownActivity", function* (context) {
  return yield call(context, "Unheard", {});
});
df.app.orchestration("CallsUnknownChild", function* (context) {
  return yield context.df.callSubOrchestrator("Unheard", {});
});
df.app.orchestration("ThrowsNoError", function* (context) {
  yield call(context, "Echo", {});
  throw "text";
});
df.app.orchestration("ActivityThrowsNoError", function* (context) {
  return yield call(context, "ThrowsText", {});
});
df.app.orchestration("ShortTimer", function* (context) {
  yield context.df.createTimer(later(context, 900));
  return {};
});
df.app.orchestration("ShortRetry", function* (context) {
  return yield context.df.callActivityWithRetry("Echo", new df.RetryOptions(500, 2), {});
});
df.app.orchestration("LongTimer", function* (context) {
  yield context.df.createTimer(later(context, 7 * 86_400_000));
  return {};
});
df.app.orchestration("LeavesTimer", function* (context) {
  const timer = context.df.createTimer(later(context, context.df.getInput().ms));
  yield context.df.Task.any([timer, context.df.waitForExternalEvent("Go")]);
  return {};
});
df.app.orchestration("LeavesCall", function* (context) {
  try {
    const once = context.df.callActivityWithRetry("ThrowsError", new df.RetryOptions(2_000, 1), {});
    yield context.df.Task.all([once, call(context, "Slow", {})]);
  } catch {
    context.df.continueAsNew({}); // the slow one still runs
  }
});
df.app.activity("ThrowsError", {
  handler: () => {
    throw new Error("no");
  },
});
df.app.activity("Slow", { handler: () => new Promise((resolve) => setTimeout(resolve, 4_000)) });
df.app.orchestration("JoinsFinished", function* (context) {
  const [one, two] = [call(context, "Echo", {}), call(context, "Echo", {})];
  yield one;
  yield two;
  yield context.df.Task.all([one, two]);
  return {};
});
df.app.orchestration("RacesCalls", function* (context) {
  yield context.df.Task.any([call(context, "Echo", {}), call(context, "Echo", {})]);
  return {};
});
df.app.orchestration("FansOutWide", function* (context) {
  yield context.df.Task.all(Array.from({ length: 501 }, () => call(context, "Echo", {})));
  return {};
});
df.app.orchestration("CallsOnce", function* (context) {
  return yield context.df.callActivity("Echo", {});
});
df.app.orchestration("WaitsTwice", function* (context) {
  yield context.df.Task.all([context.df.waitForExternalEvent("Go"), context.df.waitForExternalEvent("Go")]);
  return {};
});
df.app.orchestration("WaitsForOddName", function* (context) {
  yield context.df.waitForExternalEvent("my event");
  return {};
});
df.app.orchestration("PassesMuch", function* (context) {
  return yield call(context, "Echo", { text: "x".repeat(45_000) });
});
df.app.orchestration("GetsMuch", function* (context) {
  yield call(context, "SaysMuch", {});
  return {};
});
df.app.orchestration("ShowsText", function* (context) {
  context.df.setCustomStatus("working");
  yield call(context, "Echo", {});
  return {};
});
df.app.orchestration("Logs", function* (context) {
  context.log("replayed again");
  yield call(context, "Echo", {});
  return {};
});
df.app.orchestration("RollsDice", function* (context) {
  return yield call(context, "Echo", { n: Math.random() });
});
df.app.orchestration("ReadsClock", function* (context) {
  yield context.df.createTimer(new Date(Date.now() + 60_000));
  return {};
});
df.app.orchestration("ShowsClock", function* (context) {
  yield call(context, "Echo", {});
  return { at: new Date().toISOString() };
});
let turns = 0;
df.app.orchestration("ChangesItsMind", function* (context) {
  yield call(context, turns++ < 2 ? "Echo" : "SaysText", {}); // each episode replays twice
  yield call(context, "Echo", {});
  return {};
});
df.app.orchestration("GrowsForEver", function* (context) {
  for (;;) yield context.df.waitForExternalEvent("More");
});
df.app.orchestration("NamesChildOddly", function* (context) {
  return yield context.df.callSubOrchestrator("Echoes", {}, "my child");
});
df.app.orchestration("CallsChildTwice", function* (context) {
  for (let n = 0; n < 2; n++) yield context.df.callSubOrchestrator("Echoes", {}, "twice");
  return {};
});
df.app.orchestration("CallsChildAgainAsNew", function* (context) {
  const { again = false } = context.df.getInput();
  yield context.df.callSubOrchestrator("Echoes", {}, "again");
  if (again) return {};
  context.df.continueAsNew({ again: true });
});
df.app.orchestration("RetriesTooLong", function* (context) {
  const options = Object.assign(new df.RetryOptions(2_000, 2), { retryTimeoutInMilliseconds: 60_000 });
  return yield context.df.callActivityWithRetry("Echo", options, {});
});
df.app.orchestration("SignalsEntity", function* (context) {
  context.df.signalEntity(new df.EntityId("counter", "a"), "add", 1);
  yield call(context, "Echo", {});
  return {};
});
df.app.orchestration("LocksEntity", function* (context) {
  yield context.df.lock(new df.EntityId("counter", "a"));
  return {};
});
df.app.orchestration("NamesVersion", function* (context) {
  return yield context.df.callSubOrchestrator("Echoes", {}, "versioned", "2.0");
});
df.app.orchestration("Forever", function* (context) {
  yield context.df.waitForExternalEvent("Never");
  return {};
});
df.app.orchestration("CallsLivingChild", function* (context) {
  return yield context.df.callSubOrchestrator("Echoes", {}, "living");
});
df.app.orchestration("UsesEntity", function* (context) {
  return yield context.df.callEntity(new df.EntityId("counter", "a"), "add", 1);
});
df.app.orchestration("UsesHttp", function* (context) {
  return yield context.df.callHttp({ method: "GET", url: "http://127.0.0.1:1/" });
});

// only with BREAK set: what is refused before anything runs
const { BREAK } = process.env;
const page = (name, route) => app.http(name, { methods: ["GET"], route, handler: () => ({ body: name }) });
if (BREAK === "one-route") {
  page("Item", "items/{id}");
  page("ItemsNew", "items/new");
}
if (BREAK === "scanning")
  app.storageBlob("OnBlob", { path: "inbox/{path}", connection: "Storage", handler: () => undefined });
if (BREAK === "retry")
  app.timer("Tick", {
    schedule: "0 0 0 1 1 *",
    retry: { strategy: "fixedDelay", delayInterval: 1_000, maxRetryCount: 2 },
    handler: () => undefined,
  });
if (BREAK === "blob-expression")
  app.storageBlob("OnBlob", {
    path: "inbox/{path}",
    connection: "Storage",
    source: "EventGrid",
    sdkBinding: true,
    extraInputs: [{ name: "copy", type: "blob", path: "copies/{path}" }],
    handler: () => undefined,
  });
if (BREAK === "entity") df.app.entity("Counter", () => undefined);
if (BREAK === "output")
  app.timer("Tick", { schedule: "0 0 0 1 1 *", return: { name: "$return", type: "queue" }, handler: () => "x" });
if (BREAK === "setting") app.timer("Tick", { schedule: "%NO_SUCH_SETTING%", handler: () => undefined });
if (BREAK === "throw") throw new Error("thrown while loading");
if (BREAK === "stream") app.setup({ enableHttpStream: true });
