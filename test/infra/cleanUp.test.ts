// Tests what cleanUp.mjs deletes, what it leaves, and that it reports both; scripts stand in for az and azd.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CLIENT, type Line, type Played, play, skip, wordsOf } from "../support/players.ts";

const [ONE, TWO, TOKEN] = [
  "00000000-0000-0000-0000-0000000000a1",
  "00000000-0000-0000-0000-0000000000b2",
  "abcdefghijklm",
];
const ACCOUNT = `/subscriptions/${ONE}/resourceGroups/rg-prod-backups/providers/Microsoft.Storage/storageAccounts/stbak1`;
const TOPIC = `/subscriptions/${TWO}/resourceGroups/rg-backups/providers/Microsoft.EventGrid/systemTopics/events`;
const VM = `/subscriptions/${TWO.toUpperCase()}/resourceGroups/rg-sql/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-01`;
const env = {
  AZURE_SUBSCRIPTION_ID: ONE,
  AZURE_ENV_NAME: "prod",
  NAME_TOKEN: TOKEN,
  IDENTITY_PRINCIPAL_ID: "principal",
  ENTRA_CLIENT_ID: CLIENT,
  BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID: ACCOUNT,
  TARGET_SQL_VM_RESOURCE_IDS: `${VM},${VM}`,
};
const assignment = (id: string, scope: string, principalId = "principal") => ({
  id,
  scope,
  principalId,
  roleDefinitionName: `sqlferry prod ${TOKEN}: restores`,
});
const USUAL: readonly Line[] = [
  { when: `role assignment list ${ONE}`, answer: [assignment("a1", ACCOUNT), assignment("a2", ACCOUNT, "somebody")] },
  { when: `role assignment list ${TWO}`, answer: [assignment("a3", VM)] },
  { when: "role assignment list", answer: [] },
  {
    when: "role definition list",
    answer: [`sqlferry prod ${TOKEN}: restores`, "sqlferry prod zzzzzzzzzzzzz: restores", "contoso: restores"].map(
      (roleName) => ({ roleName, assignableScopes: [`/subscriptions/${TWO}`] }),
    ),
  },
  { when: "az cloud show", answer: { name: "AzureCloud" } },
  { when: "az rest", answer: { tags: [`sqlferry-${TOKEN}`] } },
  { when: "event-subscription list", answer: [] },
];
const clean = (args: string[], lines: readonly Line[] = [], more: Readonly<Record<string, string>> = {}): Played =>
  play(
    "infra/cleanUp.mjs",
    {},
    [{ when: "azd env get-values", answer: { ...env, ...more } }, ...lines, ...USUAL],
    args,
  );
const changes = ({ calls }: Played): string[] =>
  calls
    .map(wordsOf)
    .filter((call) => / (delete|create|purge) |^azd env set/.test(call))
    .map((call) => call.replace(` --resource ${ACCOUNT} --subscription ${ONE}`, "").replace(/^az /, ""));

test("it goes by the principal, through each subscription once, and takes this environment's roles and application; its own lock it lifts last, once, for a moment", {
  skip,
}, () => {
  const played = clean(
    ["--delete"],
    [{ when: `role assignment list ${ONE}`, answer: ["a1", "a2"].map((id) => assignment(id, ACCOUNT)) }],
  );
  assert.equal(played.status, 0, played.stderr);
  assert.deepEqual(changes(played), [
    "role assignment delete --ids a3",
    "lock delete --name backups-stay",
    "role assignment delete --ids a1",
    "role assignment delete --ids a2",
    "lock create --lock-type CanNotDelete --name backups-stay",
    `role definition delete --name sqlferry prod ${TOKEN}: restores --subscription ${ONE}`,
    `ad app delete --id ${CLIENT}`,
    "azd env set ENTRA_CLIENT_ID ",
  ]);
  const asked = played.calls.map(wordsOf).filter((call) => call.includes("role assignment list"));
  assert.deepEqual(
    asked.map((call) => call.split("--subscription ")[1]?.split(" ")[0]),
    [ONE, TWO],
    "an id's letters may be of either case",
  );
});

test("what somebody else was given stays", { skip }, () => {
  assert.ok(!changes(clean(["--delete"])).includes("role assignment delete --ids a2"));
});

test("a subscription that only the roles still name, since its target was taken out, is cleaned as well", {
  skip,
}, () => {
  const played = clean(["--delete"], [], { TARGET_SQL_VM_RESOURCE_IDS: "" });
  assert.ok(changes(played).includes("role assignment delete --ids a3"));
});

test("what waits until Azure has heard of the deletion before is tried again, under one lifting of the lock", {
  skip,
}, () => {
  const played = clean(
    ["--delete"],
    [
      { when: "role assignment delete a1", error: "(ScopeLocked) The scope cannot perform delete operation", times: 1 },
      { when: "role definition delete", error: "(RoleDefinitionHasAssignments) There are existing", times: 1 },
    ],
  );
  assert.deepEqual(
    changes(played).filter((call) => /^lock|--ids a1|definition/.test(call)),
    [
      "lock delete --name backups-stay",
      "role assignment delete --ids a1",
      "role assignment delete --ids a1",
      "lock create --lock-type CanNotDelete --name backups-stay",
      ...Array(2).fill(`role definition delete --name sqlferry prod ${TOKEN}: restores --subscription ${ONE}`),
    ],
  );
  assert.doesNotMatch(played.stdout, /Left:[\s\S]*(ScopeLocked|RoleDefinitionHasAssignments)/);
});

test("somebody who stops it finds the lock as it was", { skip }, () => {
  const played = clean(["--delete"], [{ when: "role assignment delete a1", error: "ScopeLocked", interrupts: true }]);
  assert.equal(played.status, 1);
  assert.match(played.stderr, /Stopped; run it again/);
  assert.equal(changes(played).at(-1), "lock create --lock-type CanNotDelete --name backups-stay");
});

test("an account that had no lock is given none, and that is said: a clean-up before may have been cut off", {
  skip,
}, () => {
  const played = clean(["--delete"], [{ when: "lock show", error: "ResourceNotFound" }]);
  assert.ok(!changes(played).some((call) => call.startsWith("lock")));
  assert.match(played.stdout, /Left:\n- the account .*stbak1 had no lock backups-stay before this/);
});

test("without --delete it only says what it would do", { skip }, () => {
  const played = clean([]);
  assert.deepEqual(changes(played), []);
  assert.match(played.stdout, /Would delete the role .* on .*stbak1\n/);
  assert.match(played.stdout, /Nothing was deleted/);
});

test("the lock is set again when the assignment could not be deleted, and what is left is said", { skip }, () => {
  const played = clean(
    ["--delete"],
    [{ when: "role assignment delete a1", error: "AuthorizationFailed: you may not" }],
  );
  assert.ok(changes(played).includes("lock create --lock-type CanNotDelete --name backups-stay"));
  assert.match(played.stdout, /Left:\n- the role .*stbak1: AuthorizationFailed/);
});

test("an account without its lock is the first thing that a person has to know", { skip }, () => {
  const played = clean(["--delete"], [{ when: "lock create", error: "AuthorizationFailed" }]);
  assert.match(played.stdout, /stbak1 is WITHOUT its lock/);
});

test("a subscription that may not be asked is named, and the others are cleaned", { skip }, () => {
  const played = clean(["--delete"], [{ when: `role assignment list ${ONE}`, error: "AuthorizationFailed" }]);
  assert.match(played.stdout, new RegExp(`Whatever is in subscription ${ONE}: it could not be asked`));
  assert.ok(changes(played).includes("role assignment delete --ids a3"));
});

test("locks of a taken account are its owner's, its topic is rid of this environment's subscriptions only", {
  skip,
}, () => {
  const played = clean(
    ["--delete"],
    [{ when: "event-subscription list", answer: [{ name: `sqlferry-backup-arrived-${TOKEN}` }, { name: "theirs" }] }],
    { EXISTING_BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID: ACCOUNT, EXISTING_SYSTEM_TOPIC_RESOURCE_ID: TOPIC },
  );
  assert.ok(!changes(played).some((call) => call.startsWith("lock")));
  assert.match(
    played.stdout,
    /Left:\n- the queue webjobs-blobtrigger-poison of .*stbak1: another function app may use it/,
  );
  assert.deepEqual(
    changes(played)
      .filter((call) => call.includes("event-subscription"))
      .map((call) => call.split(" --resource-group")[0]),
    [`eventgrid system-topic event-subscription delete --name sqlferry-backup-arrived-${TOKEN}`],
  );
});

test("an application that was given, or that bears no tag of this environment, stays", { skip }, () => {
  const given = clean(["--delete"], [], { ENTRA_REGISTRATION: "given" });
  assert.ok(!changes(given).some((call) => call.startsWith("ad app delete")));
  assert.match(given.stdout, /it was given to sqlferry/);
  const untagged = clean(["--delete"], [{ when: "az rest", answer: { tags: [] } }]);
  assert.ok(!changes(untagged).some((call) => call.startsWith("ad app delete")));
  assert.match(untagged.stdout, /does not bear this environment's tag/);
});

test("an app that is still there keeps what it needs; one that only azd remembers stands in nobody's way", {
  skip,
}, () => {
  const app = {
    FUNCTION_APP_RESOURCE_ID: `/subscriptions/${ONE}/resourceGroups/rg-prod/providers/Microsoft.Web/sites/f`,
  };
  const there = clean(["--delete"], [{ when: "resource show", answer: {} }], app);
  assert.equal(there.status, 1);
  assert.match(there.stderr, /still there.*azd down app first/);
  assert.deepEqual(changes(there), []);
  const gone = clean(["--delete"], [{ when: "resource show", error: "ResourceNotFound" }], app);
  assert.ok(changes(gone).includes("role assignment delete --ids a3"));
});

test("an environment that was never provisioned has nothing to clean", { skip }, () => {
  const { status, stderr } = play("infra/cleanUp.mjs", {}, [{ when: "azd env get-values", answer: {} }]);
  assert.equal(status, 1);
  assert.match(stderr, /never provisioned/);
});
