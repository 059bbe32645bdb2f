// Tests the contract of every view of a target VM, over the emulated Azure and the real one.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TargetVm } from "../../shared/ports.ts";

export interface VmWorld {
  readonly targetVm: TargetVm;
  /** The resource id of a SQL VM that is running. */
  readonly runningVmId: string;
}

export function targetVmContract(world: () => VmWorld): void {
  test("a running SQL VM is seen with its Compute VM, region and power state", async () => {
    const facts = await world().targetVm.observe(world().runningVmId);
    assert.equal(facts.exists, true);
    assert.equal(facts.powerState, "running");
    assert.match(facts.virtualMachineResourceId ?? "", /Microsoft\.Compute\/virtualMachines/i);
    assert.ok(facts.location);
  });

  test("a SQL VM that is not registered does not exist", async () => {
    assert.deepEqual(await world().targetVm.observe(`${world().runningVmId}-none`), { exists: false });
  });

  test("what is not a resource id is unreadable, with the reason", async () => {
    const facts = await world().targetVm.observe("somewhere");
    assert.equal(facts.exists, "unreadable");
    assert.match(facts.unreadable ?? "", /somewhere/);
  });
}
