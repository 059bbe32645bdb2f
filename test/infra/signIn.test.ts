// Tests the application that registerSignIn.mjs requests from Microsoft Graph: who may sign in, and with which roles;
// scripts stand in for az and azd.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { patiently, WAITS } from "../../infra/commands.ts";
import { CLIENT, type Line, play, skip, wordsOf } from "../support/players.ts";
import { at } from "../support/predictions.ts";

const USUAL: readonly Line[] = [
  { when: "az cloud show", answer: { name: "AzureCloud" } },
  { when: "GET applications?$filter", answer: { value: [] } },
  { when: "POST applications", answer: { appId: CLIENT } },
  { when: "GET servicePrincipals?$filter", answer: { value: [] } },
];
const FIRST = { AZURE_ENV_NAME: "prod", NAME_TOKEN: "abcdefghijklm" };
const LATER = { ...FIRST, ENTRA_CLIENT_ID: CLIENT };
const run = (env: Record<string, string>, lines: readonly Line[] = []) =>
  play("infra/registerSignIn.mjs", env, [...lines, ...USUAL]);
const bodiesOf = (calls: readonly (readonly unknown[])[]) =>
  calls.flatMap((call) => call.filter((part) => typeof part === "object"));
const posted = (calls: readonly (readonly unknown[])[]) =>
  calls.filter((call) => call.includes("POST")).map((call) => wordsOf(call).split("/v1.0/")[1]?.split(" ")[0]);

test("its roles are those that shared/api/roles.ts names", () => {
  const { appRoles } = JSON.parse(readFileSync("infra/signIn.json", "utf8")) as {
    appRoles: { value: string; id: string }[];
  };
  const [, union = ""] = /export type Role = ([^;]+);/.exec(readFileSync("shared/api/roles.ts", "utf8")) ?? [];
  assert.deepEqual(appRoles.map(({ value }) => `"${value}"`).toSorted(), union.split(" | ").toSorted());
  assert.equal(new Set(appRoles.map(({ id }) => id)).size, appRoles.length);
});

test("its tokens are of the version that the app's issuer names, and it says which consent it needs", () => {
  const wanted = JSON.parse(readFileSync("infra/signIn.json", "utf8"));
  assert.equal(wanted.api.requestedAccessTokenVersion, 2);
  assert.match(readFileSync("infra/modules/app.bicep", "utf8"), /openIdIssuer: '.*\/v2\.0'/);
  assert.equal(wanted.requiredResourceAccess[0].resourceAccess.length, 3, "openid, profile, email");
});

test("before anything is there, an application is registered, azd remembers it, and only people with a role get in", {
  skip,
}, () => {
  const { status, calls, stdout } = run(FIRST);
  assert.equal(status, 0);
  assert.deepEqual(posted(calls), ["applications", "servicePrincipals"]);
  assert.ok(calls.some((call) => wordsOf(call) === `azd env set ENTRA_CLIENT_ID ${CLIENT}`));
  const [created, , whole, cli] = bodiesOf(calls);
  assert.deepEqual(at(created, "displayName"), "sqlferry prod abcdefghijklm");
  assert.deepEqual(at(created, "tags"), ["sqlferry-abcdefghijklm"]);
  assert.deepEqual(at(whole, "identifierUris"), [`api://${CLIENT}`]);
  assert.equal((at(whole, "appRoles") as object[]).length, 4);
  const [scope] = at(whole, "api.oauth2PermissionScopes") as { id: string }[];
  assert.deepEqual(
    cli,
    {
      api: {
        preAuthorizedApplications: [
          { appId: "04b07795-8ddb-461a-bbee-02f9e1bf7b46", delegatedPermissionIds: [scope?.id] },
        ],
      },
    },
    "the Azure CLI gets tokens without asking anybody for consent",
  );
  assert.deepEqual(bodiesOf(calls).at(-1), { appRoleAssignmentRequired: true });
  assert.match(stdout, new RegExp(`az ad app permission admin-consent --id ${CLIENT}`));
  assert.match(stdout, new RegExp(`https://login\\.microsoftonline\\.com/.*adminconsent\\?client_id=${CLIENT}`));
  assert.doesNotMatch(JSON.stringify(calls), /credential|password|secret/i, "it makes no secret");
});

test("this environment's application is known by its tag and taken, not doubled; a name says nothing", { skip }, () => {
  const { calls } = run(FIRST, [
    { when: "GET applications?$filter=tags/any sqlferry-abcdefghijklm", answer: { value: [{ appId: CLIENT }] } },
  ]);
  assert.deepEqual(posted(calls), ["servicePrincipals"]);
  assert.ok(!calls.some((call) => wordsOf(call).includes("displayName")));
});

test("two with that tag are a question for a person", { skip }, () => {
  const { status, stderr, calls } = run(FIRST, [
    { when: "GET applications?$filter", answer: { value: [{ appId: CLIENT }, { appId: "another" }] } },
  ]);
  assert.equal(status, 1);
  assert.match(stderr, /Several applications have the tag sqlferry-abcdefghijklm/);
  assert.deepEqual(posted(calls), []);
});

test("once the app has an address, people are sent back to it", { skip }, () => {
  const { calls } = run({ ...LATER, SQLFERRY_URL: "https://func.example" });
  const [body] = bodiesOf(calls);
  assert.deepEqual(at(body, "web.redirectUris"), ["https://func.example/.auth/login/aad/callback"]);
  assert.deepEqual(posted(calls), []);
});

test("what the directory does not know yet, it is asked for again", { skip }, () => {
  const { status, calls } = run(LATER, [
    { when: "PATCH servicePrincipals", error: "Not Found (Request_ResourceNotFound)", times: 1 },
  ]);
  assert.equal(status, 0);
  assert.equal(calls.filter((call) => wordsOf(call).includes("PATCH")).length, 4);
});

test("what will not pass ends it at once, with Graph's words", { skip }, () => {
  const { status, stderr, calls } = run(LATER, [
    { when: "PATCH applications", error: "Forbidden (Authorization_RequestDenied)" },
  ]);
  assert.equal(status, 1);
  assert.match(stderr, /Authorization_RequestDenied[\s\S]*az login/);
  assert.equal(calls.filter((call) => wordsOf(call).includes("PATCH")).length, 1);
});

test("an application that somebody else looks after is left alone", { skip }, () => {
  assert.deepEqual(run({ ...LATER, ENTRA_REGISTRATION: "given" }).calls, []);
  const { status, stderr } = run({ ...FIRST, ENTRA_REGISTRATION: "given" });
  assert.equal(status, 1);
  assert.match(stderr, /ENTRA_CLIENT_ID is not set/);
});

test("patience lasts for three minutes, and no longer", async () => {
  const paused: number[] = [];
  const never = await patiently(() => ({ ok: false, text: "Request_ResourceNotFound" }), {
    pause: async (seconds) => paused.push(seconds),
  });
  assert.equal(never.ok, false);
  assert.deepEqual(paused, WAITS);
  assert.equal(
    paused.reduce((sum, seconds) => sum + seconds, 0),
    180,
  );
});
