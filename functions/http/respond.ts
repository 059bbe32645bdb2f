// How does an answer look when all went well?
import type { HttpResponseInit } from "@azure/functions";

/** JSON with LSNs (the only bigints there are) as decimal text. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_key, member) => (typeof member === "bigint" ? member.toString() : member));

/** An answer that no cache keeps. */
export const json = (status: number, value: unknown, headers: Record<string, string> = {}): HttpResponseInit => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers },
  body: jsonText(value),
});

/** 202: noted; where to ask how it went, and when. `more`: what the caller has to know besides. */
export const accepted = (
  wishId: string,
  detail: string,
  retryAfterSeconds: number,
  more: object = {},
): HttpResponseInit =>
  json(
    202,
    { operationId: wishId, status: "accepted", detail, ...more },
    { location: `/api/v1/operations/${wishId}`, "retry-after": String(retryAfterSeconds) },
  );
