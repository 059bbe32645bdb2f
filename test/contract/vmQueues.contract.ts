// Tests the contract of every store of VM queues: one decision at a time; a decision on an old version of the queue is
// made anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { VmQueues } from "../../shared/ports.ts";
import { EMPTY_QUEUE, type VmQueue } from "../../shared/queue/vmQueue.ts";

export function vmQueuesContract(queues: () => VmQueues, freshVm: () => string): void {
  const queueOf = (length: number): VmQueue => ({
    startsSinceCooldown: length,
    tickets: Array.from({ length }, (_, index) => ({
      migrationId: `sales-${index}`,
      run: 1,
      status: "waiting",
      kind: "start",
      since: "2025-11-24T20:46:00.000Z",
    })),
  });

  test("a VM that nobody asked for has an empty queue", async () => {
    assert.deepEqual(await queues().load(freshVm()), { queue: EMPTY_QUEUE, version: undefined });
  });

  test("a saved queue is loaded as it was, however many wait", async () => {
    const vm = freshVm();
    const queue = { ...queueOf(1000), cooldownUntil: "2025-11-24T21:16:00.000Z" };
    assert.equal(await queues().save(vm, queue, undefined), "saved");
    assert.deepEqual((await queues().load(vm)).queue, queue);
  });

  test("of two first savers one is told to decide anew", async () => {
    const vm = freshVm();
    assert.equal(await queues().save(vm, queueOf(1), undefined), "saved");
    assert.equal(await queues().save(vm, queueOf(2), undefined), "conflict");
    assert.deepEqual((await queues().load(vm)).queue, queueOf(1));
  });

  test("who decided on an old queue is told to decide anew", async () => {
    const vm = freshVm();
    await queues().save(vm, queueOf(1), undefined);
    const { version } = await queues().load(vm);
    assert.equal(await queues().save(vm, queueOf(2), version), "saved");
    assert.equal(await queues().save(vm, queueOf(3), version), "conflict");
    assert.deepEqual((await queues().load(vm)).queue, queueOf(2));
  });

  test("every VM's queue is listed, by key", async () => {
    const [one, other] = [freshVm(), freshVm()];
    await queues().save(one, queueOf(1), undefined);
    await queues().save(other, queueOf(2), undefined);
    const listed = await queues().list();
    const found = new Map(listed.map((each) => [each.vmKey, "queue" in each && each.queue]));
    assert.deepEqual([found.get(one), found.get(other)], [queueOf(1), queueOf(2)]);
    const keys = listed.map(({ vmKey }) => vmKey);
    assert.deepEqual(keys, [...keys].sort());
  });
}
