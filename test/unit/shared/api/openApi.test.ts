// Tests that the OpenAPI document is complete, valid and equal to the one in docs/, and that it detects a wrong answer.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { openApi } from "../../../../shared/api/openApi.ts";
import { PROBLEM_NAMES } from "../../../../shared/api/problems.ts";
import { ROUTE_NAMES, ROUTES } from "../../../../shared/api/routes.ts";
import { apiDocument, apiPage, DOCUMENT, PAGE } from "../../../support/apiPage.ts";
import { judge, routeOf } from "../../../support/documented.ts";

const document = openApi("1.2.3");

describe("the OpenAPI document", () => {
  test("and the page beside it are made from the routes", () => {
    assert.equal(readFileSync(PAGE, "utf8"), apiPage(), "node test/support/apiPage.ts writes it anew");
    assert.equal(readFileSync(DOCUMENT, "utf8"), apiDocument(), "node test/support/apiPage.ts writes it anew");
  });

  test("has no fault by the strictest rules of a linter of others, examples included", () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["node_modules/@redocly/cli/bin/cli.js", "lint", DOCUMENT, "--format=stylish"],
      {
        encoding: "utf8",
        env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", NO_COLOR: "1" },
      },
    );
    assert.equal(status, 0, stdout + stderr);
  });

  test("tells the version it is asked for, and is the same each time", () => {
    assert.equal(document.info.version, "1.2.3");
    assert.equal(JSON.stringify(openApi("1.2.3")), JSON.stringify(document));
  });

  test("names each operation, each least role and each problem once", () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    assert.equal(operations.length, ROUTE_NAMES.length);
    const ids = operations.map(({ operationId }) => operationId);
    assert.equal(new Set(ids).size, ROUTE_NAMES.length);
    for (const { operationId, security } of operations)
      assert.deepEqual(security, operationId === "getHealth" ? [] : [{ entraId: [roleAt(String(operationId))] }]);
    for (const name of PROBLEM_NAMES) assert.ok(Object.hasOwn(document.components["examples"] as object, name), name);
  });

  test("has an example of each request, and one of each parameter in a path", () => {
    for (const name of ROUTE_NAMES) {
      const { path, parameters = {}, body } = ROUTES[name];
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      assert.deepEqual(Object.keys(parameters).toSorted(), named.toSorted(), name);
      if (body) assert.ok(body.schema.safeParse(body.example).success, name);
    }
  });

  test("closes requests, and leaves answers open to members of later versions", () => {
    const { schemas } = document.components;
    assert.equal(schemas["CancelBody"]?.["additionalProperties"], false);
    const answers = Object.entries(schemas).filter(([name]) => !name.endsWith("Body"));
    for (const [name, schema] of answers)
      assert.doesNotMatch(JSON.stringify(schema), /"additionalProperties":false/, name);
  });

  test("says nothing of a body without saying of what: no schema takes everything", () => {
    // Events and OpenAPI are described elsewhere; rows of headers may come from any tool.
    const loose = ["Event", "OpenApiDocument", "PlanBody"];
    for (const [name, schema] of Object.entries(document.components.schemas))
      if (!loose.includes(name)) assert.doesNotMatch(JSON.stringify(schema), /\{\}(?!,"required")/, name);
  });
});

const roleAt = (operationId: string): string => {
  const name = ROUTE_NAMES.find((one) => one.toLowerCase() === operationId.toLowerCase());
  return name ? ROUTES[name].role : "";
};

describe("an answer that the document does not tell of", () => {
  const requestId = "sales-1-run-1-cancel-1";
  const operation = { requestId, operationId: requestId, status: "accepted", detail: "Noted." };
  const headers = { "content-type": "application/json", location: "/api/v1/operations/x", "retry-after": "5" };
  const told = (changes: object, body: object = operation) => ({
    status: 202,
    headers,
    text: JSON.stringify(body),
    ...changes,
  });
  const problem = { type: "https://p/not-cancelable", title: "The migration cannot be canceled in this state." };
  const refused = { ...problem, status: 409, detail: "No.", migrationStatus: "failed" };
  const asProblem = (body: object) => ({
    status: 409,
    headers: { "content-type": "application/problem+json" },
    text: JSON.stringify(body),
  });

  test("is seen; one that it tells of passes", () => {
    judge("CancelMigration", told({}));
    judge("CancelMigration", asProblem(refused));
  });
  const FAULTS: Readonly<Record<string, readonly [Parameters<typeof judge>[1], RegExp]>> = {
    "by its status": [told({ status: 200 }), /does not tell of this status/],
    "by a header more": [told({ headers: { ...headers, "x-secret": "1" } }), /does not tell of the header x-secret/],
    "by a header less": [told({ headers: { ...headers, location: undefined } }), /the header location is missing/],
    "by a header of another kind": [told({ headers: { ...headers, "retry-after": "soon" } }), /the header retry-after/],
    "by its type": [told({ headers: { ...headers, "content-type": "text/plain" } }), /text\/plain/],
    "by a member more": [told({}, { ...operation, wishId: "x" }), /additional properties.*wishId/],
    "by a member less": [told({}, { ...operation, detail: undefined }), /required property 'detail'/],
    "by a word": [told({}, { ...operation, status: "done" }), /status/],
    "by a problem of other routes": [
      asProblem({ ...refused, title: "The migration cannot be restarted in this state." }),
      /must be equal to constant/,
    ],
    "by a member of a problem": [asProblem({ ...refused, state: "failed" }), /additional properties/],
    "by a problem's type": [asProblem({ ...refused, type: "https://p/not-startable" }), /must match pattern/],
    "by a problem's status": [asProblem({ ...refused, status: 410 }), /must be equal to constant/],
  };
  for (const [how, [answer, fault]] of Object.entries(FAULTS))
    test(`is seen ${how}`, () => assert.throws(() => judge("CancelMigration", answer), fault));

  test("is seen by a body where none is told of", () => {
    assert.throws(() => judge("DeleteAssessment", { status: 204, headers: {}, text: "{}" }), /no body/);
  });
  test("is seen by a path that is no route", () => {
    assert.equal(routeOf("GET", "/api/v1/migrations/a/b/c"), undefined);
    assert.equal(routeOf("PATCH", "/api/v1/health"), undefined);
    assert.equal(routeOf("GET", "/api/v1/migrations/sales-1/files"), "ListFiles");
  });
});
