// Tests what is repaired when a process died half-way, or an answer was lost: a line, a run, a slot on a VM, a
// registration, a request.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { endRun } from "../../../functions/activities/endRun.ts";
import { createMigration } from "../../../functions/http/migrations/createMigration.ts";
import { UnreadableRowError } from "../../../shared/migration/faults.ts";
import { ENDED, type MigrationFacts } from "../../../shared/migration/migration.ts";
import type { Ticket, VmQueue } from "../../../shared/queue/vmQueue.ts";
import { full } from "../../support/backupRecords.ts";
import { type DurableHost, startDurableHost } from "../../support/durableHost.ts";
import { aMigration } from "../../support/facts.ts";
import { sweepAll } from "../../support/sweep.ts";
import { ask, aWorld, target, type World } from "../../support/world.ts";

let durable: DurableHost;
before(async () => {
  durable = await startDurableHost();
});
after(() => durable.stop());

const body = { source: { folder: "Sales", databaseName: "SalesDb" }, target, mode: "offline", start: "manual" };

function aRegistry() {
  const world = aWorld();
  world.durableUrl = durable.url;
  durable.started.length = 0;
  durable.status.clear();
  const repaired: string[] = [];
  const migrations = {
    ...world.services.migrations,
    repairLine: async ({ migration }: MigrationFacts) => void repaired.push(migration.migrationId),
  };
  const services = { ...world.services, migrations };
  return { world, repaired, create: (json: unknown) => ask(createMigration(services), world, { json }) };
}

describe("a registration", () => {
  test("said again in the same words, because its answer was lost, is answered once more, and changes nothing", async () => {
    const { world, create } = aRegistry();
    const first = await create(body);
    const known = world.migration(first.body.migrationId);
    const again = await create(body);
    assert.deepEqual([first.status, again.status, again.body], [201, 200, first.body]);
    assert.equal(again.headers["location"], first.headers["location"]);
    assert.deepEqual([world.migration(), world.audit.length, durable.started.length], [known, 1, 1]);
  });

  test("said again in other words is refused", async () => {
    for (const other of [{ mode: "online" }, { start: "auto" }, { target: { ...target, databaseName: "Sales2" } }]) {
      const { create } = aRegistry();
      await create(body);
      assert.equal((await create({ ...body, ...other })).status, 409, JSON.stringify(other));
    }
  });

  test("by somebody else, or of a run that has ended, is refused though the words are the same", async () => {
    for (const changes of [{ createdBy: "Dana" }, ...ENDED.map((state) => ({ state }))]) {
      const { world, create } = aRegistry();
      await create(body);
      world.change(changes);
      assert.equal((await create(body)).status, 409, JSON.stringify(changes));
    }
  });

  test("that died before its line and its run were there gets both by the next one, whatever that is answered", async () => {
    for (const words of [body, { ...body, mode: "online" }]) {
      const { world, repaired, create } = aRegistry();
      const { migrationId } = (await create(body)).body;
      durable.started.length = 0; // the run was never started
      repaired.length = 0;
      await create(words);
      assert.deepEqual([repaired, durable.started], [[migrationId], [`mig-${migrationId}-run-1`]]);
      assert.ok(world.migration());
    }
  });
});

describe("the sweep", () => {
  const ticket = (changes: Partial<Ticket>): Ticket => ({
    migrationId: "sales-1",
    run: 1,
    status: "holding",
    kind: "start",
    since: "2025-11-24T00:00:00.000Z",
    ...changes,
  });
  const swept = async (queue: VmQueue, changes: Parameters<World["change"]>[0]): Promise<VmQueue> => {
    const world = aWorld(aMigration("sales-1", { target, state: "starting", ...changes }));
    world.durableUrl = durable.url;
    world.queue = queue;
    await sweepAll(world.services, world.log);
    return world.queue;
  };

  test("frees the places of runs that are over, and of migrations that are nowhere", async () => {
    const others = [ticket({ run: 0 }), ticket({ migrationId: "nobody-1", status: "restoring" })];
    const queue: VmQueue = { startsSinceCooldown: 3, tickets: [...others, ticket({})] };
    assert.deepEqual(await swept(queue, {}), { startsSinceCooldown: 3, tickets: [ticket({})] });
    for (const state of ENDED) assert.deepEqual((await swept(queue, { state })).tickets, []);
  });

  test("frees them although another migration of the VM cannot be read: that one keeps its place", async () => {
    const world = aWorld(aMigration("sales-1", { target, state: "failed" }));
    world.durableUrl = durable.url;
    world.queue = { startsSinceCooldown: 2, tickets: [ticket({ migrationId: "spoilt-1" }), ticket({})] };
    const { facts } = world.services.migrations;
    world.services.migrations.facts = async (id) => {
      if (id === "spoilt-1") throw new UnreadableRowError("Migrations", id, "migration", new Error("resting"));
      return facts(id);
    };
    await sweepAll(world.services, world.log);
    assert.deepEqual(world.queue.tickets, [ticket({ migrationId: "spoilt-1" })]);
  });

  test("leaves a queue alone in which everybody lives", async () => {
    const queue: VmQueue = { startsSinceCooldown: 1, tickets: [ticket({ status: "restoring" })] };
    assert.equal(await swept(queue, { state: "restoring" }), queue);
  });
});

test("the end of a run answers every request that is open", async () => {
  const world = aWorld(aMigration("sales-1", { target, state: "restoring" }));
  world.records = [full(100, 160)];
  const requested = { run: 1, by: "Dana", at: "t" };
  const plan = { planVersion: "p" };
  world.change(
    {},
    {
      start: { ...requested, ...plan, kind: "start", requestId: "s", chainWasComplete: true },
      cutover: { ...requested, ...plan, kind: "cutover", requestId: "c", sourceClosed: true, force: false },
      cancel: { ...requested, kind: "cancel", requestId: "x", reason: "r" },
    },
  );
  await endRun(world.services)({ migrationId: "sales-1", run: 1, end: { end: "canceled" } }, world.log);
  const { start, cutover, cancel } = world.requests();
  assert.deepEqual(
    [start, cutover, cancel].map((request) => request?.outcome?.status),
    ["superseded", "superseded", "done"],
  );
});
