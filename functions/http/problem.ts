// Turns a refusal into an HTTP answer: a body of RFC 9457, with the status and the title of shared/api/problems.ts.
import type { HttpResponseInit } from "@azure/functions";
import type { z } from "zod";
import { PROBLEMS } from "../../shared/api/problems.ts";
import type { Refusal } from "../../shared/migration/refusals.ts";
import { jsonText } from "./respond.ts";

/** The answer to a request that is refused. `others` are further reasons that hold at the same time. */
export function problem(base: string, refusal: Refusal, others: readonly Refusal[] = []): HttpResponseInit {
  const { status, title } = PROBLEMS[refusal.problem];
  const { problem: name, ...members } = refusal;
  const headers: Record<string, string> = { "content-type": "application/problem+json; charset=utf-8" };
  if ("retryAfterSeconds" in refusal) headers["retry-after"] = String(refusal.retryAfterSeconds);
  if (refusal.problem === "plan-changed" || refusal.problem === "if-match-required")
    headers["etag"] = `"${refusal.planVersion}"`;
  return {
    status,
    headers,
    body: jsonText({
      type: base + name,
      title,
      status,
      ...members,
      ...(others.length > 0
        ? { alsoRefusedFor: others.map((other) => ({ ...other, type: base + other.problem })) }
        : {}),
    }),
  };
}

/** zod's issues as a refusal, by JSON pointer ("" is the whole body). */
export function invalid(error: z.ZodError): Refusal {
  const errors = error.issues.map(({ path, message }) => ({
    pointer: path.map((step) => `/${String(step)}`).join(""),
    message,
  }));
  return {
    problem: "validation",
    detail: errors.map(({ pointer, message }) => (pointer === "" ? message : `${pointer}: ${message}`)).join(" "),
    errors,
  };
}
