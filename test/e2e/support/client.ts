// Talks to sqlferry over HTTP and storage only, as any client would.
import assert from "node:assert/strict";
import type { ContainerClient } from "@azure/storage-blob";
import { judge, routeOf } from "../../support/documented.ts";
import { repeatableFetch } from "../../support/patientFetch.ts";

/** Where a running sqlferry is found. */
export interface Place {
  readonly baseUrl: string;
  /** The container that backups are uploaded to; absent: this client uploads none. */
  readonly backups?: ContainerClient;
  /** The ARM emulator, which lists what it accepted and restored; absent: the app uses Azure itself. */
  readonly armUrl?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers are judged by what the tests look at
  readonly body: any;
}

export interface UploadedFile {
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

/** The time limit of each step of a journey, for a slow machine. */
export const PATIENCE_MS = 180_000;

/** Every request has to be a route of the API, and every answer has to agree with its document. */
function judgeAnswer(method: string, path: string, { status, headers }: Response, text: string): void {
  const route = routeOf(method, path.split("?")[0] ?? "");
  assert.ok(route, `${method} ${path} is no route of the API`);
  judge(route, { status, headers: Object.fromEntries(headers), text });
}

export function clientOf(place: Place) {
  const container = (): ContainerClient => place.backups ?? assert.fail("This client drops no backups.");

  async function api(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await repeatableFetch(`${place.baseUrl}${path}`, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    judgeAnswer(method, path, response, text);
    return { status: response.status, headers: response.headers, body: text.startsWith("{") ? JSON.parse(text) : text };
  }

  /**
   * Polls until `done` returns something; the host may be away in between. The interval grows with the time that an
   * answer takes, so that many pollers leave a busy host time for its work.
   */
  async function until<Result>(what: string, done: () => Promise<Result | undefined | false>): Promise<Result> {
    const end = Date.now() + PATIENCE_MS;
    let last: unknown;
    while (Date.now() < end) {
      const askedAt = performance.now();
      try {
        const result = await done();
        if (result) return result;
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        last = error;
      }
      const took = performance.now() - askedAt;
      await new Promise((resolve) => setTimeout(resolve, Math.max(200, 5 * took)));
    }
    throw new Error(`Waited in vain until ${what}. ${last ? String(last) : ""}`);
  }

  const details = async (id: string) => (await api("GET", `/api/v1/migrations/${id}`)).body;

  return {
    api,
    until,
    details,
    upload: async (folder: string, files: readonly UploadedFile[]): Promise<void> => {
      for (const { fileName, bytes } of files)
        await container()
          .getBlockBlobClient(folder ? `${folder}/${fileName}` : fileName)
          .uploadData(bytes);
    },
    remove: async (name: string): Promise<void> => {
      await container().deleteBlob(name);
    },
    register: async (folder: string, more: object): Promise<string> => {
      const answer = await until(`${folder} is registered`, async () => {
        const tried = await api("POST", "/api/v1/migrations", { source: { folder }, ...more });
        return (tried.status < 300 || tried.status === 409) && tried;
      });
      return answer.body.migrationId;
    },
    /** The migration of a folder, once there is one. */
    idOf: (folder: string): Promise<string> =>
      until(`${folder} has a migration`, async () => {
        const { body } = await api("GET", "/api/v1/migrations");
        return body.items.find((item: { source: { folder: string } }) => item.source.folder === folder)?.migrationId;
      }),
    reaches: (id: string, state: string) =>
      until(`${id} is ${state}`, async () => {
        const now = await details(id);
        if (now.state === state) return now;
        assert.ok(
          !["failed", "preflightFailed", "succeeded", "canceled"].includes(now.state),
          `${id} is ${now.state} instead of ${state}: ${JSON.stringify(now.failure ?? now.checks)}`,
        );
        return false;
      }),
    files: async (id: string) => (await api("GET", `/api/v1/migrations/${id}/files`)).body.items,
    file: (id: string, name: string, done: (file: { verdict: string; reason: string; state: string }) => boolean) =>
      until(`${name} has its verdict`, async () => {
        const { body } = await api("GET", `/api/v1/migrations/${id}/files`);
        const file = body.items?.find((item: { name: string }) => item.name === name);
        return file && done(file) && file;
      }),
    events: async (id: string) => (await api("GET", `/api/v1/migrations/${id}/events`)).body.items,
    /** What the emulator accepted and restored. Undefined where Azure itself is used. */
    journal: async () =>
      place.armUrl === undefined ? undefined : (await fetch(`${place.armUrl}/_emulator/journal`)).json(),
  };
}

export type Client = ReturnType<typeof clientOf>;
