// Registers every kind of function that the host supports. What its handlers see is appended to the file NOTES, one
// line of JSON each.
import { appendFileSync, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { app } from "@azure/functions";
import * as df from "durable-functions";

const note = (what, details = {}) => appendFileSync(process.env.NOTES, `${JSON.stringify({ what, ...details })}\n`);

const seenFromFunctions = createRequire(createRequire(import.meta.url).resolve("@azure/functions"));
const { ResourceFactoryResolver } = seenFromFunctions("@azure/functions-extensions-base");
ResourceFactoryResolver.getInstance().registerResourceFactory("AzureStorageBlobs", ({ content }) =>
  JSON.parse(Buffer.from(content).toString("utf8")),
);

app.http("Hello", {
  methods: ["GET", "POST"],
  route: "hello/{name?}",
  handler: async (request) => ({
    status: 201,
    headers: { "x-from": "app" },
    jsonBody: {
      name: request.params.name ?? "nobody",
      q: request.query.get("q"),
      body: request.method === "POST" ? await request.text() : null,
      principal: JSON.parse(Buffer.from(request.headers.get("x-ms-client-principal"), "base64").toString("utf8")),
      principalName: request.headers.get("x-ms-client-principal-name"),
    },
  }),
});
app.http("Nothing", { methods: ["GET"], route: "nothing", handler: () => undefined });
app.http("FailingPage", {
  methods: ["GET"],
  route: "fails",
  handler: () => {
    throw new Error("no");
  },
});
app.http("Start", {
  methods: ["POST"],
  route: "start/{name}/{id}",
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    await client.startNew(request.params.name, { instanceId: request.params.id, input: await request.json() });
    return client.createCheckStatusResponse(request, request.params.id);
  },
});

app.storageBlob("OnBlob", {
  path: "inbox/{path}",
  connection: "Backups",
  source: "EventGrid",
  sdkBinding: true,
  extraInputs: [df.input.durableClient()],
  handler: async (blob, context) => {
    if (blob.BlobName.includes("gated"))
      while (!existsSync(process.env.GATE)) await new Promise((resolve) => setTimeout(resolve, 20));
    note("blob", {
      ...blob,
      isBuffer: Buffer.isBuffer(blob),
      path: context.triggerMetadata.path,
      eTag: context.triggerMetadata.properties.eTag,
    });
    if (blob.BlobName.includes("bad")) throw new Error("cannot read it");
  },
});
app.storageBlob("OnPlainBlob", {
  path: "inbox/{path}",
  connection: "Backups",
  source: "EventGrid",
  handler: (blob) => note("plainBlob", { length: blob.length }),
});
app.storageQueue("OnPoison", {
  queueName: "webjobs-blobtrigger-poison",
  connection: "Backups",
  handler: (message) => note("poison", message),
});
app.storageQueue("OnMessage", {
  queueName: "orders",
  connection: "Backups",
  handler: (message, context) => {
    note("message", { message, dequeueCount: context.triggerMetadata.dequeueCount });
    if (message.bad) throw new Error("bad order");
  },
});
app.timer("Yearly", {
  schedule: "0 0 0 1 1 *",
  handler: (timer) => note("timer", { isPastDue: timer.isPastDue, status: timer.scheduleStatus }),
});
app.timer("EverySecond", {
  schedule: "* * * * * *",
  handler: (timer) => note("tick", { status: timer.scheduleStatus }),
});
app.eventGrid("OnEvent", {
  handler: (event, context) => {
    note("event", { event, data: context.triggerMetadata.data });
    if (event.data?.bad) throw new Error("bad event");
  },
});

df.app.activity("Echo", { handler: (input) => input ?? { sawNothing: true } });
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
df.app.orchestration("One", function* (context) {
  return yield context.df.callActivityWithRetry("Echo", new df.RetryOptions(2_000, 3), context.df.getInput());
});
