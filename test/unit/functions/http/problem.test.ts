// Tests how a refusal is answered: one status for each problem, its members beside it, and further reasons with it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { invalid, problem } from "../../../../functions/http/problem.ts";
import type { Refusal } from "../../../../shared/migration/refusals.ts";

const BASE = "https://sqlferry.dev/problems/";
const detail = "What was found, what was expected, what to do.";
const loss = { knownFiles: 1, knownBytes: 2, certain: false, text: "Lost." };

/** One problem of each kind, with its status. */
const ALL: { readonly [Name in Refusal["problem"]]: readonly [number, Extract<Refusal, { problem: Name }>] } = {
  validation: [400, { problem: "validation", detail, errors: [{ pointer: "/reason", message: "too short" }] }],
  "not-signed-in": [401, { problem: "not-signed-in", detail }],
  "role-missing": [403, { problem: "role-missing", detail, needed: "Ferry.Operator" }],
  "not-found": [404, { problem: "not-found", detail }],
  "headers-unusable": [422, { problem: "headers-unusable", detail }],
  "duplicate-target": [409, { problem: "duplicate-target", detail, migrationId: "sales-1" }],
  "already-exists": [409, { problem: "already-exists", detail, migrationId: "sales-1" }],
  "preflight-failed": [409, { problem: "preflight-failed", detail, checks: [] }],
  "chain-gap": [409, { problem: "chain-gap", detail, gaps: [] }],
  "chain-incomplete": [409, { problem: "chain-incomplete", detail, waitingFor: [{ what: "full" }] }],
  "unusable-backups": [
    409,
    { problem: "unusable-backups", detail, unusableNewer: [{ file: "a.trn", reason: "TRUNCATED" }] },
  ],
  "mixed-databases": [409, { problem: "mixed-databases", detail, databases: [] }],
  "other-database-name": [409, { problem: "other-database-name", detail, sourceDatabaseName: "Orders" }],
  "not-in-sync": [409, { problem: "not-in-sync", detail, pending: 2 }],
  "unrestored-backups": [409, { problem: "unrestored-backups", detail, files: ["a.trn"] }],
  "last-backup-mismatch": [409, { problem: "last-backup-mismatch", detail, expected: "a", given: "b" }],
  "source-not-closed": [409, { problem: "source-not-closed", detail, lossIfCutOverNow: loss }],
  "not-cutover-able": [409, { problem: "not-cutover-able", detail, migrationStatus: "Creating" }],
  "not-cancelable": [409, { problem: "not-cancelable", detail, migrationStatus: "succeeded" }],
  "not-changeable": [409, { problem: "not-changeable", detail, state: "restoring" }],
  "not-forgettable": [409, { problem: "not-forgettable", detail, state: "restoring" }],
  "registration-changed": [412, { problem: "registration-changed", detail, registrationVersion: "41d0" }],
  "not-startable": [409, { problem: "not-startable", detail, state: "failed" }],
  "not-restartable": [409, { problem: "not-restartable", detail, state: "restoring" }],
  "not-resumable": [409, { problem: "not-resumable", detail, state: "succeeded" }],
  "vm-not-running": [409, { problem: "vm-not-running", detail, powerState: "stopped" }],
  "plan-changed": [412, { problem: "plan-changed", detail, planVersion: "p2", added: ["a.trn"] }],
  "finding-changed": [412, { problem: "finding-changed", detail, fingerprint: "f2" }],
  "too-large": [413, { problem: "too-large", detail, mostBytes: 1_048_576 }],
  "idempotency-mismatch": [422, { problem: "idempotency-mismatch", detail }],
  "if-match-required": [428, { problem: "if-match-required", detail, planVersion: "p2" }],
  "row-unreadable": [500, { problem: "row-unreadable", detail }],
  "internal-error": [500, { problem: "internal-error", detail }],
  "storage-unavailable": [503, { problem: "storage-unavailable", detail, retryAfterSeconds: 10 }],
  throttled: [429, { problem: "throttled", detail, retryAfterSeconds: 30 }],
  "dms-error": [502, { problem: "dms-error", detail, code: "2009", message: "m", cause: "c", fix: "f" }],
  busy: [503, { problem: "busy", detail, retryAfterSeconds: 5 }],
  "dms-unavailable": [503, { problem: "dms-unavailable", detail, code: "Http503", retryAfterSeconds: 30 }],
};

for (const [name, [status, refusal]] of Object.entries(ALL))
  test(`${name} is ${status}, with what the caller needs to go on`, () => {
    const answer = problem(BASE, refusal);
    const { type, title, status: told, ...members } = JSON.parse(String(answer.body));
    assert.equal(answer.status, status);
    assert.deepEqual([type, told], [BASE + name, status]);
    assert.match(title, /\.$/);
    const { problem: _, ...expected } = refusal;
    assert.deepEqual(members, expected);
    assert.equal(
      new Headers(answer.headers as Record<string, string>).get("content-type"),
      "application/problem+json; charset=utf-8",
    );
  });

test("a title belongs to one problem", () => {
  const titles = Object.values(ALL).map(([, refusal]) => JSON.parse(String(problem(BASE, refusal).body)).title);
  assert.equal(new Set(titles).size, titles.length);
});

test("a plan that is to be named stands in the ETag, and a time to wait in Retry-After", () => {
  const header = (refusal: Refusal, name: string) =>
    new Headers(problem(BASE, refusal).headers as Record<string, string>).get(name);
  for (const name of ["plan-changed", "if-match-required"] as const) assert.equal(header(ALL[name][1], "etag"), '"p2"');
  assert.equal(header(ALL.throttled[1], "retry-after"), "30");
  assert.equal(header(ALL["not-found"][1], "etag"), null);
  assert.equal(header(ALL["not-found"][1], "retry-after"), null);
});

test("the first reason gives the status; the others stand beside it, each with its type", () => {
  const answer = problem(BASE, ALL["not-in-sync"][1], [ALL["source-not-closed"][1], ALL["plan-changed"][1]]);
  const body = JSON.parse(String(answer.body));
  assert.equal(answer.status, 409);
  assert.deepEqual(
    body.alsoRefusedFor.map(({ type, detail: why }: { type: string; detail: string }) => [type, why]),
    [
      [`${BASE}source-not-closed`, detail],
      [`${BASE}plan-changed`, detail],
    ],
  );
});

test("LSNs are text", () => {
  const refusal: Refusal = {
    problem: "chain-incomplete",
    detail,
    waitingFor: [{ what: "range", fromLsn: 10n ** 24n, toLsn: 1n }],
  };
  assert.equal(JSON.parse(String(problem(BASE, refusal).body)).waitingFor[0].fromLsn, "1000000000000000000000000");
});

test("what is not understood is pointed at, the whole body by an empty pointer", () => {
  const schema = z.strictObject({ source: z.strictObject({ folder: z.string() }) });
  const refusalOf = (body: unknown): Refusal => {
    const parsed = schema.safeParse(body);
    assert.ok(!parsed.success);
    return invalid(parsed.error);
  };
  const nested = refusalOf({ source: { folder: 1 } });
  assert.deepEqual("errors" in nested && nested.errors.map(({ pointer }) => pointer), ["/source/folder"]);
  assert.match(nested.detail, /^\/source\/folder: /);
  const unknown = refusalOf({ source: { folder: "Sales" }, mdoe: "online" });
  assert.deepEqual("errors" in unknown && unknown.errors.map(({ pointer }) => pointer), [""]);
  assert.match(unknown.detail, /^Unrecognized key.*mdoe/);
});
