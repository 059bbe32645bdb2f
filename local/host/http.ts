// Passes requests and answers between the network and HTTP functions.
import type { LoadedApp, RpcHttp } from "./coreModule.ts";
import type { Invoker } from "./invoke.ts";
import { describe, type Log } from "./log.ts";
import type { Incoming, Reply } from "./reply.ts";
import { compileRoute, findConflicts, fit, inOrder, isReserved, type Route } from "./routes.ts";
import type { SignIn } from "./signIn.ts";
import type { Strictness } from "./strict.ts";

export type HttpFunctions = (request: Incoming) => Promise<Reply>;

/** The routes of the app, refused where they would surprise on the official host. */
export function routesOf(app: LoadedApp, prefix: string, judge: Strictness): readonly Route[] {
  const routes = [...app.functions.values()]
    .filter(({ trigger }) => trigger.type === "httpTrigger")
    .map(({ name, trigger }) =>
      compileRoute(name, trigger["methods"] as readonly string[], trigger["route"] as string | undefined, prefix),
    );
  judge(findConflicts(routes));
  return inOrder(routes.filter((route) => !isReserved(route)));
}

/** Answers what no route fits with 404, an exception with 500 and an empty body, as the official host does. */
export function createHttpFunctions(
  routes: readonly Route[],
  invoker: Invoker,
  signIn: SignIn,
  log: Log,
): HttpFunctions {
  return async (request) => {
    for (const route of routes) {
      const params = route.methods.includes(request.method) ? fit(route, request.url.pathname) : undefined;
      if (!params) continue;
      const headers = signIn(request.headers);
      if (!headers) return { status: 401 };
      try {
        const { http } = await invoker.invoke(route.functionName, { http: rpcOf(request, headers, params) });
        return http ? replyOf(http) : { status: 204 };
      } catch (error) {
        log("error", route.functionName, describe(error));
        return { status: 500 };
      }
    }
    return { status: 404 };
  };
}

function rpcOf(
  { method, url, body }: Incoming,
  headers: Readonly<Record<string, string>>,
  params: Readonly<Record<string, string>>,
): RpcHttp {
  const names = new Set(url.searchParams.keys());
  const query = Object.fromEntries([...names].map((name) => [name, url.searchParams.getAll(name).join(",")]));
  return { method, url: url.href, headers, query, params, body: { bytes: body } };
}

function replyOf({ statusCode, headers = {}, cookies = [], body }: RpcHttp): Reply {
  if (cookies.length > 0) throw new Error("Cookies of an HTTP answer are not supported by the local host.");
  return { status: Number(statusCode), headers, body: body?.bytes ?? body?.string ?? "" };
}
