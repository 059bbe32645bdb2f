// Tests each verb with each role against the registered functions, as the table in docs/operations.md says.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { type HttpHandler, HttpRequest } from "@azure/functions";
import { loadApp, type RegisteredFunction } from "../../../../local/host/coreModule.ts";
import { holds } from "../../../../shared/api/roles.ts";
import { ROUTES, type RouteName } from "../../../../shared/api/routes.ts";
import type { Migration } from "../../../../shared/migration/migration.ts";
import { judge } from "../../../support/documented.ts";
import { type DurableHost, startDurableHost } from "../../../support/durableHost.ts";
import { asAtFirst, everything, MIGRATION_ID, world } from "../../../support/roles.ts";
import { aSizing } from "../../../support/sizings.ts";
import { answered, VM } from "../../../support/world.ts";

interface Row {
  /** The function, and what is special about the request. */
  readonly what: string;
  readonly method: string;
  readonly path: string;
  /** By column of the table: "nobody", "no role", and the roles. */
  readonly may: Readonly<Record<string, boolean>>;
}

const CALLERS = ["nobody", "no role", "Reader", "Operator", "Approver", "Admin"];

/** "| CreateMigration, … | `POST /api/v1/migrations` | | | | yes | | yes |" */
const rows: readonly Row[] = readFileSync("docs/operations.md", "utf8")
  .split("\n")
  .flatMap((line) => {
    const [, what = "", request = "", ...cells] = line.split("|").map((cell) => cell.trim());
    const [, method, path] = /^`(GET|POST|PUT|DELETE|PATCH) (\/\S*)`$/.exec(request) ?? [];
    if (method === undefined || path === undefined) return [];
    for (const cell of cells.slice(0, CALLERS.length)) assert.match(cell, /^(yes)?$/, line);
    return [{ what, method, path, may: Object.fromEntries(CALLERS.map((who, at) => [who, cells[at] === "yes"])) }];
  });

const fileShare = {
  path: "\\\\filer1\\backups",
  username: "CORP\\ferry",
  passwordSecret: "fileshare-share",
  sql: { server: "SQL01", authentication: "SqlAuthentication", userName: "r", passwordSecret: "fileshare-sql" },
};
const target = { sqlVmResourceId: VM };
const share = (changes: object) => ({
  source: { folder: "HR", databaseName: "HR", fileShare: { ...fileShare, ...changes } },
  target,
});

interface Tried {
  readonly json?: object;
  readonly params?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A migration for which the verb has something to do. */
  readonly migration?: Partial<Migration>;
}

/** Requests that need more than the migration's id. */
const REQUESTS: Readonly<Record<string, Tried>> = {
  PageAsset: { params: { file: "page.js" } },
  CreateMigration: { json: { source: { folder: "HR" }, target } },
  "CreateMigration, a share that was released": { json: share({}) },
  "CreateMigration, any other share": { json: share({ passwordSecret: "payroll-key" }) },
  ChangeMigration: { json: { priority: 90 } },
  ForgetMigration: { migration: { state: "failed" } },
  PlanFiles: { json: { folder: "Sales" } },
  StartMigration: { migration: { state: "waitingForChain" } },
  RequestCutover: { headers: { "if-match": '"any"' } },
  PublishAssessment: {
    json: {
      server: "SRC01",
      takenAt: "2025-11-24T00:00:00.000Z",
      instance: [],
      databases: [{ name: "HR", findings: [] }],
    },
  },
  PublishSizing: { json: { ...aSizing(), takenAt: "2025-11-24T00:00:00.000Z" } },
  AcknowledgeFinding: { json: { reason: "the certificate is there" }, params: { check: "S10" } },
  CancelMigration: { json: { reason: "not tonight" } },
  RestartMigration: { migration: { state: "failed" } },
  GetOperation: { params: { requestId: `${MIGRATION_ID}-run-1-cancel-1` } },
  CreateService: { json: { location: "westeurope" } },
  RegenerateServiceKey: { json: { keyName: "authKey1" } },
};
const nameOf = ({ what }: Row): string => what.split(",")[0] ?? "";

const principal = (who: string): Record<string, string> => {
  if (who === "nobody") return {};
  const roles = who === "no role" ? [] : [{ typ: "roles", val: `Ferry.${who}` }];
  const claims = [{ typ: "name", val: "Dana" }, ...roles];
  return { "x-ms-client-principal": Buffer.from(JSON.stringify({ claims })).toString("base64") };
};

describe("the table of roles", () => {
  let durable: DurableHost;
  let functions: ReadonlyMap<string, RegisteredFunction>;
  before(async () => {
    durable = await startDurableHost();
    world.durableUrl = durable.url;
    functions = (await loadApp("test/host/apps/roles", () => undefined)).functions;
  });
  after(() => durable.stop());

  test("has a row for every function that HTTP reaches, and for no other", () => {
    const registered = [...functions.values()]
      .filter(({ trigger }) => trigger.type === "httpTrigger")
      .flatMap(({ name, trigger }) =>
        (trigger["methods"] as string[]).map(
          (method) => `${name}: ${method} /${String(trigger["route"]).replace(/^\//, "")}`,
        ),
      );
    const told = rows.map((row) => `${nameOf(row)}: ${row.method} ${row.path}`);
    assert.deepEqual([...new Set(told)].toSorted(), registered.toSorted());
    assert.equal(new Set(rows.map(({ what }) => what)).size, rows.length, "a row that is told twice");
  });

  test("gives each function to whoever holds the role of its route", () => {
    for (const row of rows.filter(({ what }) => !what.includes(","))) {
      const { role } = ROUTES[nameOf(row) as RouteName];
      for (const [who, isAllowed] of Object.entries(row.may)) {
        const caller = { name: "Dana", roles: [`Ferry.${who}`] };
        assert.equal(isAllowed, role === "anybody" || holds(caller, role), `${row.what}: ${who}`);
      }
    }
  });

  test("says what is tried of each request that is special", () => {
    for (const what of Object.keys(REQUESTS))
      assert.ok(
        rows.some((row) => row.what === what),
        what,
      );
    for (const { what } of rows) if (what.includes(",")) assert.ok(REQUESTS[what], what);
  });

  for (const row of rows)
    for (const [who, isAllowed] of Object.entries(row.may))
      test(`${row.what}: ${who} ${isAllowed ? "may" : "may not"}`, async () => {
        const { json, params, headers, migration } = REQUESTS[row.what] ?? {};
        asAtFirst(migration);
        const before = everything();
        const request = new HttpRequest({
          method: row.method,
          url: `https://ferry.test${row.path}`,
          params: { id: MIGRATION_ID, name: "sqlferry-dms", node: "HOST1", ...params },
          headers: { ...headers, ...principal(who) },
          ...(json && { body: { string: JSON.stringify(json) } }),
        });
        const handler = functions.get(nameOf(row))?.callback as HttpHandler;
        const answer = answered((await handler(request, world.log)) as object);
        judge(nameOf(row) as RouteName, answer);
        const { status } = answer;
        if (isAllowed) return assert.ok(![400, 401, 403].includes(status) && status < 500, `it is answered ${status}`);
        assert.equal(status, who === "nobody" ? 401 : 403);
        assert.equal(everything(), before, "it was refused, and something has changed");
      });
});
