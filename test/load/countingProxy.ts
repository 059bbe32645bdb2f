// Counts the calls to a storage service: a proxy that passes everything on.
import { once } from "node:events";
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

/** How often each kind of call was made, such as "blob GET" or "table POST $batch". */
export type Calls = Readonly<Record<string, number>>;

export interface CountingProxy {
  readonly port: number;
  calls(): Calls;
  stop(): void;
}

/** `service` is one of Azurite's, whose addresses begin with the account's name. */
export async function startCountingProxy(service: string, targetPort: number): Promise<CountingProxy> {
  const counted: Record<string, number> = {};
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const kind = `${service} ${method} ${subjectOf(service, url ?? "")}`.trimEnd();
    counted[kind] = (counted[kind] ?? 0) + 1;
    const onward = send({ hostname: "127.0.0.1", port: targetPort, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy()); // as when the service itself has stopped
    incoming.pipe(onward);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    calls: () => ({ ...counted }),
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A table's name or "$batch"; "list" for a listing of blobs; otherwise "". */
function subjectOf(service: string, url: string): string {
  const { pathname, searchParams } = new URL(url, "http://storage");
  if (service === "table") return /^\/[^/]+\/([^(/]+)/.exec(decodeURIComponent(pathname))?.[1] ?? "";
  return searchParams.get("comp") === "list" ? "list" : "";
}

/** What was called between two counts. */
export const callsBetween = (before: Calls, after: Calls): Calls =>
  Object.fromEntries(
    Object.entries(after)
      .map(([kind, count]) => [kind, count - (before[kind] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
