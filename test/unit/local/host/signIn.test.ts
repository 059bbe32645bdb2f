import assert from "node:assert/strict";
import { it } from "node:test";
import { createSignIn, readUsers } from "../../../../local/host/signIn.ts";

const users = { anna: { roles: ["Ferry.Reader"] }, ben: { roles: ["Ferry.Admin", "Ferry.Approver"] } };
const principal = (headers: Readonly<Record<string, string>> | undefined) =>
  JSON.parse(Buffer.from(headers?.["x-ms-client-principal"] ?? "", "base64").toString("utf8")) as unknown;

it("the first user is signed in, another when the header names it", () => {
  const signIn = createSignIn(users);
  assert.equal(signIn({})?.["x-ms-client-principal-name"], "anna");
  assert.deepEqual(principal(signIn({ "x-local-user": "ben" })), {
    auth_typ: "aad",
    name_typ: "name",
    role_typ: "roles",
    claims: [
      { typ: "name", val: "ben" },
      { typ: "roles", val: "Ferry.Admin" },
      { typ: "roles", val: "Ferry.Approver" },
    ],
  });
});

it("what a caller claims about itself is dropped, the other headers stay", () => {
  const headers = createSignIn(users)({
    accept: "x",
    "x-ms-client-principal": "forged",
    "x-ms-client-principal-idp": "forged",
  });
  assert.deepEqual(Object.keys(headers ?? {}).sort(), [
    "accept",
    "x-ms-client-principal",
    "x-ms-client-principal-id",
    "x-ms-client-principal-name",
  ]);
  assert.notEqual(headers?.["x-ms-client-principal"], "forged");
});

it("nobody is signed in under a name that the file does not have", () => {
  for (const name of ["carl", "__proto__", "toString", ""])
    assert.equal(createSignIn(users)({ "x-local-user": name }), undefined);
});

it("without a file there is one user who may do everything", () => {
  assert.deepEqual(Object.keys(readUsers(undefined)), ["local"]);
});
