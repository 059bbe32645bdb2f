// May the app do what it does, and nothing else? Role assignments as predicted, and the custom role beside the requests that the adapters send.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createDmsRestoreEngine } from "../../shared/azure/dmsRestoreEngine.ts";
import { createSqlVmTarget } from "../../shared/azure/sqlVmTarget.ts";
import { at, type Case, ofType, prediction } from "./predictions.ts";

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

/** "who: role on type/name", sorted; names that the template made up are left out. */
function assignments(one: Case): string[] {
  const [custom] = ofType(one, "Microsoft.Authorization/roleDefinitions");
  const [, token = ""] = /func-(\w{13})"/.exec(one.text) ?? [];
  return ofType(one, "Microsoft.Authorization/roleAssignments")
    .map((assignment) => {
      const roleId = String(at(assignment, "properties.roleDefinitionId")).split("/").at(-1) ?? "";
      const role = roleId === custom?.name ? "restores" : ROLES[roleId];
      const principal = String(at(assignment, "properties.principalId"));
      const [, who] = /\/(userAssignedIdentities|topics|systemTopics)\//.exec(principal) ?? [];
      const scope = assignment.id.split("/providers/Microsoft.Authorization/")[0]?.split("/").slice(-2).join("/");
      return `${who}: ${role} on ${scope?.endsWith(token) ? `${scope.split("/")[0]}/*` : scope}`;
    })
    .toSorted();
}

const ALWAYS = [
  "userAssignedIdentities: EventGrid Data Sender on topics/*",
  "userAssignedIdentities: Key Vault Secrets User on vaults/*",
  "userAssignedIdentities: Monitoring Metrics Publisher on components/*",
  "userAssignedIdentities: Storage Blob Data Owner on storageAccounts/*",
  "userAssignedIdentities: Storage Queue Data Contributor on storageAccounts/*",
  "userAssignedIdentities: Storage Table Data Contributor on storageAccounts/*",
  "topics: Storage Blob Data Contributor on containers/dead-letters",
  "systemTopics: Storage Blob Data Contributor on containers/dead-letters",
];
const onBackups = (account: string) =>
  ["restores", "Storage Blob Data Owner", "Storage Queue Data Contributor"].map(
    (role) => `userAssignedIdentities: ${role} on storageAccounts/${account}`,
  );
const onVm = (name: string) =>
  ["sqlVirtualMachines", "virtualMachines"].map((type) => `userAssignedIdentities: restores on ${type}/${name}`);

test("with one VM the app has these roles, each on one resource, and no others", () => {
  const expected = [...ALWAYS, ...onBackups("stbaksmall"), ...onVm("sqlvm-01")];
  assert.deepEqual(assignments(prediction("small.main")), expected.toSorted());
});

test("when everything exists the roles are the same", () => {
  const expected = [...ALWAYS, ...onBackups("contosobackups"), ...onVm("sqlvm-01")];
  assert.deepEqual(assignments(prediction("existing.main")), expected.toSorted());
});

test("more VMs, a scheduler and actions that DMS checks add one role each, where it is needed", () => {
  const expected = [
    ...ALWAYS,
    ...onBackups("stbaklarge"),
    ...["sqlvm-01", "sqlvm-02", "sqlvm-11"].flatMap(onVm),
    "userAssignedIdentities: Durable Task Data Contributor on taskHubs/sqlferry",
    "userAssignedIdentities: restores on sqlMigrationServices/*",
  ];
  assert.deepEqual(assignments(prediction("large.main")), expected.toSorted());
});

test("a role in another subscription is that subscription's", () => {
  for (const assignment of ofType(prediction("large.main"), "Microsoft.Authorization/roleAssignments")) {
    const [, subscription] = assignment.id.split("/subscriptions/");
    assert.ok(String(at(assignment, "properties.roleDefinitionId")).includes(subscription?.split("/")[0] ?? "none"));
  }
});

test("the custom role's actions are the operations that the adapters send", async () => {
  const senders = globSync("shared/azure/**/*.ts").filter((file) => /\bsendArm\(/.test(readFileSync(file, "utf8")));
  assert.deepEqual(senders.toSorted(), [
    "shared/azure/armRequests.ts",
    "shared/azure/dmsRestoreEngine.ts",
    "shared/azure/sqlVmTarget.ts",
  ]);
  const sent = await operationsSent();
  for (const name of ["small.main", "existing.main"]) {
    const [role] = ofType(prediction(name), "Microsoft.Authorization/roleDefinitions");
    const [permissions] = at(role, "properties.permissions") as Record<string, string[]>[];
    assert.deepEqual(permissions?.["actions"]?.toSorted(), sent);
    for (const other of ["notActions", "dataActions", "notDataActions"]) assert.deepEqual(permissions?.[other], []);
  }
});

/** Every call of the adapters that reach Azure Resource Manager, made once; as Azure names the permission for it. */
async function operationsSent(): Promise<string[]> {
  const operations = new Set<string>();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "", "http://arm").pathname;
    operations.add(operationOf(request.method ?? "", path));
    request.resume();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(path.endsWith("/listKeys") ? { keys: [{ value: "a2V5" }] } : sqlVm));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    const credential = { getToken: async () => ({ token: "token", expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) };
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const engine = createDmsRestoreEngine({
      credential,
      endpoint,
      apiVersion: "2025-06-30",
      serviceResourceId: `${GROUP}/Microsoft.DataMigration/sqlMigrationServices/dms`,
      storageAccountResourceId: `${GROUP}/Microsoft.Storage/storageAccounts/backups`,
    });
    const vm = createSqlVmTarget({ credential, endpoint });
    const target = { sqlVmResourceId: SQL_VM, databaseName: "Sales" };
    const order = {
      target,
      sourceServerName: "SRV",
      sourceDatabaseName: "Sales",
      container: "backups",
      folder: "Sales",
    };
    const calls: Record<keyof typeof engine | keyof typeof vm, () => Promise<unknown>> = {
      observe: () => Promise.all([engine.observe(target), vm.observe(SQL_VM)]),
      start: () => engine.start(order as Parameters<typeof engine.start>[0]),
      cutOver: () => engine.cutOver(target, "1"),
      cancel: () => engine.cancel(target, "1"),
    };
    assert.deepEqual(
      Object.keys(calls).toSorted(),
      [...new Set([...Object.keys(engine), ...Object.keys(vm)])].toSorted(),
    );
    for (const call of Object.values(calls)) await call();
  } finally {
    server.close();
    server.closeAllConnections();
  }
  return [...operations].toSorted();
}

const GROUP = "/subscriptions/s/resourceGroups/g/providers";
const SQL_VM = `${GROUP}/Microsoft.SqlVirtualMachine/sqlVirtualMachines/vm`;
const sqlVm = { properties: { virtualMachineResourceId: `${GROUP}/Microsoft.Compute/virtualMachines/vm` } };

/** "GET …/providers/N.S/types/name" needs N.S/types/read, "POST …/name/verb" N.S/types/verb/action; of nested providers the last counts. */
function operationOf(method: string, path: string): string {
  const [namespace = "", ...segments] = path.split("/providers/").at(-1)?.split("/") ?? [];
  const types = segments.filter((_, position) => position % 2 === 0);
  const verb = { GET: "read", PUT: "write", POST: "action" }[method] ?? method;
  return [namespace, ...types, verb].join("/");
}
