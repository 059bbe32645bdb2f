// Tests the stand-in for App Service authentication.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { createSignIn, readUsers } from "../../../../local/host/signIn.ts";

const users = {
  anna: { kind: "person", roles: ["Ferry.Reader"] },
  "ben@home.test": { kind: "guest", roles: ["Ferry.Admin", "Ferry.Approver"] },
  pipeline: { kind: "application", roles: ["Ferry.Operator"] },
} as const;

interface Principal {
  readonly auth_typ: string;
  readonly name_typ: string;
  readonly role_typ: string;
  readonly claims: readonly { readonly typ: string; readonly val: string }[];
}
const principal = (headers: Readonly<Record<string, string>> | undefined) =>
  JSON.parse(Buffer.from(headers?.["x-ms-client-principal"] ?? "", "base64").toString("utf8")) as Principal;

it("the first user is signed in, another when the header names it", () => {
  const signIn = createSignIn(users);
  assert.equal(signIn({})?.["x-ms-client-principal-name"], "anna");
  const { claims } = principal(signIn({ "x-local-user": "ben@home.test" }));
  const roles = claims.filter(({ typ }) => typ === "roles").map(({ val }) => val);
  assert.deepEqual(roles, ["Ferry.Admin", "Ferry.Approver"]);
});

const asAppService: Readonly<Record<string, string>> = {
  anna: "person",
  "ben@home.test": "guest",
  pipeline: "managedIdentity",
};
for (const [name, fixture] of Object.entries(asAppService))
  it(`${name} comes in the shape of App Service's ${fixture}`, () => {
    const kept = JSON.parse(readFileSync(`test/fixtures/principals/${fixture}.json`, "utf8")) as {
      readonly headers: Readonly<Record<string, string>>;
      readonly principal: Principal;
    };
    const headers = createSignIn(users)({ "x-local-user": name });
    const said = principal(headers);
    const { claims: _said, ...rest } = said;
    const { claims, ...expected } = kept.principal;
    assert.deepEqual(rest, expected);
    const types = new Set(claims.map(({ typ }) => typ));
    for (const { typ } of said.claims) assert.ok(types.has(typ), `no ${fixture} has the claim ${typ}`);
    assert.equal("x-ms-client-principal-name" in (headers ?? {}), "x-ms-client-principal-name" in kept.headers);
  });

it("what a caller claims about itself is dropped, the other headers stay", () => {
  const headers = createSignIn(users)({
    accept: "x",
    "x-ms-client-principal": "forged",
    "x-ms-client-principal-idp": "forged",
    "x-ms-client-principal-name": "forged",
  });
  assert.deepEqual(Object.keys(headers ?? {}).sort(), [
    "accept",
    "x-ms-client-principal",
    "x-ms-client-principal-id",
    "x-ms-client-principal-idp",
    "x-ms-client-principal-name",
  ]);
  for (const value of Object.values(headers ?? {})) assert.notEqual(value, "forged");
});

it("nobody is signed in under a name that the file does not have", () => {
  for (const name of ["carl", "__proto__", "toString", ""])
    assert.equal(createSignIn(users)({ "x-local-user": name }), undefined);
});

it("without a file there is one user who may do everything", () => {
  assert.deepEqual(Object.keys(readUsers(undefined)), ["local"]);
});

it("a user of the file is a person unless it says otherwise", () => {
  assert.equal(readUsers("local/users.json")["reader"]?.kind, "person");
  assert.equal(readUsers("local/users.json")["pipeline"]?.kind, "application");
});
