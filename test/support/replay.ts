// Does an emulator answer as the live service was recorded to answer? Field by field, but for differences that are meant.
import assert from "node:assert/strict";

export interface Recording {
  readonly exchanges: readonly Exchange[];
}

export interface Exchange {
  readonly n: number;
  readonly request: { readonly method: string; readonly url: string; readonly body: object | null };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: object | null;
  };
}

/** What ours may differ in, and why. "headers.date", "body.properties.startedOn". */
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

/** What stands in ours for an id or a time of the recording: always the same, wherever it comes. */
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

/** Fails with the first field that differs without being meant to. */
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

/** Where in its life the recorded resource or operation is. */
export const stateOf = (body: unknown): string => {
  const { status, properties } = (body ?? {}) as {
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
  const created = exchanges.flatMap(({ request: { method, url } }) =>
    method === "PUT" ? [/sqlMigrationServices\/([^/?]+)\?/i.exec(url)?.[1]?.toLowerCase()] : [],
  );
  const urls = exchanges.map(({ request }) => request.url).join(" ");
  return {
    subscriptionId: /\/subscriptions\/([^/?"]+)/i.exec(urls)?.[1] ?? "",
    resourceGroup: /\/resourceGroups\/([^/?"]+)/i.exec(urls)?.[1] ?? "",
    location: all(/\/locations\/([^/?"]+)/gi)[0] ?? "westeurope",
    sqlVms: all(/sqlVirtualMachines\/([^/?"]+)/gi).map((name) => ({ name })),
    migrationServices: all(/"migrationService":"[^"]*\/sqlMigrationServices\/([^/?"]+)"/gi).filter(
      (name) => !created.includes(name.toLowerCase()),
    ),
  };
}
