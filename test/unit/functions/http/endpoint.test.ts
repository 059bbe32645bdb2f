// Tests what every HTTP function does first: sign-in, role, id, body and plan version, with their edge cases.
import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { HttpRequest } from "@azure/functions";
import { bodyOf, endpoint, isRefusal, migrationOf, tagIn } from "../../../../functions/http/endpoint.ts";
import { json } from "../../../../functions/http/respond.ts";
import { CancelBody, StartBody } from "../../../../shared/api/bodies.ts";
import { UnreadableRowError } from "../../../../shared/migration/faults.ts";
import { aMigration } from "../../../support/facts.ts";
import { ask, aWorld } from "../../../support/world.ts";

const requestOf = (init: ConstructorParameters<typeof HttpRequest>[0]): HttpRequest =>
  new HttpRequest({ method: "POST", url: "https://ferry.test/", ...init });

describe("a body", () => {
  const read = (string: string) => bodyOf(requestOf({ body: { string } }), StartBody);

  test("that is absent or blank is an empty one", async () => {
    assert.deepEqual(await bodyOf(requestOf({}), StartBody), { body: { ifReady: false, force: false } });
    for (const blank of ["", "  \n"]) assert.deepEqual(await read(blank), { body: { ifReady: false, force: false } });
  });
  test("that is not JSON is told to be none", async () => {
    for (const text of ["{", "ifReady=true", "{'ifReady': true}", "\ufeff{", '{"ifReady": true} x']) {
      const found = await read(text);
      assert.ok(isRefusal(found) && found.problem === "validation", text);
      assert.match(found.detail, /^The body is not JSON: /);
      assert.deepEqual(found.errors, [{ pointer: "", message: "not JSON" }]);
    }
  });
  test("of another shape, with an unknown field, or with one of the wrong type is pointed at", async () => {
    const pointers: Readonly<Record<string, string>> = {
      "[]": "",
      null: "",
      '"start"': "",
      '{"ifredy": true}': "",
      '{"ifReady": "true"}': "/ifReady",
    };
    for (const [text, pointer] of Object.entries(pointers)) {
      const found = await read(text);
      assert.ok(isRefusal(found) && found.problem === "validation", text);
      assert.deepEqual(
        found.errors.map((error) => error.pointer),
        [pointer],
        text,
      );
    }
  });
  test("that lacks what is needed says what", async () => {
    const found = await bodyOf(requestOf({}), CancelBody);
    assert.ok(isRefusal(found) && found.problem === "validation");
    assert.deepEqual(found.errors[0]?.pointer, "/reason");
  });
});

describe("a migration's id", () => {
  const world = aWorld(aMigration("sales-1a2b3c4d"));
  const askedFor: string[] = [];
  const services = {
    ...world.services,
    migrations: {
      ...world.services.migrations,
      facts: async (id: string) => {
        askedFor.push(id);
        return world.migrations.get(id);
      },
    },
  };
  const find = (id: string | undefined) => migrationOf(services, requestOf({ params: id === undefined ? {} : { id } }));

  test("that is known leads to its facts", async () => {
    const found = await find("sales-1a2b3c4d");
    assert.ok(!isRefusal(found) && found.migration.migrationId === "sales-1a2b3c4d");
  });
  test("that is odd or unknown is simply not found; an odd one never gets as far as a query", async () => {
    const odd = [
      undefined,
      "",
      "sales-2",
      "Sales-1a2b3c4d",
      "sales-1a2b3c4d ",
      "../sales-1a2b3c4d",
      "sales'-- or 1 eq 1",
      "wish|start",
      "\u0000",
      "s".repeat(65),
    ];
    for (const id of odd) {
      const found = await find(id);
      assert.equal(isRefusal(found) && found.problem, "not-found", String(id));
    }
    assert.deepEqual(askedFor, ["sales-1a2b3c4d", "sales-2"]);
  });
  test("that is very long is not told back in full", async () => {
    const found = await find("x".repeat(10_000));
    assert.ok(isRefusal(found) && found.detail.length < 250);
  });
});

describe("the plan version in If-Match", () => {
  const of = (value?: string) =>
    tagIn(requestOf({ headers: value === undefined ? {} : { "If-Match": value } }), "if-match");
  const found: Readonly<Record<string, string>> = {
    '"a1b2"': "a1b2",
    'W/"a1b2"': "a1b2",
    a1b2: "a1b2",
    '  "a1b2" ': "a1b2",
    "*": "*",
    '""': "",
    '"a1b2", "c3d4"': 'a1b2", "c3d4',
    "w/a1b2": "w/a1b2",
  };
  for (const [value, version] of Object.entries(found))
    test(`of ${value} is ${version}`, () => assert.equal(of(value), version));
  test("is missing without the header", () => assert.equal(of(), undefined));
});

describe("a handler", () => {
  const principal = (...roles: string[]): Record<string, string> => ({
    "x-ms-client-principal": Buffer.from(
      JSON.stringify({ claims: [{ typ: "name", val: "Dana" }, ...roles.map((val) => ({ typ: "roles", val }))] }),
    ).toString("base64"),
  });
  const world = aWorld(undefined, { AUTH: "easyAuth" });
  let asked = 0;
  const handler = endpoint(world.services, "CancelMigration", async ({ caller }) => {
    asked++;
    return json(
      202,
      { requestId: "o", operationId: "o", status: "accepted", detail: caller.name },
      { location: "o", "retry-after": "5" },
    );
  });

  test("is not reached by somebody who is not signed in or lacks the role", async () => {
    assert.equal((await ask(handler, world)).status, 401);
    assert.equal((await ask(handler, world, { headers: principal("Ferry.Reader") })).status, 403);
    assert.equal(asked, 0);
  });
  test("knows who asks", async () => {
    assert.equal((await ask(handler, world, { headers: principal("Ferry.Operator") })).body.detail, "Dana");
  });
  test("that refuses answers with a problem; with several, the first gives the status", async () => {
    const none = aWorld();
    const refusing = endpoint(none.services, "GetService", async () => [
      { problem: "throttled", detail: "Later.", retryAfterSeconds: 7 },
      { problem: "not-found", detail: "Nothing." },
    ]);
    const answer = await ask(refusing, none);
    assert.deepEqual([answer.status, answer.headers["retry-after"]], [429, "7"]);
    assert.equal(answer.body.alsoRefusedFor[0].type, "https://sqlferry.dev/problems/not-found");
  });
  test("that refuses without a reason is a fault of the program", async () => {
    const none = aWorld();
    const mute = endpoint(none.services, "GetMigration", async () => []);
    await assert.rejects(() => ask(mute, none), /refused without a reason/);
  });

  const failing = async (error: unknown) => {
    const none = aWorld();
    const answer = await ask(
      endpoint(none.services, "GetMigration", () => Promise.reject(error)),
      none,
    );
    return [answer.status, answer.headers["retry-after"], answer.body.type.split("/").at(-1)];
  };
  const restError = (statusCode?: number) => Object.assign(new Error("storage"), { name: "RestError", statusCode });

  test("whose storage does not answer, refuses or is busy says so, and when to ask again", async () => {
    const away = [503, "10", "storage-unavailable"];
    for (const statusCode of [500, 503, 429, 403, 404, undefined])
      assert.deepEqual(await failing(restError(statusCode)), away, String(statusCode));
    assert.deepEqual(await failing(Object.assign(new Error("a"), { name: "AbortError" })), away);
    assert.deepEqual(await failing(Object.assign(new Error("a"), { code: "ECONNREFUSED" })), away);
    assert.deepEqual(await failing(new Error("The operation failed with an unexpected status code: 500.")), away);
  });
  test("that meets a row that cannot be read names it, and any other surprise is a problem as well", async () => {
    const row = new UnreadableRowError("Migrations", "sales-1", "migration", new Error("no state"));
    assert.deepEqual(await failing(row), [500, undefined, "row-unreadable"]);
    for (const surprise of [restError(400), new TypeError("undefined is not a function"), "a text"])
      assert.deepEqual(await failing(surprise), [500, undefined, "internal-error"]);
  });
  test("that does not come to an end is given up in time", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const none = aWorld();
      const hanging = ask(
        endpoint(none.services, "GetMigration", () => new Promise(() => {})),
        none,
      );
      await new Promise((resolve) => setImmediate(resolve));
      mock.timers.tick(5_000);
      assert.equal((await hanging).status, 503);
    } finally {
      mock.timers.reset();
    }
  });
});
