// Tests that the SQL VM adapter keeps its contract against the emulator.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createSqlVmTarget } from "../../shared/azure/arm/sqlVmTarget.ts";
import { type EmulatedAzure, emulatedAzure } from "./emulatedAzure.ts";
import { targetVmContract, type VmWorld } from "./targetVm.contract.ts";

describe("target VM on the emulator", () => {
  let azure: EmulatedAzure;
  let world: VmWorld;

  before(async () => {
    azure = await emulatedAzure();
    world = { targetVm: createSqlVmTarget(azure.options), runningVmId: azure.target("x").sqlVmResourceId };
  });
  after(() => azure.stop());

  targetVmContract(() => world);

  test("a marketplace image tells the version and the management mode", async () => {
    const facts = await world.targetVm.observe(world.runningVmId.toUpperCase().replace("/VM1", "/vm1"));
    assert.deepEqual([facts.versionMajor, facts.sqlManagement], [16, "Full"]);
  });

  test("what the service leaves out stays unknown", async () => {
    const facts = await world.targetVm.observe(world.runningVmId.replace("vm1", "vm2"));
    assert.equal(facts.exists, true);
    assert.ok(!("versionMajor" in facts) && !("sqlManagement" in facts));
  });

  test("a VM that is powered off is seen as deallocated", async () => {
    await azure.steer("POST", "faults", { kind: "vmPoweredOff", match: { vm: "vm1" } });
    assert.equal((await world.targetVm.observe(world.runningVmId)).powerState, "deallocated");
    await azure.steer("DELETE", "faults");
  });

  test("without permission or without an answer it is unreadable, not absent", async () => {
    const credential = { getToken: async () => ({ token: "not.ours", expiresOnTimestamp: Date.now() + 3_600_000 }) };
    const refused = await createSqlVmTarget({ ...azure.options, credential }).observe(world.runningVmId);
    assert.equal(refused.exists, "unreadable");
    assert.match(refused.unreadable ?? "", /401 AuthenticationFailed/);
    const silent = await createSqlVmTarget({ ...azure.options, endpoint: "http://127.0.0.1:1" }).observe(
      world.runningVmId,
    );
    assert.equal(silent.exists, "unreadable");
  });
});
