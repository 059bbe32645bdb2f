// Calls ferry in tests, and plays the API that it calls.
import { execFile, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

const FERRY = fileURLToPath(new URL("../../../ferry/ferry.ts", import.meta.url));

export interface Ended {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `ferry` in a process of its own. */
export const ferry = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [FERRY, ...words], { env: { ...process.env, ...env } }, (_, out, err) =>
      resolve({ exitCode: child.exitCode ?? -1, out, err }),
    );
  });

/** Runs `ferry` into a reader that ends after the first bytes, as head(1) does. */
export const ferryIntoHead = (words: readonly string[]): Promise<Omit<Ended, "out">> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [FERRY, ...words], { stdio: ["ignore", "pipe", "pipe"] });
    let err = "";
    child.stderr.on("data", (text) => {
      err += text;
    });
    child.stdout.once("data", () => child.stdout.destroy());
    child.once("close", (exitCode) => resolve({ exitCode: exitCode ?? -1, err }));
  });

/** script(1) of util-linux gives a process a terminal. */
export const hasTerminal = spawnSync("script", ["--version"]).status === 0;

/** Runs `ferry` on a terminal, with this text typed when it asks. `out` is everything that appears there. */
export const ferryOnTerminal = (words: readonly string[], typed: string, question = /Type yes: /): Promise<Ended> =>
  new Promise((resolve) => {
    const command = [process.execPath, FERRY, ...words].map((word) => `'${word}'`).join(" ");
    const child = execFile(
      "script",
      ["--quiet", "--return", "--flush", "--command", command, "/dev/null"],
      (_, out, err) => resolve({ exitCode: child.exitCode ?? -1, out, err }),
    );
    let seen = "";
    child.stdout?.on("data", (text) => {
      const wasAsked = question.test(seen);
      seen += text;
      if (!wasAsked && question.test(seen)) child.stdin?.write(typed);
    });
  });

export interface Asked {
  /** "POST /migrations/{id}/start". */
  readonly what: string;
  readonly body: unknown;
  readonly ifMatch: string | undefined;
  readonly authorization: string | undefined;
  readonly key: string | undefined;
}

export interface FakeApi {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): void;
}

/** Without the filter by name: the test's list is the same for every name, and the verbs find theirs in it. */
export const unfiltered = (what: string): string =>
  what.replace(/^(GET \/migrations)\?q=[^&]*&?/, "$1?").replace(/\?$/, "");

/** Undefined is a 404 problem; "cut": the connection ends without an answer. */
export type Reply =
  | "cut"
  | { readonly status?: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | undefined;

/** Serves these answers below /api/v1. */
export async function fakeApi(answer: (asked: Asked) => Reply | Promise<Reply>): Promise<FakeApi> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const one: Asked = {
      what: `${request.method} ${request.url?.replace("/api/v1", "")}`,
      body: text === "" ? undefined : JSON.parse(text),
      ifMatch: request.headers["if-match"],
      authorization: request.headers.authorization,
      key: request.headersDistinct["idempotency-key"]?.join(),
    };
    asked.push(one);
    const reply = await answer(one);
    if (reply === "cut") return void request.socket.destroy();
    const {
      status = 200,
      body,
      headers = {},
    } = reply ?? {
      status: 404,
      body: { title: "There is nothing of this name." },
    };
    response
      .writeHead(status, { "content-type": "application/json", ...headers })
      .end(headers["content-type"] === "text/html" ? String(body) : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
