// Counts the requests to a storage account during some work, as Node's own HTTP client reports them, so that none is
// missed.
import { channel } from "node:diagnostics_channel";

interface Sent {
  readonly method: string;
  readonly host: string;
  readonly path: string;
}

/** Requests in order, retries included. `hosts`: "127.0.0.1:10002"; absent: all. */
export async function requestsDuring(
  work: () => Promise<unknown>,
  hosts?: readonly string[],
): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const note = (message: unknown): void => {
    const { request } = message as { request: { method: string; path: string; getHeader(name: string): unknown } };
    const host = String(request.getHeader("host"));
    if (!hosts || hosts.includes(host)) sent.push({ method: request.method, host, path: request.path });
  };
  const requests = channel("http.client.request.start");
  requests.subscribe(note);
  try {
    await work();
  } finally {
    requests.unsubscribe(note);
  }
  return sent;
}

/** The hosts of a storage account's three services, out of its connection string. */
export const hostsOf = (connectionString: string): string[] =>
  [...connectionString.matchAll(/Endpoint=https?:\/\/([^/;]+)/g)].map(([, host]) => host ?? "");

/**
 * Names a request: "read Backups", "query Migrations", "write Migrations", "transaction", "read blob", "list blobs".
 * The table of a transaction is only in its body.
 */
export function callOf({ method, path }: Sent): string {
  const { pathname, searchParams } = new URL(path, "http://account");
  const [, , first = "", ...rest] = pathname.split("/");
  if (first === "$batch") return "transaction";
  const [, table, keys] = /^(\w+)\((.*)\)$/.exec(decodeURIComponent([first, ...rest].join("/"))) ?? [];
  if (table !== undefined && method === "GET") return keys === "" ? `query ${table}` : `read ${table}`;
  if (table !== undefined) return `write ${table}`;
  if (searchParams.get("comp") === "list") return "list blobs";
  if (rest.length === 0) return method === "POST" ? `write ${first}` : `${method} ${first}`;
  return method === "GET" ? "read blob" : method === "HEAD" ? "look at blob" : `${method} blob`;
}
