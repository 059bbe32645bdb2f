// Builds the HTTP answers of successful requests.
import type { HttpResponseInit } from "@azure/functions";
import type { Answered } from "../../shared/application/commands/command.ts";
import type { Outcome } from "../../shared/migration/migration.ts";

/** JSON with LSNs (the only bigints there are) as decimal text. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_key, member) => (typeof member === "bigint" ? member.toString() : member));

/** An answer that no cache stores. */
export const json = (status: number, value: unknown, headers: Record<string, string> = {}): HttpResponseInit => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers },
  body: jsonText(value),
});

const STATUS = { created: 201, noted: 202, done: 200, gone: 204 } as const satisfies Record<Outcome["did"], number>;

/** The answer to a command that was carried out. */
export function answered({ outcome, isReplayed = false }: Extract<Answered, { outcome: unknown }>): HttpResponseInit {
  const { did, about, retryAfterSeconds, body } = outcome;
  const headers = {
    ...(about !== undefined && { location: `/api/v1/${about}` }),
    ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
    ...(isReplayed && { "idempotency-replayed": "true" }),
  };
  if (body) return json(STATUS[did], body, headers);
  return { status: STATUS[did], headers: { "cache-control": "no-store", ...headers } };
}
