// Tests who may do what: every role against every required role, and every way of not being signed in.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { HttpRequest } from "@azure/functions";
import { callerWith } from "../../../../functions/http/caller.ts";
import type { Caller, Role } from "../../../../shared/api/roles.ts";
import type { Refusal } from "../../../../shared/migration/refusals.ts";

const ROLES: readonly Role[] = ["Ferry.Reader", "Ferry.Operator", "Ferry.Approver", "Ferry.Admin"];

const requestOf = (header: string | undefined): HttpRequest =>
  new HttpRequest({
    method: "GET",
    url: "https://ferry.test/",
    headers: header === undefined ? {} : { "x-ms-client-principal": header },
  });
const encoded = (principal: unknown): string => Buffer.from(JSON.stringify(principal)).toString("base64");
const claims = (...roles: string[]) => [{ typ: "name", val: "Dana" }, ...roles.map((val) => ({ typ: "roles", val }))];
const ask = (need: Role, principal: unknown): Caller | Refusal =>
  callerWith(need, requestOf(encoded(principal)), "easyAuth");

/** Rows: the required role. Columns: the caller's role, in the order of ROLES. */
const MAY: Readonly<Record<Role, readonly boolean[]>> = {
  "Ferry.Reader": [true, true, true, true],
  "Ferry.Operator": [false, true, false, true],
  "Ferry.Approver": [false, false, true, true],
  "Ferry.Admin": [false, false, false, true],
};

describe("a role", () => {
  for (const need of ROLES)
    for (const [column, role] of ROLES.entries())
      test(`${role} ${MAY[need][column] ? "may" : "may not"} do what needs ${need}`, () => {
        const found = ask(need, { claims: claims(role) });
        if (MAY[need][column]) assert.deepEqual(found, { name: "Dana", roles: [role] });
        else
          assert.deepEqual(found, {
            problem: "role-missing",
            detail: `Dana has the roles ${role}; this needs ${need}.`,
            needed: need,
          });
      });

  test("is one of several, and none is none", () => {
    assert.ok("name" in ask("Ferry.Operator", { claims: claims("Other", "Ferry.Operator") }));
    const none = ask("Ferry.Reader", { claims: claims() });
    assert.equal("detail" in none && none.detail, "Dana has no role; this needs Ferry.Reader.");
    assert.ok("problem" in ask("Ferry.Reader", { claims: claims("ferry.reader", "toString") }));
  });
});

describe("App Service sends", () => {
  for (const file of globSync("test/fixtures/principals/*.json")) {
    const { about, headers, principal, is } = JSON.parse(readFileSync(file, "utf8")) as {
      readonly about: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly principal: unknown;
      readonly is: Caller;
    };
    test(about, () => {
      const request = new HttpRequest({
        method: "GET",
        url: "https://ferry.test/",
        headers: { ...headers, "x-ms-client-principal": encoded(principal) },
      });
      assert.deepEqual(callerWith("Ferry.Reader", request, "easyAuth"), is);
    });
  }
});

test("the principal says which claims hold its name and its roles", () => {
  const principal = {
    name_typ: "nickname",
    role_typ: "groups",
    claims: [
      { typ: "preferred_username", val: "dana@example.com" },
      { typ: "nickname", val: "Dana" },
      { typ: "groups", val: "Ferry.Admin" },
      { typ: "scp", val: "Ferry.Operator" },
    ],
  };
  assert.deepEqual(ask("Ferry.Admin", principal), { name: "Dana", roles: ["Ferry.Admin"] });
});

test("a role counts under its long name, too, whatever the principal calls the claim of roles", () => {
  const long = { typ: "http://schemas.microsoft.com/ws/2008/06/identity/claims/role", val: "Ferry.Admin" };
  for (const role_typ of ["roles", long.typ])
    assert.deepEqual(ask("Ferry.Admin", { role_typ, claims: [...claims(), long] }), {
      name: "Dana",
      roles: ["Ferry.Admin"],
    });
});

test("a role that comes under two types is held once", () => {
  const role_typ = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";
  const twice = [...claims("Ferry.Reader"), { typ: role_typ, val: "Ferry.Reader" }];
  assert.deepEqual(ask("Ferry.Reader", { role_typ, claims: twice }), { name: "Dana", roles: ["Ferry.Reader"] });
});

describe("nobody is signed in", () => {
  const headers: Readonly<Record<string, string | undefined>> = {
    "without a principal": undefined,
    "with an empty one": "",
    "with what is not Base64": "%%%",
    "with what is not JSON": Buffer.from("Dana").toString("base64"),
    "with null": encoded(null),
    "with a list": encoded([]),
    "without claims": encoded({ name: "Dana" }),
    "with claims that are none": encoded({ claims: [{ typ: 1, val: "Dana" }] }),
    "without a name": encoded({ claims: [{ typ: "roles", val: "Ferry.Admin" }] }),
    "with an empty name": encoded({ claims: [{ typ: "name", val: "" }] }),
  };
  for (const [name, header] of Object.entries(headers))
    test(name, () => {
      const found = callerWith("Ferry.Reader", requestOf(header), "easyAuth");
      assert.equal("problem" in found && found.problem, "not-signed-in");
    });
});

test("without authentication everybody may do everything, whatever they say they are", () => {
  const said = requestOf(encoded({ claims: claims("Ferry.Reader") }));
  for (const role of ROLES)
    assert.deepEqual(callerWith(role, said, "none"), { name: "anonymous", roles: ["Ferry.Admin"] });
});
