// Who gets the VM when two decide at the same moment, each on the queue that it has read?
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lookForSlot } from "../../../../functions/activities/lookForSlot.ts";
import { giveSlotBack } from "../../../../functions/activities/slots.ts";
import { askForSlot, type VmQueue } from "../../../../shared/migration/vmQueue.ts";
import { aMigration } from "../../../support/facts.ts";
import { aWorld, VM, type World } from "../../../support/world.ts";

const target = { sqlVmResourceId: VM, databaseName: "Sales" };
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
