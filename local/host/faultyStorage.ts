// Makes storage calls fail, hang, or succeed with a lost answer. Stands between everybody in this process and the
// account.
import { createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "./clock.ts";
import type { Faults } from "./faults.ts";
import { describe, type Log } from "./log.ts";

/** Where a connection string names a service by itself, over plain HTTP, as those of Azurite do. */
const ENDPOINT = /\b(?:Blob|Queue|Table)Endpoint=(http:\/\/[^/;]+)/g;

/** A call that is never answered is cut off after this long. */
const PATIENCE_MS = 5_000;

/**
 * Leads every connection string of the environment through a server that plays the storage faults. Answers how to
 * take it away.
 */
export async function standBetween(faults: Faults, clock: Clock, log: Log): Promise<() => void> {
  const settings = Object.entries(process.env).filter(([, value]) => value?.match(ENDPOINT));
  const origins = new Set(
    settings.flatMap(([, value = ""]) => [...value.matchAll(ENDPOINT)].map(([, origin = ""]) => origin)),
  );
  const servers = new Map<string, Server>();
  for (const origin of origins) servers.set(origin, await serve(new URL(origin), faults, clock, log));
  for (const [name, value = ""] of settings)
    process.env[name] = value.replace(ENDPOINT, (text, origin: string) =>
      text.replace(origin, addressOf(servers.get(origin))),
    );
  return () => {
    for (const [name, value] of settings) process.env[name] = value;
    for (const server of servers.values()) {
      server.close();
      server.closeAllConnections();
    }
  };
}

const addressOf = (server: Server | undefined): string =>
  `http://127.0.0.1:${(server?.address() as AddressInfo | null)?.port}`;

function serve(target: URL, faults: Faults, clock: Clock, log: Log): Promise<Server> {
  const server = createServer((request, response) => {
    const subject = `${request.method} ${request.url?.split("?")[0]}`;
    if (faults.happens("storageFails", subject)) {
      request.resume();
      response.writeHead(503, { "x-ms-error-code": "ServerBusy" }).end();
    } else if (faults.happens("storageTimesOut", subject)) {
      request.resume();
      clock.at(clock.now() + PATIENCE_MS, () => request.socket.destroy());
    } else forward(target, request, response, faults.happens("storageAnswerLost", subject), log);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", () => resolve(server));
  });
}

/** Hands the call on; the connection breaks when the answer is there, if it is to be lost. */
function forward(target: URL, request: IncomingMessage, response: ServerResponse, loseAnswer: boolean, log: Log): void {
  const { method, url, headers } = request;
  const options = { host: target.hostname, port: target.port, method, path: url, headers };
  const onward = send(options, (answer) => {
    if (loseAnswer) {
      answer.resume().once("end", () => request.socket.destroy());
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", (error) => {
    log("warning", "storage", describe(error));
    request.socket.destroy();
  });
  request.pipe(onward);
}
