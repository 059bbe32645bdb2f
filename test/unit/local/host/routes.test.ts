// Tests which routes match a request, which are refused, and which overlap.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compileRoute, findConflicts, fit, inOrder } from "../../../../local/host/routes.ts";

const route = (template: string | undefined, name = "F", prefix = "", methods = ["GET"]) =>
  compileRoute(name, methods, template, prefix);

describe("a route fits a path", () => {
  const table: readonly (readonly [template: string, path: string, values: Record<string, string> | undefined])[] = [
    ["/", "/", {}],
    ["/", "/x", undefined],
    ["api/v1/items", "/api/v1/items", {}],
    ["api/v1/items", "/API/v1/Items/", {}],
    ["items/{id}", "/items/a%20b", { id: "a b" }],
    ["items/{id}", "/items/a%2Fb", { id: "a%2Fb" }],
    ["items/{id}", "/items/a%2fb", { id: "a%2fb" }],
    ["items/{id}", "/items/100%", { id: "100%" }],
    ["items/{id}", "/items", undefined],
    ["items/{id}", "/items/a/b", undefined],
    ["items/{id?}", "/items", {}],
    ["items/{id:int}", "/items/12", { id: "12" }],
    ["items/{id:int}", "/items/x", undefined],
    ["files/{*rest}", "/files/a/b", { rest: "a/b" }],
    ["files/{*rest}", "/files", {}],
  ];
  for (const [template, path, values] of table)
    it(`"${template}" ${values ? "fits" : "does not fit"} ${path}`, () => {
      const found = fit(route(template), path);
      assert.deepEqual(found, values);
    });

  it("with the prefix of host.json in front, and named like its function when it has none", () => {
    assert.deepEqual(fit(route(undefined, "Status", "api"), "/api/status"), {});
    assert.deepEqual(fit(route("", "Status", "api"), "/api/status"), {});
    assert.equal(fit(route("/", "Status", "api"), "/api/status"), undefined);
  });

  it("is refused when this host cannot read it", () => {
    for (const template of ["items/{id:guid}", "items/a{id}", "items/{a}-{b}"])
      assert.throws(() => route(template), /not supported by the local host/);
  });
});

it("routes are tried in the order of their functions' names, not by how exact they are", () => {
  const routes = inOrder([route("items/new", "ItemsNew"), route("items/{id}", "Item")]);
  assert.deepEqual(
    routes.map(({ functionName }) => functionName),
    ["Item", "ItemsNew"],
  );
});

describe("two routes of one method", () => {
  const conflict = (one: string, other: string, methods = ["GET"]) =>
    findConflicts([route(one, "A"), route(other, "B", "", methods)]).map(({ rule }) => rule);
  const table = [
    ["items/{id}", "items/new", true],
    ["items/{id}", "items", false],
    ["items/{id?}", "items", true],
    ["items/{id:int}", "items/new", false],
    ["items/{id}/files", "items/{name}/plan", false],
    ["items/{id}", "Items/{other}", true],
    ["{*rest}", "items", true],
    ["/", "items", false],
  ] as const;
  for (const [one, other, overlaps] of table)
    it(`"${one}" and "${other}" ${overlaps ? "overlap" : "do not overlap"}`, () => {
      assert.deepEqual(conflict(one, other), overlaps ? ["one-route"] : []);
    });

  it("of different methods do not overlap", () => assert.deepEqual(conflict("a", "a", ["POST"]), []));

  it("overlap whenever one path fits both", () => {
    const part = fc.constantFrom("a", "b", "7", "{x}", "{x:int}");
    const template = fc.array(part, { maxLength: 3 }).map((parts) => `/${parts.join("/")}`);
    const path = fc.array(fc.constantFrom("a", "b", "7"), { maxLength: 3 }).map((parts) => `/${parts.join("/")}`);
    fc.assert(
      fc.property(template, template, path, (one, other, where) => {
        fc.pre(fit(route(one), where) !== undefined && fit(route(other), where) !== undefined);
        assert.deepEqual(conflict(one, other), ["one-route"]);
      }),
    );
  });
});

it("a route in the host's own rooms is refused", () => {
  const rules = findConflicts([route("administration", "A"), route("runtime/x", "B"), route("my/admin", "C")]).map(
    ({ detail }) => detail,
  );
  assert.deepEqual(rules, ['A has the route "administration"', 'B has the route "runtime/x"']);
});
