// Passes calls on to a service and fails on demand, for tests of a service that is away for a while.
import { once } from "node:events";
import { createServer, type IncomingMessage, request as send } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * busy: 503 with Retry-After of half a minute. fails: 500 without a body. hangs: no answer. gone: the connection is
 * cut.
 */
export type Mood = "well" | "busy" | "fails" | "hangs" | "gone";

export interface FaultyProxy {
  /** "http://127.0.0.1:…" */
  readonly url: string;
  mood: Mood;
  stop(): void;
}

/** Passes calls on to `target`, an origin, as long as the mood is "well". */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    switch (proxy.mood) {
      case "busy":
        incoming.resume();
        outgoing.writeHead(503, { "retry-after": "30", "x-ms-error-code": "ServerBusy" }).end();
        break;
      case "fails":
        incoming.resume();
        outgoing.writeHead(500).end();
        break;
      case "hangs":
        incoming.resume();
        break;
      case "gone":
        incoming.socket.destroy();
        break;
      case "well": {
        const { method, url, headers } = incoming;
        const onward = send({ hostname, port, method, path: url, headers }, (answer: IncomingMessage) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        });
        onward.on("error", () => outgoing.destroy());
        incoming.pipe(onward);
        break;
      }
      default:
        proxy.mood satisfies never;
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mood: "well",
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
  return proxy;
}
