// Plays the HTTP API of the Durable extension in unit tests: a few routes that know which runs were started, with the
// status that a test sets.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface DurableHost {
  readonly url: string;
  /** Instance ids, in the order in which they were started. */
  readonly started: string[];
  /** By instance id, if a test sets it; an instance that was started is Running by default. */
  readonly status: Map<string, string>;
  /** By instance id: the input of the last start. */
  readonly inputs: Map<string, unknown>;
  /** Query strings of purges. */
  readonly purged: URLSearchParams[];
  stop(): Promise<void>;
}

export async function startDurableHost(): Promise<DurableHost> {
  const started: string[] = [];
  const statuses = new Map<string, string>();
  const purged: URLSearchParams[] = [];
  const inputs = new Map<string, unknown>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://host");
    const [, kind, ...rest] = pathname.split("/");
    const instanceId = rest.at(-1) ?? "";
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (kind === "orchestrators") {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      request.on("end", () => {
        started.push(instanceId);
        statuses.delete(instanceId);
        inputs.set(instanceId, body === "" ? undefined : JSON.parse(body));
        answer(202, { id: instanceId });
      });
      return;
    }
    request.resume();
    if (request.method === "DELETE") {
      purged.push(searchParams);
      return answer(200, { instancesDeleted: 1 });
    }
    const isKnown = (id: string): boolean => started.includes(id) || statuses.has(id);
    if (rest[1] === "raiseEvent") return answer(isKnown(rest[0] ?? "") ? 202 : 404, {});
    if (!isKnown(instanceId)) return answer(404, {});
    const now = new Date().toISOString();
    answer(202, {
      name: "MigrateDatabase",
      instanceId,
      runtimeStatus: statuses.get(instanceId) ?? "Running",
      input: null,
      output: null,
      createdTime: now,
      lastUpdatedTime: now,
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    started,
    status: statuses,
    inputs,
    purged,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
}
