// Tests that the emulator's limits and faults take effect when they should, and not otherwise.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Fault, isActive, take } from "../../../../local/arm/faults.ts";
import { isFull } from "../../../../local/arm/vmCapacity.ts";

const limits = { maxDatabases: 2, cooldownMs: 100 };
const ended = (createdAt: number, endedAt: number) => ({ createdAt, phase: { at: "succeeded", endedAt } as const });
const running = (createdAt: number) => ({ createdAt, phase: { at: "restoring" } as const });

describe("a VM", () => {
  for (const [what, runs, now, full] of [
    ["takes databases up to its limit", [running(0)], 10, false],
    ["takes no more while one of them runs", [running(0), ended(1, 50)], 1_000, true],
    ["takes none while it rests", [ended(0, 40), ended(1, 50)], 149, true],
    ["takes some again when it has rested since the last end", [ended(0, 40), ended(1, 50)], 150, false],
    ["counts anew after its rest", [ended(0, 40), ended(1, 50), running(150)], 200, false],
    ["is full again after as many", [ended(0, 40), ended(1, 50), running(150), running(160)], 900, true],
  ] as const)
    test(what, () => assert.equal(isFull(runs, limits, now), full));
});

describe("a fault", () => {
  const fault = (more: Partial<Fault> = {}): Fault => ({ kind: "throttle429", match: {}, times: 1, after: 0, ...more });
  const at = { vm: "VM1", targetDb: "Sales", method: "GET" };

  test("strikes as often as it says, then is gone", () => {
    const first = take([fault({ times: 2 })], ["throttle429"], at);
    const second = take(first.left, ["throttle429"], at);
    assert.deepEqual([first.kind, second.kind, second.left], ["throttle429", "throttle429", []]);
  });

  test("lets as many occasions pass as it says", () => {
    const first = take([fault({ after: 1 })], ["throttle429"], at);
    assert.equal(first.kind, undefined);
    assert.equal(take(first.left, ["throttle429"], at).kind, "throttle429");
  });

  test("fits by VM, database and method, without case; other occasions leave it alone", () => {
    const one = fault({ match: { vm: "vm1", targetDb: "sales", method: "get" } });
    assert.equal(take([one], ["throttle429"], at).kind, "throttle429");
    for (const other of [{ ...at, vm: "vm2" }, { ...at, targetDb: "HR" }, { ...at, method: "PUT" }, { vm: "VM1" }])
      assert.deepEqual(take([one], ["throttle429"], other), { left: [one] });
    assert.deepEqual(take([one], ["lostAnswer"], at), { left: [one] });
    assert.ok(isActive([one], "throttle429", at) && !isActive([one], "vmPoweredOff", at));
  });
});
