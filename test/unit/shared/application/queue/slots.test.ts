// Tests who gets the VM when two decide at the same moment, or when its queue cannot be read.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { endRun } from "../../../../../functions/activities/endRun.ts";
import { lookForSlot } from "../../../../../functions/activities/lookForSlot.ts";
import { stallRun } from "../../../../../functions/activities/stallRun.ts";
import { giveSlotBack } from "../../../../../shared/application/queue/slots.ts";
import { UnreadableRowError } from "../../../../../shared/migration/faults.ts";
import type { VmQueues } from "../../../../../shared/ports.ts";
import { askForSlot, type VmQueue } from "../../../../../shared/queue/vmQueue.ts";
import { aMigration } from "../../../../support/facts.ts";
import { aWorld, target, VM, type World } from "../../../../support/world.ts";

const limits = { maxDatabases: 9, cooldownMinutes: 0 };

const withTicket = (world: World, migrationId: string): VmQueue =>
  askForSlot(world.queue, { migrationId, run: 1, kind: "start" }, limits, world.now).queue;
const idsIn = (queue: VmQueue): string[] => queue.tickets.map(({ migrationId }) => migrationId);

describe("the queue of a VM that somebody else changes meanwhile", () => {
  test("keeps the other's place; who was slower looks again at once, and gets its turn after the other", async () => {
    const world = aWorld(aMigration("sales-1", { target }));
    const look = () =>
      lookForSlot(world.services)({ migrationId: "sales-1", run: 1, kind: "start", watch: "watch" }, world.log);
    world.meanwhileInQueue = () => {
      world.queue = withTicket(world, "other-1");
    };
    assert.deepEqual(await look(), { nextLookSeconds: 1 });
    assert.deepEqual(idsIn(world.queue), ["other-1"]);
    assert.notDeepEqual(await look(), { end: { end: "granted" } });
    assert.deepEqual(idsIn(world.queue), ["other-1", "sales-1"]);
  });

  test("loses the place that is given back, and no other", async () => {
    const world = aWorld(aMigration("sales-1", { target }));
    world.queue = withTicket(world, "sales-1");
    world.meanwhileInQueue = () => {
      world.queue = withTicket(world, "other-1");
    };
    await giveSlotBack(world.services, world.migration(), { stillRestoring: false });
    assert.deepEqual(idsIn(world.queue), ["other-1"]);
  });
});

describe("the queue of a VM that cannot be read", () => {
  const run = { migrationId: "sales-1", run: 1 };
  const spoilt = new UnreadableRowError("VmQueues", "vm", "queue", new Error("resting"), "spoilt");

  function aRestore() {
    const world = aWorld(aMigration("sales-1", { target, state: "restoring", operationId: "op" }));
    const types = () => world.published.map(({ type }) => type.replace("com.sqlferry.", ""));
    return { world, types };
  }

  test("holds up neither the end of a run nor the news of it; its place is given back by the next try", async () => {
    const { world, types } = aRestore();
    world.queue = withTicket(world, "sales-1");
    const { load } = world.services.queues;
    world.services.queues.load = () => Promise.reject(new Error("The table is away."));
    const end = () => endRun(world.services)({ ...run, end: { end: "succeeded" } }, world.log);
    await assert.rejects(end, /The table is away/);
    assert.deepEqual([world.migration().state, types()], ["succeeded", ["migration.succeeded"]]);
    world.services.queues.load = load;
    await end();
    assert.deepEqual([world.queue.tickets, types()], [[], ["migration.succeeded"]]);
  });

  test("holds up neither that a run stalls nor the news of it; its place is given back by the next try", async () => {
    const { world, types } = aRestore();
    world.queue = withTicket(world, "sales-1");
    const { load } = world.services.queues;
    world.services.queues.load = () => Promise.reject(new Error("The table is away."));
    const stall = () => stallRun(world.services)({ ...run, what: "a fault" }, world.log);
    await assert.rejects(stall, /The table is away/);
    assert.deepEqual([world.migration().stalled?.what, types()], ["a fault", ["migration.stalled"]]);
    world.services.queues.load = load;
    await stall();
    assert.deepEqual(
      [world.queue.tickets.map(({ status }) => status), types()],
      [["restoring"], ["migration.stalled"]],
    );
  });

  test("is written anew from the records, told once, and the next in line waits for those who are at DMS", async () => {
    const world = aWorld(aMigration("sales-1", { target, state: "queued" }));
    const other = aMigration("other-1", { target, state: "cuttingOver", operationId: "op" });
    const elsewhere = { ...target, sqlVmResourceId: VM.replace("SQLVM-07", "SQLVM-08") };
    for (const migration of [other, aMigration("far-1", { target: elsewhere, state: "restoring" })])
      world.migrations.set(migration.migrationId, { migration, version: "x", requests: {} });
    const { load, save } = world.services.queues;
    let isSpoilt = true;
    const queues: VmQueues = {
      load: (vmKey) => (isSpoilt ? Promise.reject(spoilt) : load(vmKey)),
      list: world.services.queues.list,
      save: async (vmKey, queue, version) => {
        if (!isSpoilt) return save(vmKey, queue, version);
        if (version !== "spoilt") return "conflict";
        isSpoilt = false;
        return save(vmKey, queue, undefined);
      },
    };
    const found = await lookForSlot({ ...world.services, queues })(
      { ...run, kind: "cutover", watch: "watch" },
      world.log,
    );
    assert.notDeepEqual(found, { end: { end: "granted" } });
    assert.deepEqual(
      world.queue.tickets.map(({ migrationId, status, kind }) => [migrationId, status, kind]),
      [
        ["other-1", "holding", "cutover"],
        ["sales-1", "waiting", "cutover"],
      ],
    );
    assert.match(world.faults.join(), /written anew from the records/);
  });
});
