// What does the clean-up delete, what does it leave, and does it say so? cleanUp.mjs, with az and azd played by scripts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CLIENT, type Line, type Played, play, skip, wordsOf } from "../support/players.ts";

const [ONE, TWO, TOKEN] = [
  "00000000-0000-0000-0000-000000000001",
  "00000000-0000-0000-0000-000000000002",
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
  KEY_VAULT_NAME: "kv-1",
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
  {
    when: "role definition list",
    answer: [`sqlferry prod ${TOKEN}: restores`, "sqlferry prod zzzzzzzzzzzzz: restores", "contoso: restores"].map(
      (roleName) => ({ roleName }),
    ),
  },
  { when: "az cloud show", answer: { name: "AzureCloud" } },
  { when: "az rest", answer: { tags: [`sqlferry-${TOKEN}`] } },
  { when: "keyvault list-deleted", answer: [] },
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

test("it goes by the principal, through each subscription once, lifts sqlferry's own lock for a moment, and takes this environment's roles and application", {
  skip,
}, () => {
  const played = clean(["--delete"]);
  assert.equal(played.status, 0, played.stderr);
  assert.deepEqual(
    changes(played),
    [
      "lock delete --name backups-stay",
      "role assignment delete --ids a1",
      "lock create --lock-type CanNotDelete --name backups-stay",
      "role assignment delete --ids a3",
      `role definition delete --name sqlferry prod ${TOKEN}: restores --subscription ${ONE}`,
      `ad app delete --id ${CLIENT}`,
      "azd env set ENTRA_CLIENT_ID",
    ].map((call) => call.replace("ENTRA_CLIENT_ID", "ENTRA_CLIENT_ID ")),
  );
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

test("a deleted vault is purged, so that its name is free; a protected one is left, with the way to have it back", {
  skip,
}, () => {
  assert.ok(
    changes(clean(["--delete"], [{ when: "keyvault list-deleted", answer: [{ name: "kv-1", properties: {} }] }])).some(
      (call) => call.startsWith("keyvault purge --name kv-1"),
    ),
  );
  const properties = { purgeProtectionEnabled: true, scheduledPurgeDate: "2026-12-31" };
  const kept = clean(["--delete"], [{ when: "keyvault list-deleted", answer: [{ name: "kv-1", properties }] }]);
  assert.ok(!changes(kept).some((call) => call.startsWith("keyvault purge")));
  assert.match(kept.stdout, /keeps its name until 2026-12-31; .* az keyvault recover --name kv-1/);
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
