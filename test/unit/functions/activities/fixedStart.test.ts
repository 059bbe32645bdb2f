// Tests that a start is sent as it was decided: once it is fixed nothing changes mode, target or plan, and no late step
// of an ended run does anything.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cutOver } from "../../../../functions/activities/cutOver.ts";
import { endRun } from "../../../../functions/activities/endRun.ts";
import { lookAtCancel } from "../../../../functions/activities/lookAtCancel.ts";
import { lookAtCutover } from "../../../../functions/activities/lookAtCutover.ts";
import { lookAtFolder } from "../../../../functions/activities/lookAtFolder.ts";
import { lookAtRestore } from "../../../../functions/activities/lookAtRestore.ts";
import { lookAtStart } from "../../../../functions/activities/lookAtStart.ts";
import { lookForSlot } from "../../../../functions/activities/lookForSlot.ts";
import { runPreflight } from "../../../../functions/activities/runPreflight.ts";
import { createMigration } from "../../../../functions/http/migrations/createMigration.ts";
import { assessFolder } from "../../../../shared/application/files/assessFolder.ts";
import { draftOf } from "../../../../shared/application/files/ensureMigration.ts";
import type { Migration } from "../../../../shared/migration/migration.ts";
import type { MigrationState } from "../../../../shared/migration/words.ts";
import { full, log } from "../../../support/backupRecords.ts";
import { aMigration } from "../../../support/facts.ts";
import { ask, aWorld, shown, target, VM, type World } from "../../../support/world.ts";

const run = { migrationId: "sales-1", run: 1 };
const watched = { ...run, watch: "watch" };
const otherVm = VM.replace("SQLVM-07", "SQLVM-08");

function aRun(changes: Partial<Migration> = {}): World {
  const world = aWorld(aMigration("sales-1", { target, ...changes }));
  world.records = [full(100, 160), log(150, 200)];
  return world;
}

describe("from the decision to start on", () => {
  test("the migration is preflighting, and the plan that was decided on is kept with it", async () => {
    const world = aRun();
    assert.deepEqual(await lookAtFolder(world.services)(watched, world.log), { end: { end: "startable" } });
    const { report } = await assessFolder(world.services, world.migration());
    assert.deepEqual([world.migration().state, world.migration().startPlan], ["preflighting", report.planVersion]);
  });

  test("a registration with another mode, start policy or target is refused, though a file made the migration", async () => {
    const settings = { TARGET_SQL_VM_RESOURCE_ID: VM.replace("0000", "00000000-0000-0000-0000-000000000000") };
    const world = aWorld(undefined, settings);
    const made = draftOf(world.services, "Sales");
    world.migrations.set(made.migrationId, { migration: made, version: "1", requests: {} });
    world.records = [full(100, 160), log(150, 200)];
    const input = { migrationId: made.migrationId, run: 1, watch: "watch" };
    await lookAtFolder(world.services)(input, world.log);
    const json = {
      source: { folder: "Sales" },
      mode: "offline",
      start: "manual",
      target: { sqlVmResourceId: otherVm },
    };
    assert.equal((await ask(createMigration(world.services), world, { json })).status, 409);
    await lookForSlot(world.services)({ ...input, kind: "start" }, world.log);
    await lookAtStart(world.services)(input, world.log);
    const [order] = world.orders;
    assert.ok(typeof order === "object");
    assert.deepEqual([order.mode, order.target], ["online", made.target]);
  });

  test("a look that is tried again, or a run that is taken up again, does not decide anew", async () => {
    const later: readonly MigrationState[] = ["preflighting", "queued", "starting", "restoring", "cuttingOver"];
    for (const state of later) {
      const world = aRun({ state });
      world.records = []; // without files nothing could start any more
      assert.deepEqual(await lookAtFolder(world.services)(watched, world.log), { end: { end: "startable" } }, state);
      assert.equal(world.migration().state, state);
    }
  });
});

describe("when the turn has come", () => {
  const look = (world: World) => lookAtStart(world.services)(watched, world.log);
  const word = async (world: World) => ({
    kind: "start" as const,
    requestId: "s",
    run: 1,
    by: "Dana",
    at: "t",
    planVersion: (await assessFolder(world.services, world.migration())).report.planVersion,
    chainWasComplete: true,
  });

  test("nothing is sent that the start policy does not allow on the facts as they are then", async () => {
    for (const mode of ["online", "offline"] as const) {
      const world = aRun({ state: "queued", mode, start: "manual" });
      const requested = await word(world);
      world.change({ startPlan: requested.planVersion });
      assert.ok("nextLookSeconds" in (await look(world)));
      assert.deepEqual(world.orders, [], "nobody has said the word");
      world.change({}, { start: requested });
      await look(world);
      assert.equal(world.orders.length, 1);
    }
  });

  test("a file that goes on from the plan belongs to it, and to the word that was said of it", async () => {
    const world = aRun({ state: "queued", mode: "offline", start: "manual" });
    const requested = await word(world);
    world.change({ startPlan: requested.planVersion }, { start: requested });
    world.records = [...world.records, log(200, 300)];
    await look(world);
    const [order] = world.orders;
    assert.equal(typeof order === "object" && order.lastBackupName, "log_200_300.trn");
  });

  test("an offline migration that starts after a quiet time waits for it once more when a file has come", async () => {
    const world = aWorld(aMigration("sales-1", { target, mode: "offline", state: "queued" }), {
      OFFLINE_QUIET_MINUTES: "45",
    });
    world.records = [full(100, 160, { arrivedAt: "2025-11-24T00:00:00.000Z" })];
    const { planVersion } = (await assessFolder(world.services, world.migration())).report;
    world.change({ startPlan: planVersion });
    assert.deepEqual([await look(world), world.orders], [{ nextLookSeconds: 900 }, []]);
    world.now = new Date("2025-11-24T00:45:00.000Z");
    await look(world);
    assert.equal(world.orders.length, 1);
  });

  test("nothing is sent by a look that somebody has overtaken, be it another try of itself or a cancel", async () => {
    const cancel = { kind: "cancel", requestId: "c", run: 1, by: "Dana", at: "t", reason: "r" } as const;
    const meanwhile: readonly ((world: World) => void)[] = [
      (world) => world.change({ state: "starting", request: asked }),
      (world) => world.change({ state: "restoring", request: asked, operationId: "op" }),
      (world) => world.change({}, { cancel }),
      (world) => world.change({ state: "failed" }),
      (world) => world.change({ run: 2, state: "waitingForChain" }),
    ];
    for (const [number, happens] of meanwhile.entries()) {
      const world = aRun({ state: "queued" });
      world.meanwhile = () => happens(world);
      await look(world);
      assert.deepEqual(world.orders, [], `${number}`);
    }
  });
});

const asked = { at: "t", before: "absent", accepted: true, attempts: 1, planVersion: "p" };

describe("a step that comes late, when its run is over,", () => {
  const cutover = {
    kind: "cutover",
    requestId: "c",
    run: 1,
    by: "Dana",
    at: "t",
    planVersion: "",
    sourceClosed: true,
    force: false,
  } as const;
  const steps: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
    LookAtFolder: ({ services, log }) => lookAtFolder(services)(watched, log),
    RunPreflight: ({ services, log }) => runPreflight(services)(watched, log),
    LookForSlot: ({ services, log }) => lookForSlot(services)({ ...watched, kind: "start" }, log),
    LookAtStart: ({ services, log }) => lookAtStart(services)(watched, log),
    LookAtRestore: ({ services, log }) => lookAtRestore(services)(watched, log),
    CutOver: ({ services, log }) => cutOver(services)(run, log),
    LookAtCutover: ({ services, log }) => lookAtCutover(services)(watched, log),
    LookAtCancel: ({ services, log }) => lookAtCancel(services)({ ...watched, end: { end: "canceled" } }, log),
    EndRun: ({ services, log }) => endRun(services)({ ...run, end: { end: "failed" } }, log),
  };
  for (const [name, step] of Object.entries(steps))
    for (const changes of [{ run: 2, state: "queued" }, { state: "failed" }, { state: "succeeded" }] as const)
      test(`${name} asks DMS for nothing and writes nothing: ${JSON.stringify(changes)}`, async () => {
        const world = aRun({ request: asked, operationId: "op", ...changes });
        world.seen = shown();
        world.change({}, { cutover });
        const before = world.migration();
        await step(world);
        // Verdicts are announced at every look.
        const { summary: _, updatedAt: __, ...after } = world.migration();
        const { summary: ___, updatedAt: ____, ...known } = before;
        assert.deepEqual([after, world.orders, world.queue.tickets], [known, [], []]);
      });
});

describe("a run that is taken up again", () => {
  test("goes to where it was: no check, no slot and no order anew for what DMS has begun", async () => {
    for (const state of ["restoring", "readyForCutover", "cuttingOver"] as const) {
      const world = aRun({ state, request: asked, operationId: "op" });
      world.vm = { ...world.vm, powerState: "deallocated" }; // a preflight would fail now
      const held = { ...run, status: "restoring", kind: "start", since: "2025-11-24T00:00:00.000Z" } as const;
      world.queue = { startsSinceCooldown: 1, tickets: [held] };
      const { queue, services, log } = world;
      assert.deepEqual(await runPreflight(services)(watched, log), { end: { end: "passed" } });
      assert.deepEqual(await lookForSlot(services)({ ...watched, kind: "start" }, log), { end: { end: "granted" } });
      assert.deepEqual(await lookAtStart(services)(watched, log), { end: { end: "started" } });
      assert.deepEqual([world.queue, world.orders, world.migration().state], [queue, [], state]);
    }
  });

  test("follows the cutover that DMS was asked for", async () => {
    const world = aRun({ state: "cuttingOver", request: asked, operationId: "op" });
    world.seen = shown({ phase: "completing" });
    assert.deepEqual(await lookAtRestore(world.services)(watched, world.log), { end: { end: "cutoverRequested" } });
  });
});
