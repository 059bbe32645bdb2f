// Tests that the routes of the API are the registered functions, and that each function accepts its example.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type HttpHandler, HttpRequest } from "@azure/functions";
import { loadApp, type RegisteredFunction } from "../../../../local/host/coreModule.ts";
import { ROUTE_NAMES, ROUTES, type RouteName } from "../../../../shared/api/routes.ts";
import type { Migration } from "../../../../shared/migration/migration.ts";
import { judge } from "../../../support/documented.ts";
import { type DurableHost, startDurableHost } from "../../../support/durableHost.ts";
import { asAtFirst, world } from "../../../support/roles.ts";
import { answered } from "../../../support/world.ts";

/** States in which the verb has something to do. */
const STATES: Readonly<Partial<Record<RouteName, Partial<Migration>>>> = {
  StartMigration: { state: "waitingForChain" },
  RestartMigration: { state: "failed" },
  ForgetMigration: { state: "failed" },
};

/** Requests that have to come first, so that there is something to answer, or nothing in the way. */
const BEFORE: Readonly<Partial<Record<RouteName, readonly RouteName[]>>> = {
  StartMigration: ["AcknowledgeFinding"],
  GetOperation: ["CancelMigration"],
  GetSizing: ["PublishSizing"],
};

/** If-Match with the plan version. For a change of a registration it is optional. */
const headersOf = async (name: RouteName): Promise<Record<string, string>> => {
  if (!ROUTES[name].headers?.includes("If-Match") || name === "ChangeMigration") return {};
  const { headers } = await send("GetPlan");
  return { "if-match": headers["etag"] ?? "" };
};

let functions: ReadonlyMap<string, RegisteredFunction>;

/** Sends the example as a caller with every role. */
async function send(name: RouteName, headers: Record<string, string> = {}) {
  const { method, path, parameters = {}, body } = ROUTES[name];
  const params = Object.fromEntries(Object.entries(parameters).map(([parameter, { example }]) => [parameter, example]));
  const claims = [
    { typ: "name", val: "Dana" },
    { typ: "roles", val: "Ferry.Admin" },
  ];
  const request = new HttpRequest({
    method,
    url: `https://ferry.test${path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => params[parameter] ?? "")}`,
    params,
    headers: { ...headers, "x-ms-client-principal": Buffer.from(JSON.stringify({ claims })).toString("base64") },
    ...(body && { body: { string: JSON.stringify(body.example) } }),
  });
  const handler = functions.get(name)?.callback as HttpHandler;
  return answered((await handler(request, world.log)) as object);
}

describe("the API's routes", () => {
  let durable: DurableHost;
  before(async () => {
    durable = await startDurableHost();
    world.durableUrl = durable.url;
    functions = (await loadApp("test/host/apps/roles", () => undefined)).functions;
    asAtFirst();
    judge("PublishAssessment", await send("PublishAssessment"));
  });
  after(() => durable.stop());

  test("are the functions that HTTP reaches: name, method and path", () => {
    const registered = [...functions.values()]
      .filter(({ trigger }) => trigger.type === "httpTrigger")
      .map(
        ({ name, trigger }) =>
          `${name}: ${(trigger["methods"] as string[]).join()} /${String(trigger["route"]).replace(/^\//, "")}`,
      );
    const told = ROUTE_NAMES.map((name) => `${name}: ${ROUTES[name].method} ${ROUTES[name].path}`);
    assert.deepEqual(told.toSorted(), registered.toSorted());
  });

  for (const name of ROUTE_NAMES)
    test(`${name}: its example is carried out`, async () => {
      asAtFirst({ migrationId: "sales-1a2b3c4d", ...STATES[name] });
      for (const earlier of BEFORE[name] ?? []) judge(earlier, await send(earlier));
      const answer = await send(name, await headersOf(name));
      judge(name, answer);
      assert.ok(answer.status < 300, `${answer.status} ${answer.text}`);
    });
});
