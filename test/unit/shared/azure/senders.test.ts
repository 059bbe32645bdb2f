// Tests that a token is requested for the cloud that is called, and that what an adapter is refused, or does not know,
// is logged once.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { createArmBackupAccount } from "../../../../shared/azure/arm/armBackupAccount.ts";
import { armSender } from "../../../../shared/azure/arm/armRequests.ts";
import { noteOnce } from "../../../../shared/azure/arm/notes.ts";
import { createSqlVmTarget } from "../../../../shared/azure/arm/sqlVmTarget.ts";
import { CLOUDS } from "../../../../shared/azure/clouds.ts";
import { createDmsMigrationServices } from "../../../../shared/azure/dms/dmsMigrationServices.ts";
import { createDmsRestoreEngine } from "../../../../shared/azure/dms/dmsRestoreEngine.ts";

/** The scope of the token request; no token is returned, so nothing is sent. */
async function scopeAt(endpoint: string): Promise<string | string[] | undefined> {
  let asked: string | string[] | undefined;
  const unavailable = Object.assign(new Error("no token"), { name: "CredentialUnavailableError" });
  const send = armSender({
    endpoint,
    credential: {
      getToken: (scopes) => {
        asked = scopes;
        return Promise.reject(unavailable);
      },
    },
  });
  const values = { subscriptionId: "s", resourceProviderNamespace: "Microsoft.DataMigration" };
  const answer = await send({ operation: "Providers_Get", values, apiVersion: "2021-04-01" });
  assert.deepEqual(answer, { kind: "silent", message: "no token" });
  return asked;
}

test("a token is asked for the Resource Manager of the cloud that is called", async () => {
  for (const { resourceManager } of CLOUDS)
    for (const endpoint of [resourceManager, `${resourceManager}/`])
      assert.equal(await scopeAt(endpoint), `${resourceManager}/.default`);
  assert.equal(await scopeAt("http://127.0.0.1:9"), "https://management.azure.com/.default", "an emulator");
});

const GROUP = "/subscriptions/0f0f0f0f-0000-4000-8000-000000000001/resourceGroups/rg1/providers";
const SQL_VM = `${GROUP}/Microsoft.SqlVirtualMachine/sqlVirtualMachines/vm1`;

describe("what is written to the log", () => {
  let server: Server;
  let endpoint = "";
  let answer: (url: string) => { readonly status: number; readonly body: unknown } = () => ({ status: 500, body: {} });
  let lines: string[] = [];
  let answers = 0;
  before(async () => {
    server = createServer((request, response) => {
      const { status, body } = answer(request.url ?? "");
      response.writeHead(status, { "content-type": "application/json", "x-ms-request-id": `r-${++answers}` });
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    lines = [];
    answers = 0;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  function adapters() {
    const access = {
      credential: { getToken: async () => ({ token: "t", expiresOnTimestamp: Date.now() + 3_600_000 }) },
      endpoint,
      note: noteOnce((line) => lines.push(line)),
    };
    const storageAccountResourceId = `${GROUP}/Microsoft.Storage/storageAccounts/account1`;
    const serviceResourceId = `${GROUP}/Microsoft.DataMigration/sqlMigrationServices/dms1`;
    const dms = { ...access, apiVersion: "2025-06-30", serviceResourceId };
    return {
      engine: createDmsRestoreEngine({
        ...dms,
        storageAccountResourceId,
        secrets: { read: async () => ({ ok: true, value: "secret" }) },
      }),
      services: createDmsMigrationServices(dms),
      account: createArmBackupAccount({ ...access, storageAccountResourceId }),
      vm: createSqlVmTarget(access),
    };
  }

  test("every adapter tells what it was refused, with x-ms-request-id, once however often it happens", async () => {
    answer = () => ({ status: 403, body: { error: { code: "AuthorizationFailed", message: "No read." } } });
    const { engine, services, account, vm } = adapters();
    for (let round = 0; round < 2; round++) {
      await engine.observe({ sqlVmResourceId: SQL_VM, databaseName: "Sales" });
      await services.find("dms1");
      await services.nodes("dms1");
      await account.observe();
      await vm.observe(SQL_VM);
    }
    assert.equal(answers, 10);
    assert.deepEqual(
      lines,
      [
        "DatabaseMigrationsSqlVm_Get",
        "SqlMigrationServices_Get",
        "SqlMigrationServices_ListMonitoringData",
        "StorageAccounts_GetProperties",
        "SqlVirtualMachines_Get",
      ].map(
        (operation, index) =>
          `Azure refused ${operation}: 403 AuthorizationFailed: No read. (x-ms-request-id r-${index + 1})`,
      ),
    );
  });

  test("that a service or a migration is not there is no refusal", async () => {
    answer = () => ({ status: 404, body: { error: { code: "ResourceNotFound", message: "none" } } });
    assert.deepEqual(await adapters().services.find("dms1"), { kind: "absent" });
    assert.deepEqual(lines, []);
  });

  test("unknown states of a service, its runtime, the VM and its extension are told once, with Azure's word", async () => {
    answer = (url) =>
      url.includes("/sqlMigrationServices/")
        ? { status: 200, body: { properties: { provisioningState: "Dreaming", integrationRuntimeState: "Humming" } } }
        : url.includes("/instanceView")
          ? { status: 200, body: { statuses: [{ code: "PowerState/hibernated" }] } }
          : {
              status: 200,
              body: {
                properties: {
                  sqlManagement: "Featherweight",
                  virtualMachineResourceId: `${GROUP}/Microsoft.Compute/virtualMachines/vm1`,
                },
              },
            };
    const { services, vm } = adapters();
    for (let round = 0; round < 2; round++) {
      await services.find("dms1");
      await vm.observe(SQL_VM);
    }
    assert.deepEqual(lines, [
      'Azure shows an unknown provisioningState of a migration service: "Dreaming".',
      'Azure shows an unknown integrationRuntimeState: "Humming".',
      'Azure shows an unknown sqlManagement of a SQL virtual machine: "Featherweight".',
      'Azure shows an unknown power state of a VM: "hibernated".',
    ]);
  });
});
