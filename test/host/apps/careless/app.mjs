// Orchestrations that break one rule each: they seem to work here and fail, hang or cost money on the official host.
import { app } from "@azure/functions";
import * as df from "durable-functions";

df.app.activity("Echo", { handler: (input) => input });
df.app.activity("SaysText", { handler: () => "text" });
df.app.activity("ThrowsText", {
  handler: () => {
    throw "text";
  },
});
const later = (context, ms) => new Date(context.df.currentUtcDateTime.getTime() + ms);

df.app.orchestration("ReusesTask", function* (context) {
  const slow = context.df.callActivity("Echo", { slow: true });
  yield context.df.Task.any([slow, context.df.callActivity("Echo", { n: 1 })]);
  yield context.df.Task.any([slow, context.df.callActivity("Echo", { n: 2 })]);
  return {};
});
df.app.orchestration("PassesText", function* (context) {
  return yield context.df.callActivity("Echo", "text");
});
df.app.orchestration("GetsText", function* (context) {
  return { text: yield context.df.callActivity("SaysText", {}) };
});
df.app.orchestration("ContinuesWithText", function* (context) {
  yield context.df.callActivity("Echo", {});
  context.df.continueAsNew("text");
});
df.app.orchestration("ChildOfText", function* (context) {
  return yield context.df.callSubOrchestrator("Echoes", 7);
});
df.app.orchestration("Echoes", function* (context) {
  yield context.df.callActivity("Echo", {});
  return context.df.getInput();
});
df.app.orchestration("TellsParentText", function* (context) {
  return { child: yield context.df.callSubOrchestrator("Echoes", {}) };
});
df.app.orchestration("EndsWithText", function* (context) {
  yield context.df.callActivity("Echo", {});
  return "text";
});
df.app.orchestration("ParentOfText", function* (context) {
  return { child: yield context.df.callSubOrchestrator("EndsWithText", {}) };
});
df.app.orchestration("CallsUnknownActivity", function* (context) {
  return yield context.df.callActivity("Unheard", {});
});
df.app.orchestration("CallsUnknownChild", function* (context) {
  return yield context.df.callSubOrchestrator("Unheard", {});
});
df.app.orchestration("ThrowsNoError", function* (context) {
  yield context.df.callActivity("Echo", {});
  throw "text";
});
df.app.orchestration("ActivityThrowsNoError", function* (context) {
  return yield context.df.callActivity("ThrowsText", {});
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
  const timer = context.df.createTimer(later(context, 2_000));
  yield context.df.Task.any([timer, context.df.callActivity("Echo", {})]);
  return {};
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
if (BREAK === "reserved-routes") page("Mine", "administration");
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
