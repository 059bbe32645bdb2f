// How is a refusal told over HTTP? RFC 9457 bodies, and the one table from problem to status.
import type { HttpResponseInit } from "@azure/functions";
import type { z } from "zod";
import type { Refusal } from "../../shared/migration/refusals.ts";
import { jsonText } from "./respond.ts";

const STATUS = {
  validation: [400, "The request is not understood."],
  "not-signed-in": [401, "Sign in first."],
  "role-missing": [403, "This needs another role."],
  "not-found": [404, "There is nothing of this name."],
  "duplicate-target": [409, "Another migration has this target."],
  "already-exists": [409, "This folder's migration is registered already."],
  "preflight-failed": [409, "The preflight failed."],
  "chain-gap": [409, "The backup chain has a gap."],
  "chain-incomplete": [409, "The backup chain is not complete."],
  "unusable-backups": [409, "There are backups beyond the plan that cannot be used."],
  "mixed-databases": [409, "The folder holds several databases."],
  "other-database-name": [409, "The backups are of a database of another name."],
  "not-in-sync": [409, "The restore has not caught up."],
  "unrestored-backups": [409, "There are backups that are not restored."],
  "last-backup-mismatch": [409, "Another file is the last backup."],
  "source-not-closed": [409, "The source is not closed."],
  "not-cutover-able": [409, "The migration cannot be cut over in this state."],
  "not-cancelable": [409, "The migration cannot be canceled in this state."],
  "not-startable": [409, "The migration cannot be started in this state."],
  "not-restartable": [409, "The migration cannot be restarted in this state."],
  "not-resumable": [409, "The migration cannot be resumed in this state."],
  "vm-not-running": [409, "The target VM is not running."],
  "plan-changed": [412, "The plan has changed."],
  "finding-changed": [412, "The finding has changed."],
  "too-large": [413, "The request is too large."],
  "idempotency-mismatch": [422, "The key belongs to another request."],
  "if-match-required": [428, "Say which plan you mean."],
  throttled: [429, "Too many requests to Azure."],
  "row-unreadable": [500, "A stored row cannot be read."],
  "internal-error": [500, "sqlferry has failed."],
  "dms-error": [502, "Azure Database Migration Service refused."],
  busy: [503, "It changes faster than the request can be decided."],
  "dms-unavailable": [503, "Azure Database Migration Service does not answer."],
  "storage-unavailable": [503, "The storage does not answer."],
} as const satisfies Record<Refusal["problem"], readonly [number, string]>;

/** The answer to a request that is refused. `others` are further reasons that hold at the same time. */
export function problem(base: string, refusal: Refusal, others: readonly Refusal[] = []): HttpResponseInit {
  const [status, title] = STATUS[refusal.problem];
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

/** What zod found, by JSON pointer ("" is the whole body). */
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
