// Compares an emulator's answers with those recorded from the live service, field by field, except for intended
// differences.
import assert from "node:assert/strict";
import { z } from "zod";

/** A body is JSON, as text or parsed; none at all is null. Text that is no JSON stays as it is. */
const Body = z
  .unknown()
  .default(null)
  .transform((body) => (typeof body === "string" ? fromJson(body) : (body ?? null)))
  .pipe(z.union([z.record(z.string(), z.unknown()), z.array(z.unknown()), z.string(), z.null()]));

/** A header with several values may be a list. */
const Headers = z
  .record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]))
  .default({})
  .transform((headers) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])));

const Recorded = z.object({
  exchanges: z
    .array(
      z.object({
        n: z.number().optional(),
        request: z.object({ method: z.string().transform((verb) => verb.toUpperCase()), url: z.string(), body: Body }),
        response: z.object({ status: z.number().int(), headers: Headers, body: Body }),
      }),
    )
    .min(1),
});

export type Recording = z.infer<typeof Recorded>;
export type Exchange = Recording["exchanges"][number];

/** The recording in a file; throws an Error that names the file and the place in it that is wrong. */
export function recordingIn(file: string, text: string): Recording {
  const json = fromJson(text);
  const parsed = Recorded.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${file} is no recording: at ${issue?.path.join(".") || "its top"}, ${issue?.message}.`);
}

function fromJson(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Path and query; the URL may be absolute or relative. */
export const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url, "https://management.azure.com");
  return pathname + search;
};

/** Where the result of an asynchronous operation can be read. */
export const operationUrls = (headers: Iterable<readonly [string, string]>): string[] =>
  [...headers].filter(([name]) => /^(azure-asyncoperation|location)$/i.test(name)).map(([, url]) => url);

const MIGRATION = /^.*?\/databaseMigrations\/[^/?]+/i;
const SERVICE = /^.*?\/sqlMigrationServices\/[^/?]+/i;
const OPERATION = /\/operation(Results|Statuses)\//i;

/**
 * Decides which exchanges of a recording can be asked of an emulator that begins empty. `reason` says why one cannot:
 * it needs something that existed before. Exchanges have to be given in their order.
 */
export class Beginnings {
  readonly #created = new Set<string>();

  reason({ request: { method, url }, response }: Exchange): string | undefined {
    const path = pathOf(url);
    if (OPERATION.test(path))
      return this.#created.has(url.toLowerCase()) ? undefined : "an operation that began before the recording";
    const resource = (MIGRATION.exec(path) ?? SERVICE.exec(path))?.[0].toLowerCase();
    if (method === "PUT") {
      if (resource !== undefined) this.#created.add(resource);
    } else if (resource !== undefined && MIGRATION.test(path) && response.status < 400 && !this.#created.has(resource))
      return "a migration that was there before the recording";
    const listed = (response.body as { readonly value?: unknown } | null)?.value;
    if (method === "GET" && Array.isArray(listed) && !listed.every((one) => this.#isCreated(one)))
      return "a list with things that were there before the recording";
    for (const operation of operationUrls(Object.entries(response.headers))) this.#created.add(operation.toLowerCase());
    return undefined;
  }

  readonly #isCreated = (one: unknown): boolean =>
    this.#created.has(String((one as { readonly id?: unknown } | null)?.id).toLowerCase());
}

/** Fields that may differ, and why: "headers.date", "body.properties.startedOn". */
const MEANT: readonly { readonly field: RegExp; readonly reason: string; readonly looks: RegExp }[] = [
  { field: /^headers\.date$/, reason: "another day", looks: /^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/ },
  {
    field: /^headers\.content-length$/,
    reason: "times are written with as many digits as they have; the members are compared one by one",
    looks: /^\d+$/,
  },
  { field: /^headers\.(connection|keep-alive)$/, reason: "of the local connection alone", looks: /./ },
  {
    field: /^headers\.x-ms-(request|correlation-request|routing-request)-id$/,
    reason: "left out of the recordings",
    looks: /./,
  },
  { field: /^headers\.x-ms-ratelimit-/, reason: "left out of the recordings", looks: /^\d+$/ },
  { field: /^body\.authKey[12]$/i, reason: "random, and a secret", looks: /^IR@/ },
];

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z/g;

/** Maps ids and times of the recording to ours: the same value always to the same one. */
export class Correspondence {
  readonly #ours = new Map<string, string>();

  /** The recorded text with our ids in it. */
  translated = (text: string): string =>
    [...this.#ours].reduce((result, [recorded, ours]) => result.replaceAll(recorded, ours), text);

  assertSame(recorded: string, ours: string, field: string): void {
    for (const pattern of [GUID, TIME]) {
      const [theirs, mine] = [recorded.match(pattern) ?? [], ours.match(pattern) ?? []];
      assert.equal(mine.length, theirs.length, `${field}: ${ours} instead of ${recorded}`);
      for (const [index, id] of theirs.entries()) {
        const known = this.#ours.get(id);
        if (known === undefined) this.#ours.set(id, mine[index] ?? "");
        else assert.equal(mine[index], known, `${field}: not what stood for ${id} before`);
      }
    }
    assert.equal(shapeOf(ours), shapeOf(recorded), field);
  }
}

const shapeOf = (text: string): string =>
  text
    .replaceAll(GUID, "<id>")
    .replaceAll(TIME, "<time>")
    .replace(/^https?:\/\/[^/]+/, "<endpoint>");

/** Fails at the first field that differs and may not. */
export function assertAlike(
  recorded: Exchange["response"],
  ours: { readonly status: number; readonly headers: Headers; readonly body: unknown },
  same: Correspondence,
): void {
  assert.equal(ours.status, recorded.status, "status");
  const headers = Object.fromEntries(
    Object.entries(recorded.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  assertFields("headers", headers, Object.fromEntries(ours.headers), same);
  assertFields("body", recorded.body ?? undefined, ours.body, same);
}

function assertFields(field: string, recorded: unknown, ours: unknown, same: Correspondence): void {
  const meant = MEANT.find((one) => one.field.test(field));
  if (meant !== undefined) {
    if (ours !== undefined) assert.match(String(ours), meant.looks, `${field}, which may differ: ${meant.reason}`);
  } else if (typeof recorded === "string" && typeof ours === "string") {
    same.assertSame(recorded, ours, field);
  } else if (isObject(recorded) && isObject(ours)) {
    for (const name of new Set([...Object.keys(recorded), ...Object.keys(ours)]))
      assertFields(`${field}.${name}`, recorded[name], ours[name], same);
  } else {
    assert.deepEqual(ours, recorded, field);
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** The state of the recorded resource or operation. */
export const stateOf = (body: unknown): string => {
  const { status, properties } = (isObject(body) ? body : {}) as {
    readonly status?: string;
    readonly properties?: {
      readonly provisioningState?: string;
      readonly migrationStatus?: string;
      readonly integrationRuntimeState?: string;
    };
  };
  return [status, properties?.provisioningState, properties?.migrationStatus, properties?.integrationRuntimeState].join(
    "/",
  );
};

/** The names under which the recorded resources lived. */
export function namesIn({ exchanges }: Recording) {
  const text = JSON.stringify(exchanges);
  const all = (pattern: RegExp): string[] => [
    ...new Map([...text.matchAll(pattern)].map(([, name = ""]) => [name.toLowerCase(), name])).values(),
  ];
  const asked = exchanges.flatMap(({ request: { url } }) => /sqlMigrationServices\/([^/?]+)/i.exec(url)?.[1] ?? []);
  const created = exchanges.flatMap(({ request: { method, url } }) =>
    method === "PUT" ? [/sqlMigrationServices\/([^/?]+)\?/i.exec(url)?.[1]?.toLowerCase()] : [],
  );
  const urls = exchanges.map(({ request }) => request.url).join(" ");
  return {
    subscriptionId: /\/subscriptions\/([^/?"]+)/i.exec(urls)?.[1] ?? "",
    resourceGroup: /\/resourceGroups\/([^/?"]+)/i.exec(urls)?.[1] ?? "",
    // The location of the types that the emulator knows; a recording may hold other types as well.
    location:
      all(/\/locations\/([^/?"]+)\/operationTypes\/\w*(?:sqlvm|sqlmigrationservice)/gi)[0] ??
      all(/\/locations\/([^/?"]+)/gi)[0] ??
      "westeurope",
    sqlVms: all(/sqlVirtualMachines\/([^/?"]+)/gi).map((name) => ({ name })),
    migrationServices: [
      ...new Map(
        [...all(/"migrationService":"[^"]*\/sqlMigrationServices\/([^/?"]+)"/gi), ...asked].map((name) => [
          name.toLowerCase(),
          name,
        ]),
      ).values(),
    ].filter((name) => !created.includes(name.toLowerCase())),
  };
}
