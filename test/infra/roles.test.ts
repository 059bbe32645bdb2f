// Tests that the app has the rights that it needs, and no others: predicted role assignments, and custom roles compared
// with the operations that the adapters send.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createArmBackupAccount } from "../../shared/azure/arm/armBackupAccount.ts";
import { ARM_OPERATIONS } from "../../shared/azure/arm/armOperations.ts";
import { createSqlVmTarget } from "../../shared/azure/arm/sqlVmTarget.ts";
import { createDmsMigrationServices } from "../../shared/azure/dms/dmsMigrationServices.ts";
import { createDmsRestoreEngine } from "../../shared/azure/dms/dmsRestoreEngine.ts";
import { at, type Case, ofType, prediction, predictions } from "../support/predictions.ts";

const ROLES: Readonly<Record<string, string>> = {
  "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
  "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
  "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
  "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
  "d5a91429-5739-47e2-a06b-3470a27159e7": "EventGrid Data Sender",
  "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
  "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
  "0ad04412-c4d5-4796-b79c-f76d14c8d402": "Durable Task Data Contributor",
};

/** Principals as the layer backups outputs them. */
const PRINCIPALS: Readonly<Record<string, string>> = {
  "00000000-0000-0000-0000-00000000001d": "identity",
  "00000000-0000-0000-0000-00000000003d": "systemTopics",
  "00000000-0000-0000-0000-00000000001e": "identity",
  "00000000-0000-0000-0000-00000000003e": "systemTopics",
};

/** "principal: role on type/name", sorted; a * stands for a generated name. */
function assignments(one: Case): string[] {
  const custom = ofType(one, "Microsoft.Authorization/roleDefinitions").map(({ name, properties }) => [
    name,
    String(properties?.["roleName"]).split(": ")[1] ?? "",
  ]);
  const roles: Readonly<Record<string, string>> = { ...ROLES, ...Object.fromEntries(custom) };
  const [, token = ""] = /func-(\w{13})"/.exec(one.text) ?? [];
  return ofType(one, "Microsoft.Authorization/roleAssignments")
    .map((assignment) => {
      const role = roles[String(at(assignment, "properties.roleDefinitionId")).split("/").at(-1) ?? ""];
      const principal = String(at(assignment, "properties.principalId"));
      const who = PRINCIPALS[principal] ?? /\/providers\/Microsoft.EventGrid\/(topics)\//.exec(principal)?.[1];
      const scope = assignment.id.split("/providers/Microsoft.Authorization/")[0]?.split("/").slice(-2).join("/");
      return `${who}: ${role} on ${scope?.endsWith(token) ? `${scope.split("/")[0]}/*` : scope}`;
    })
    .toSorted();
}

const ALWAYS = [
  "identity: EventGrid Data Sender on topics/*",
  "identity: Monitoring Metrics Publisher on components/*",
  "identity: Storage Blob Data Owner on storageAccounts/*",
  "identity: Storage Queue Data Contributor on storageAccounts/*",
  "identity: Storage Table Data Contributor on storageAccounts/*",
  "topics: Storage Blob Data Contributor on containers/dead-letters",
  "systemTopics: Storage Blob Data Contributor on containers/dead-letters",
];
const onBackups = (account: string, container: string) => [
  `identity: Storage Blob Data Owner on containers/${container}`,
  "identity: Storage Queue Data Contributor on queues/webjobs-blobtrigger-poison",
  `identity: restores on storageAccounts/${account}`,
];
const onVault = (name: string) => `identity: Key Vault Secrets User on vaults/${name}`;
const onVm = (name: string) =>
  ["sqlVirtualMachines", "virtualMachines"].map((type) => `identity: restores on ${type}/${name}`);
const onServices = (scope: string) => `identity: looks after migration services on ${scope}`;
const onSubscription = (last: string) =>
  `identity: checks before a start on subscriptions/00000000-0000-0000-0000-0000000000${last}`;

test("with one VM the app has these roles, each where it is needed, and no others", () => {
  const expected = [
    ...ALWAYS,
    ...onBackups("*", "backups"),
    onVault("*"),
    ...onVm("sqlvm-01"),
    onServices("resourceGroups/rg-small"),
    onSubscription("01"),
  ];
  assert.deepEqual(assignments(prediction("small.main")), expected.toSorted());
});

test("when everything exists the roles are the same, over there, and the service's neighbours are left alone", () => {
  const expected = [
    ...ALWAYS,
    ...onBackups("contosobackups", "sql-backups"),
    onVault("kv-existing"),
    ...onVm("sqlvm-01"),
    onServices("sqlMigrationServices/contoso-dms"),
    onSubscription("b2"),
  ];
  assert.deepEqual(assignments(prediction("existing.main")), expected.toSorted());
});

test("more VMs, subscriptions and a scheduler add one role each", () => {
  const expected = [
    ...ALWAYS,
    ...onBackups("stbaklarge", "backups"),
    onVault("kv-large"),
    ...["sqlvm-01", "sqlvm-02", "sqlvm-11", "sqlvm-12"].flatMap(onVm),
    onServices("resourceGroups/rg-large"),
    onSubscription("01"),
    onSubscription("b2"),
    "identity: Durable Task Data Contributor on taskHubs/sqlferry",
  ];
  assert.deepEqual(assignments(prediction("large.main")), expected.toSorted());
});

test("on the backups' account the app has its data roles on one container and one queue, and on the whole of it only the role that reads its key", () => {
  for (const one of predictions("main")) {
    const account = ofType(one, "Microsoft.Authorization/roleAssignments")
      .map(({ id }) => id.split("/providers/Microsoft.Authorization/")[0] ?? "")
      .filter((scope) => /-backups\/.*\/storageAccounts\/|\/contosobackups/.test(scope))
      .map((scope) => scope.split("/storageAccounts/")[1]?.split("/").slice(1).join("/"));
    const container = one.name === "existing.main" ? "sql-backups" : "backups";
    assert.deepEqual(account.toSorted(), [
      "",
      `blobServices/default/containers/${container}`,
      "queueServices/default/queues/webjobs-blobtrigger-poison",
    ]);
  }
});

test("a role in another subscription is that subscription's", () => {
  for (const assignment of ofType(prediction("large.main"), "Microsoft.Authorization/roleAssignments")) {
    const [, subscription] = assignment.id.split("/subscriptions/");
    assert.ok(String(at(assignment, "properties.roleDefinitionId")).includes(subscription?.split("/")[0] ?? "none"));
  }
});

/** Actions of the custom roles of a case, by role name. */
const customRoles = (one: Case): Record<string, string[]> =>
  Object.fromEntries(
    ofType(one, "Microsoft.Authorization/roleDefinitions").map(({ properties }) => {
      const [permissions] = (properties?.["permissions"] ?? []) as Record<string, string[]>[];
      for (const other of ["notActions", "dataActions", "notDataActions"]) assert.deepEqual(permissions?.[other], []);
      return [String(properties?.["roleName"]).split(": ")[1], permissions?.["actions"] ?? []];
    }),
  );

const inUse = Object.entries(ARM_OPERATIONS).filter(([, { use }]) => use !== "tests" && use !== "person");

test("the custom roles' actions are those of the operations that the product sends, each in one role", () => {
  const sent = new Set(inUse.flatMap(([, { actions }]): readonly string[] => actions));
  for (const one of predictions("main"))
    assert.deepEqual(Object.values(customRoles(one)).flat().toSorted(), [...sent].toSorted(), one.name);
});

const IN_GROUP = "/subscriptions/s/resourceGroups/g/providers";
const SQL_VM = `${IN_GROUP}/Microsoft.SqlVirtualMachine/sqlVirtualMachines/vm`;
const VM = `${IN_GROUP}/Microsoft.Compute/virtualMachines/vm`;
const ACCOUNT = `${IN_GROUP}/Microsoft.Storage/storageAccounts/a`;
const SERVICE = `${IN_GROUP}/Microsoft.DataMigration/sqlMigrationServices/dms`;
/** Answers that an adapter needs before it sends its next request. */
const ANSWERS: Readonly<Record<string, object>> = {
  [SQL_VM]: { properties: { virtualMachineResourceId: VM } },
  [VM]: {
    properties: {
      networkProfile: { networkInterfaces: [{ id: `${IN_GROUP}/Microsoft.Network/networkInterfaces/nic` }] },
    },
  },
  [`${ACCOUNT}/listKeys`]: { keys: [{ value: "key" }] },
};

/** The operation that a request is, by method and path. */
const operationOf = (method: string, path: string): string =>
  Object.entries(ARM_OPERATIONS).find(
    ([, one]) => one.method === method && new RegExp(`^${one.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path),
  )?.[0] ?? `${method} ${path}`;

test("every operation that a role allows is sent by a port of the product, and they send no other", async () => {
  const sent = new Set<string>();
  const server = createServer(({ method = "", url = "" }, response) => {
    const path = url.split("?")[0] ?? "";
    sent.add(operationOf(method, path));
    response.setHeader("content-type", "application/json").end(JSON.stringify(ANSWERS[path] ?? {}));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    const access = {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credential: { getToken: async () => ({ token: "t", expiresOnTimestamp: Date.now() + 3_600_000 }) },
      apiVersion: "2025-06-30",
      serviceResourceId: SERVICE,
      storageAccountResourceId: ACCOUNT,
      secrets: { read: async () => ({ ok: true, value: "" }) as const },
    };
    const target = { sqlVmResourceId: SQL_VM, databaseName: "Sales" };
    const order = { target, sourceDatabaseName: "Sales", sourceServerName: "s", container: "c", folder: "f" };
    const [engine, vm] = [createDmsRestoreEngine(access), createSqlVmTarget(access)];
    const [account, services] = [createArmBackupAccount(access), createDmsMigrationServices(access)];
    await Promise.all([
      ...[engine.observe(target), engine.start({ ...order, mode: "online" }), engine.cutOver(target, "id")],
      ...[engine.cancel(target, "id"), vm.observe(SQL_VM), vm.subnets(VM), account.observe(), account.mayReadKey()],
      ...[services.find("dms"), services.create("dms", "westeurope"), services.authKeys("dms")],
      ...[services.regenerateAuthKey("dms", "authKey1"), services.nodes("dms"), services.deleteNode("dms", "node")],
      ...[services.migrations("dms"), services.registration("s")],
    ]);
  } finally {
    server.close();
    server.closeAllConnections();
  }
  assert.deepEqual([...sent].toSorted(), inUse.map(([operation]) => operation).toSorted());
});

test("an assignment is named after its principal, so that an identity made anew gets one of its own", () => {
  const nameOf = (one: Case) => ofType(one, "Microsoft.Authorization/roleAssignments").map(({ name }) => name);
  for (const one of predictions("main")) assert.equal(new Set(nameOf(one)).size, nameOf(one).length, one.name);
  for (const file of globSync("infra/modules/*.bicep"))
    for (const [, name = ""] of readFileSync(file, "utf8").matchAll(
      /roleAssignments@[^\n]+\n(?: {2}for [^\n]+\n)?\s+name: (.+)/g,
    ))
      assert.match(name, /^guid\([^,]+, (principalId|systemTopicPrincipalId|topic\.id), /, `${file}: ${name}`);
});

test("ids that differ only in case are one resource and one subscription to the custom roles", () => {
  for (const one of predictions("main"))
    for (const { properties } of ofType(one, "Microsoft.Authorization/roleDefinitions")) {
      const scopes = properties?.["assignableScopes"] as string[];
      assert.equal(new Set(scopes.map((scope) => scope.toLowerCase())).size, scopes.length, `${one.name}: ${scopes}`);
    }
});

test("custom roles of two environments of one name have different names, which are unique in a tenant", () => {
  for (const one of predictions("main"))
    for (const { properties } of ofType(one, "Microsoft.Authorization/roleDefinitions"))
      assert.match(String(properties?.["roleName"]), /^sqlferry \w+ [a-z0-9]{13}: /);
});

test("a role that holds for more than single resources opens no account, restores nothing, and writes nothing but migration services", () => {
  for (const one of predictions("main")) {
    const { restores, ...wide } = customRoles(one);
    assert.ok(restores?.includes("Microsoft.Storage/storageAccounts/listKeys/action"));
    const risky = Object.values(wide)
      .flat()
      .filter((action) => !action.endsWith("/read"));
    for (const action of risky) assert.match(action, /^Microsoft\.DataMigration\/sqlMigrationServices\//);
  }
});
