// Tests that the adapters for services, account and network keep their contract against the emulator, and what they do
// beyond it.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createArmBackupAccount } from "../../shared/azure/arm/armBackupAccount.ts";
import { createSqlVmTarget } from "../../shared/azure/arm/sqlVmTarget.ts";
import { createDmsMigrationServices } from "../../shared/azure/dms/dmsMigrationServices.ts";
import { type EmulatedAzure, emulatedAzure } from "./emulatedAzure.ts";
import { migrationServicesContract } from "./migrationServices.contract.ts";

describe("migration services on the emulator", () => {
  let azure: EmulatedAzure;
  before(async () => {
    azure = await emulatedAzure();
  });
  after(() => azure.stop());

  migrationServicesContract(() => ({
    services: azure.services,
    account: azure.account,
    subscriptionId: azure.seed.subscriptionId,
  }));

  test("a new service is provisioned first; creating it again changes nothing, another region is refused", async () => {
    await azure.steer("PUT", "settings", { speed: 0 });
    assert.ok((await azure.services.create("dms2", "westeurope")).ok);
    const early = await azure.services.find("dms2");
    assert.ok(early.kind === "seen" && early.facts.provisioningState === "Provisioning");
    await azure.steer("PUT", "settings", { speed: 100 });
    let later: Awaited<ReturnType<typeof azure.services.find>> = early;
    while (later.kind === "seen" && later.facts.provisioningState === "Provisioning") {
      await pause(20);
      later = await azure.services.find("dms2");
    }
    assert.ok(later.kind === "seen" && later.facts.integrationRuntimeState === "NeedRegistration");
    const keys = await azure.services.authKeys("dms2");
    assert.ok((await azure.services.create("dms2", "westeurope")).ok);
    assert.deepEqual(await azure.services.authKeys("dms2"), keys);
    const elsewhere = await azure.services.create("dms2", "northeurope");
    assert.ok(!elsewhere.ok && elsewhere.failure.code === "InvalidResourceLocation");
  });

  test("a runtime registers with a key, is seen, survives a new key, and is retired", async () => {
    const { services } = azure;
    const before = await services.authKeys("dms1");
    assert.ok(before.ok);
    await azure.steer("POST", "nodes", { nodeName: "HOST1", authKey: before.keys.authKey1 });
    const online = await services.find("dms1");
    assert.ok(online.kind === "seen" && online.facts.integrationRuntimeState === "Online");
    const nodes = await services.nodes("dms1");
    assert.ok(nodes.kind === "seen");
    assert.deepEqual([nodes.facts[0]?.nodeName, nodes.facts[0]?.concurrentJobsRunning], ["HOST1", 0]);

    const fresh = await services.regenerateAuthKey("dms1", "authKey1");
    assert.ok(fresh.ok && fresh.keys.authKey1 !== before.keys.authKey1);
    assert.equal(fresh.keys.authKey2, undefined, "the new key alone");
    const after = await services.authKeys("dms1");
    assert.ok(after.ok && after.keys.authKey1 === fresh.keys.authKey1);
    assert.equal(after.keys.authKey2, before.keys.authKey2);
    const refused = (await azure.steer("POST", "nodes", { nodeName: "X", authKey: before.keys.authKey1 })) as object;
    assert.ok("error" in refused, "the old key is worthless");

    assert.ok((await services.deleteNode("dms1", "HOST1")).ok);
    const gone = await services.deleteNode("dms1", "HOST1");
    assert.ok(!gone.ok && gone.failure.code === "NodeNotFound");
  });

  test("running migrations are listed, whoever started them; those that have ended are not", async () => {
    await azure.drop("Listed", { "f.bak": { kind: "full", from: 100, to: 110, set: "full" } });
    await azure.engine.start(azure.order("Listed"));
    const running = await azure.services.migrations("dms1");
    assert.ok(running.kind === "seen");
    assert.deepEqual(
      running.facts.map(({ databaseName, sqlVmResourceId }) => [databaseName, sqlVmResourceId]),
      [["Listed", azure.target("x").sqlVmResourceId]],
    );
  });

  for (const link of [
    "https://management.azure.com/x?api-version=2025-06-30&$skiptoken=a%2Fb",
    "/subscriptions/x?api-version=2025-06-30&$skiptoken=a%2Fb",
    "?$skiptoken=a%2Fb",
  ])
    test(`a list of several pages is followed by the query of its links, at the configured address: ${link}`, async () => {
      const { seen, asked } = await listOver((page) => (page === 0 ? link : ""));
      assert.ok(seen.kind === "seen");
      assert.deepEqual(
        seen.facts.map(({ databaseName }) => databaseName),
        ["0", "1"],
      );
      assert.match(asked[1] ?? "", /\$skiptoken=a%2Fb/);
      assert.equal(asked.length, 2, "an empty link ends the list");
    });

  test("a page that names itself as the next one ends the list in words", async () => {
    const { seen, asked } = await listOver(() => "?$skiptoken=again");
    assert.ok(seen.kind === "unreadable" && seen.failure.code === "EndlessList");
    assert.equal(asked.length, 2);
  });

  /** What the adapter makes of a list in which each page names the next one. */
  async function listOver(linkOf: (page: number) => string) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const properties = { kind: "SqlVm", scope: "/vm", migrationStatus: "InProgress" };
      const body = { value: [{ name: String(asked.length), properties }], nextLink: linkOf(asked.length) };
      asked.push(request.url ?? "");
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const services = createDmsMigrationServices({ ...azure.options, endpoint: `http://127.0.0.1:${port}` });
    const seen = await services.migrations("dms1");
    server.close();
    return { seen, asked };
  }

  test("the subnets of a VM are found through its network interfaces", async () => {
    const vm = createSqlVmTarget(azure.options);
    const { virtualMachineResourceId = "" } = await vm.observe(azure.target("x").sqlVmResourceId);
    const seen = await vm.subnets(virtualMachineResourceId);
    assert.ok(seen.kind === "seen");
    assert.match(seen.facts[0] ?? "", /virtualNetworks\/vnet1\/subnets\/sql$/);
  });

  test("an account that nobody has, and one that is nobody's id, are told apart", async () => {
    const other = `${azure.options.storageAccountResourceId}x`;
    assert.deepEqual(await createArmBackupAccount({ ...azure.options, storageAccountResourceId: other }).observe(), {
      kind: "absent",
    });
    const wrong = await createArmBackupAccount({ ...azure.options, storageAccountResourceId: "x" }).observe();
    assert.ok(wrong.kind === "unreadable" && wrong.failure.code === "InvalidResourceId");
  });
});
