// Serves the host's admin routes: its state, and running a function by hand.
import type { BlobTriggers } from "./blobs.ts";
import type { LoadedApp } from "./coreModule.ts";
import type { Figures } from "./durable/engine.ts";
import { callWithEvent } from "./eventGrid.ts";
import type { Invoker } from "./invoke.ts";
import { describe, type Log } from "./log.ts";
import { type Incoming, json, jsonBody, type Reply, refusal } from "./reply.ts";
import { runTimer } from "./timers.ts";

export const ADMIN_PATH = "/admin/";

export interface AdminParts {
  readonly app: LoadedApp;
  readonly invoker: Invoker;
  readonly blobs: BlobTriggers;
  figures(): Figures;
  readonly log: Log;
}

/**
 * GET /admin/host/status, with figures of our own; POST /admin/functions/<name> with {"input": "..."}: 202 at once,
 * the function runs afterwards.
 */
export const createAdmin =
  (parts: AdminParts) =>
  (request: Incoming): Reply => {
    const { method, url } = request;
    if (method === "GET" && url.pathname === "/admin/host/status") return json(200, statusOf(parts));
    const [, name] = /^\/admin\/functions\/([^/]+)$/.exec(url.pathname) ?? [];
    return method === "POST" && name !== undefined
      ? runByHand(parts, decodeURIComponent(name), request)
      : { status: 404 };
  };

/** The official host tells the first member, the others are ours. */
function statusOf({ figures }: AdminParts): object {
  const { user, system } = process.cpuUsage();
  const cpuMilliseconds = Math.round((user + system) / 1_000);
  return { state: "Running", residentBytes: process.memoryUsage.rss(), cpuMilliseconds, ...figures() };
}

function runByHand({ app, invoker, blobs, log }: AdminParts, name: string, request: Incoming): Reply {
  const type = app.functions.get(name)?.trigger.type;
  if (type === undefined) return { status: 404 };
  if (!request.headers["content-type"]?.includes("json")) return { status: 415 };
  const { input = "" } = (jsonBody(request) ?? {}) as { readonly input?: string };
  const logged = (call: Promise<unknown>): void =>
    void call.catch((error: unknown) => log("error", name, describe(error)));
  if (type === "blobTrigger") blobs.deliver(name, input);
  else if (type === "timerTrigger") logged(runTimer({ invoker, log }, name, false));
  else if (type === "queueTrigger") logged(invoker.invoke(name, { string: input }));
  else if (type === "eventGridTrigger") logged(callWithEvent(invoker, name, JSON.parse(input)));
  else return refusal(501, `Running a ${type} by hand is not supported by the local host.`);
  return { status: 202 };
}
