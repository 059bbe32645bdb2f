// Reads requests from Node's HTTP server and sends the answers of the host's parts.
import type { IncomingMessage, ServerResponse } from "node:http";

export interface Incoming {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names; repeated headers joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export const json = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8", ...headers },
  body: JSON.stringify(value),
});

/** A refusal in the shape of the official host's. */
export const refusal = (status: number, message: string): Reply => json(status, { Message: message });

/** The official host answers 500 to longer requests. */
const LONGEST_BODY = 104_857_600;

/** Reads a whole request, whose relative address is resolved against this host; undefined when its body is too long. */
export async function readRequest(request: IncomingMessage): Promise<Incoming | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BODY) return undefined;
    chunks.push(chunk);
  }
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value] as const],
  );
  return {
    method: request.method ?? "GET",
    url: new URL(`http://${request.headers.host ?? "localhost"}${request.url ?? "/"}`),
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks),
  };
}

export function sendReply(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  response.statusCode = status;
  response.setHeaders(new Map(Object.entries(headers)));
  response.end(body);
}

/** The body as JSON; undefined when there is none. Throws a SyntaxError when it is no JSON. */
export const jsonBody = ({ body }: Incoming): unknown =>
  body.length === 0 ? undefined : (JSON.parse(body.toString("utf8")) as unknown);
