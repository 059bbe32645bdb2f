// Tests that a cutover that never reached DMS passes the gate again when it is repeated, perhaps hours later.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cutOver } from "../../../../functions/activities/cutOver.ts";
import { lookAtCutover } from "../../../../functions/activities/lookAtCutover.ts";
import { lookAtRestore } from "../../../../functions/activities/lookAtRestore.ts";
import { lookForSlot } from "../../../../functions/activities/lookForSlot.ts";
import type { CutoverRequest } from "../../../../shared/migration/migration.ts";
import type { EngineAnswer } from "../../../../shared/migration/observed.ts";
import { full, log, setGuidOf, unreadable } from "../../../support/backupRecords.ts";
import { aMigration, fieldOf } from "../../../support/facts.ts";
import { aWorld, shown, VM } from "../../../support/world.ts";

const run = { migrationId: "sales-1", run: 1 };
const watched = { ...run, watch: "watch" };
const base = full(100, 160);
const records = [base, log(150, 200), log(200, 300)];
const lastRestoredFile = "log_200_300.trn";
const restored = shown({ details: { currentFile: lastRestoredFile, lastRestoredFile } });
const refused = (kind: "wait" | "user"): EngineAnswer => ({
  ok: false,
  failure: { code: "No", message: "Not now.", cause: "c", remedy: "r", kind },
});

/** A cutover that was sent, and never reached DMS as far as DMS shows. */
async function aLostCutover(changes: Partial<CutoverRequest> = {}) {
  const progress = { started: true, restoredSetGuids: [], anchorSetGuid: setGuidOf(base), positionLsn: 300n };
  const target = { sqlVmResourceId: VM, databaseName: "Sales" };
  const world = aWorld(aMigration("sales-1", { target, state: "restoring", operationId: "op", progress }));
  world.records = records;
  world.seen = restored;
  await lookAtRestore(world.services)(watched, world.log);
  const planVersion = world.migration().summary?.planVersion ?? assert.fail("There is no plan.");
  const at = world.now.toISOString();
  const request: CutoverRequest = {
    ...{ kind: "cutover", requestId: "w", run: 1, by: "Dana", at, planVersion, sourceClosed: true, force: false },
    ...changes,
  };
  world.change({}, { cutover: request });
  await lookForSlot(world.services)({ ...watched, kind: "cutover" }, world.log);
  world.answer = refused("wait");
  assert.deepEqual(await cutOver(world.services)(run, world.log), { accepted: true });
  world.answer = { ok: true };
  const later = (minutes: number) => {
    world.now = new Date(world.now.getTime() + minutes * 60_000);
  };
  const told = (type: string) => world.published.filter((event) => event.type === `com.sqlferry.${type}`);
  return { world, later, told, look: () => lookAtCutover(world.services)(watched, world.log) };
}

describe("a cutover that DMS never got", () => {
  test("is asked for again when nothing has changed", async () => {
    const { world, later, look } = await aLostCutover();
    later(120);
    assert.ok("nextLookSeconds" in (await look()));
    assert.deepEqual(world.orders, ["cutOver", "cutOver"]);
  });

  test("is given a minute after each request, before DMS is asked once more: it shows late what it was asked for", async () => {
    const { world, later, look } = await aLostCutover();
    later(120);
    for (const seconds of [0, 30, 29]) {
      world.now = new Date(world.now.getTime() + seconds * 1_000);
      await look();
      assert.equal(world.orders.length, 2);
    }
    later(1);
    await look();
    assert.equal(world.orders.length, 3);
  });

  test("is asked for by one of two looks at the same moment", async () => {
    const { world, later, look } = await aLostCutover();
    later(120);
    await Promise.all([look(), look()]);
    assert.equal(world.orders.length, 2);
  });

  test("is not asked for again past a log that has come meanwhile: it is refused, and the restore goes on with that log", async () => {
    const { world, later, told, look } = await aLostCutover();
    world.records = [...records, log(300, 400)];
    later(120);
    assert.deepEqual(await look(), { end: { end: "refused" } });
    assert.deepEqual(world.orders, ["cutOver"]);
    const { state, progress } = world.migration();
    assert.deepEqual([state, progress.cutoverRequestedAt], ["restoring", undefined]);
    assert.equal(world.requests().cutover?.outcome?.status, "refused");
    assert.match(String(fieldOf(told("cutover.refused")[0]?.data, "detail")), /log_300_400\.trn/);
    assert.equal(told("alarm.late-file").length, 0, "it is not too late");
    assert.equal(world.queue.tickets[0]?.status, "restoring", "the VM's other databases have their turn");
    await lookAtRestore(world.services)(watched, world.log);
    assert.equal(world.migration().summary?.lastBackupName, "log_300_400.trn");
  });

  test("nor past a file that nobody has read yet, nor by force past a plan that has changed", async () => {
    const [{ content: _, ...unread }] = [log(300, 400)];
    const { world, later, look } = await aLostCutover();
    world.files = [...records.map(({ content: __, ...file }) => file), unread];
    later(120);
    assert.deepEqual(await look(), { end: { end: "refused" } });
    const forced = await aLostCutover({ force: true, reason: "The source is gone." });
    forced.world.records = [...records, log(300, 400)];
    forced.later(120);
    assert.deepEqual(await forced.look(), { end: { end: "refused" } });
    const unseen = await aLostCutover({ force: true, reason: "The source is gone." });
    unseen.world.records = [...records, unreadable("tail.trn", "TRUNCATED")];
    unseen.later(120);
    assert.deepEqual(await unseen.look(), { end: { end: "refused" } }, "nobody has seen that file");
    for (const one of [world, forced.world, unseen.world]) assert.deepEqual(one.orders, ["cutOver"]);
  });

  test("that DMS refuses for now, for a while, is sent past no log that comes in that time", async () => {
    const { world, later, look } = await aLostCutover();
    world.answer = refused("wait");
    for (let minute = 2; minute < 30; minute++) {
      later(1);
      assert.ok("nextLookSeconds" in (await look()));
    }
    const { length } = world.orders;
    assert.ok(length > 10);
    world.records = [...records, log(300, 400)];
    world.answer = { ok: true };
    later(1);
    assert.deepEqual([await look(), world.orders.length], [{ end: { end: "refused" } }, length]);
  });

  test("waits when the facts of the gate cannot be had, and is asked for when they can", async () => {
    const { world, later, look } = await aLostCutover();
    later(120);
    const { engine } = world.services;
    const { observe } = engine;
    let looks = 0;
    const failure = { code: "Busy", message: "m", cause: "c", remedy: "r", kind: "wait" } as const;
    engine.observe = async (target) => (++looks > 1 ? { kind: "unavailable", failure } : observe(target));
    assert.ok("nextLookSeconds" in (await look()));
    assert.deepEqual([world.orders, world.migration().waitingOn?.code], [["cutOver"], "Busy"]);
    engine.observe = observe;
    await look();
    assert.deepEqual([world.orders, world.migration().waitingOn], [["cutOver", "cutOver"], undefined]);
  });
});
