// Tests what may be changed of a registration, until when, and that no other change and no claimed target is
// overwritten.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lookForSlot } from "../../../../../functions/activities/lookForSlot.ts";
import { changeMigration } from "../../../../../functions/http/migrations/changeMigration.ts";
import { getMigration } from "../../../../../functions/http/migrations/getMigration.ts";
import type { Migration, StartRequest } from "../../../../../shared/migration/migration.ts";
import type { MigrationState } from "../../../../../shared/migration/words.ts";
import { inLine } from "../../../../../shared/queue/queueOrder.ts";
import { aMigration } from "../../../../support/facts.ts";
import { ask, aWorld, target, VM } from "../../../../support/world.ts";

const params = { id: "sales-1" };
const OTHER_VM = VM.replace("SQLVM-07", "SQLVM-08");

function aChange(changes: Partial<Migration> = {}, settings: Readonly<Record<string, string>> = {}) {
  const world = aWorld(aMigration("sales-1", { target, ...changes }), settings);
  const change = (json: unknown, headers: Readonly<Record<string, string>> = {}) =>
    ask(changeMigration(world.services), world, { method: "PATCH", params, json, headers });
  const look = async () => (await ask(getMigration(world.services), world, { method: "GET", params })).body;
  return { world, change, look };
}

const typeOf = ({ body }: { readonly body: { readonly type: string } }): string => body.type.split("/").at(-1) ?? "";

describe("a change", () => {
  test("of priority and wave is taken in every state, shown, audited, and wakes the run", async () => {
    for (const state of ["waitingForChain", "queued", "restoring", "cuttingOver", "failed"] as MigrationState[]) {
      const { world, change, look } = aChange({ state });
      const { status, body } = await change({ priority: 90, wave: 3 });
      assert.deepEqual([status, body.priority, body.wave], [200, 90, 3], state);
      assert.deepEqual([(await look()).priority, (await look()).wave], [90, 3]);
      const [audit] = world.audit;
      assert.deepEqual([audit?.action, audit?.facts["priority"], audit?.facts["wave"]], ["change", 90, 3]);
      assert.equal(world.signalled.length, state === "failed" ? 0 : 1, state);
      assert.deepEqual(world.published, [], "nobody is told of a rank");
    }
  });

  test("by null takes away what was said, and what is left out stays", async () => {
    const { change, look } = aChange({ priority: 90, wave: 3 });
    assert.deepEqual(
      [(await change({ priority: null })).status, (await look()).priority, (await look()).wave],
      [200, undefined, 3],
    );
  });

  test("of a rank moves who waits to its new place at its next look", async () => {
    const { world, change } = aChange({ state: "queued" });
    const at = (minute: number) => `2025-11-24T00:0${minute}:00.000Z`;
    const holding = { migrationId: "h", run: 1, status: "holding", kind: "start", since: at(0) } as const;
    const waiting = { migrationId: "other", run: 1, status: "waiting", kind: "start", since: at(1) } as const;
    world.queue = { startsSinceCooldown: 1, tickets: [holding, waiting] };
    const look = () =>
      lookForSlot(world.services)({ migrationId: "sales-1", run: 1, kind: "start", watch: "watch" }, world.log);
    await look();
    assert.deepEqual(
      inLine(world.queue).map(({ migrationId }) => migrationId),
      ["other", "sales-1"],
    );
    await change({ priority: 51 });
    await look();
    assert.deepEqual(
      inLine(world.queue).map(({ migrationId }) => migrationId),
      ["sales-1", "other"],
    );
  });

  test("of mode, start, source and target is taken before the start is fixed", async () => {
    const { world, change } = aChange();
    const json = {
      mode: "offline",
      start: "manual",
      source: { databaseName: "Orders" },
      target: { databaseName: "Sales2" },
    };
    assert.equal((await change(json)).status, 200);
    const { mode, start, source, target: after } = world.migration();
    assert.deepEqual([mode, start, source.databaseName, source.folder], ["offline", "manual", "Orders", "Sales"]);
    assert.deepEqual(after, { sqlVmResourceId: VM, databaseName: "Sales2" });
    assert.equal((await change({ source: { databaseName: null } })).status, 200);
    assert.equal(world.migration().source.databaseName, undefined);
  });

  test("of them is refused once the start is fixed, and says what leads on; nothing is written", async () => {
    for (const state of ["preflighting", "queued", "restoring", "canceling", "failed", "succeeded"] as MigrationState[])
      for (const json of [
        { mode: "offline" },
        { start: "manual" },
        { source: { databaseName: "X" } },
        { target: { databaseName: "X" }, priority: 3 },
      ]) {
        const { world, change } = aChange({ state });
        const refused = await change(json);
        assert.deepEqual([refused.status, typeOf(refused), refused.body.state], [409, "not-changeable", state]);
        assert.deepEqual([world.migration().priority, world.audit.length], [undefined, 0]);
      }
  });

  test("gives a draft its target, and it goes on", async () => {
    const world = aWorld(aMigration("sales-1", { state: "draft" }));
    const { status } = await ask(changeMigration(world.services), world, {
      method: "PATCH",
      params,
      json: { target: { sqlVmResourceId: VM } },
    });
    assert.deepEqual([status, world.migration().state, world.migration().target], [200, "waitingForChain", target]);
  });

  test("to a target that another migration has is refused; to its own again it changes nothing", async () => {
    const { world, change } = aChange();
    const rival = aMigration("hr-1", { target: { sqlVmResourceId: OTHER_VM, databaseName: "HR" }, state: "restoring" });
    world.migrations.set("hr-1", { migration: rival, version: "x", requests: {} });
    const refused = await change({ target: { sqlVmResourceId: OTHER_VM, databaseName: "hr" } });
    assert.deepEqual([refused.status, typeOf(refused), refused.body.migrationId], [409, "duplicate-target", "hr-1"]);
    assert.equal((await change({ target: { databaseName: "Sales" } })).status, 200);
    assert.equal(world.audit.length, 0);
  });

  test("of mode or target ends a word to start that was meant for another registration", async () => {
    const { world, change } = aChange({ start: "manual" });
    const start: StartRequest = {
      ...{ kind: "start", requestId: "sales-1-run-1-start-1", run: 1, by: "Dana", at: "t" },
      ...{ planVersion: "p", chainWasComplete: false },
    };
    world.change({}, { start });
    await change({ priority: 3 });
    assert.equal(world.requests().start?.outcome, undefined);
    await change({ target: { databaseName: "Sales2" } });
    assert.equal(world.requests().start?.outcome?.status, "superseded");
  });

  test("that names a registration is taken only while that is the one; what a run does changes none", async () => {
    const { world, change, look } = aChange();
    const { registrationVersion } = await look();
    world.change({ state: "queued", updatedAt: "2025-11-24T00:20:00.000Z" });
    const taken = await change({ priority: 7 }, { "if-match": `"${registrationVersion}"` });
    assert.equal(taken.status, 200);
    assert.notEqual(taken.body.registrationVersion, registrationVersion);
    const stale = await change({ priority: 8 }, { "if-match": `"${registrationVersion}"` });
    assert.deepEqual([stale.status, typeOf(stale)], [412, "registration-changed"]);
    assert.equal(stale.body.registrationVersion, taken.body.registrationVersion);
    assert.equal(world.migration().priority, 7);
  });

  test("is not understood with other members, or beyond its bounds", async () => {
    const { change } = aChange();
    for (const json of [
      { priority: 101 },
      { priority: 1.5 },
      { priority: "high" },
      { wave: -1 },
      { tags: ["x"] },
      { mode: null },
      { source: { folder: "Other" } },
      { target: { databaseName: "a/b" } },
    ])
      assert.equal((await change(json)).status, 400, JSON.stringify(json));
  });

  test("of nothing is answered, and writes nothing", async () => {
    const { world, change } = aChange({ priority: 5 });
    for (const json of [{}, { priority: 5 }, { start: "auto" }]) assert.equal((await change(json)).status, 200);
    assert.equal(world.audit.length, 0);
  });

  test("that somebody else was quicker with is decided anew", async () => {
    const { world, change } = aChange();
    world.meanwhile = () => world.change({ wave: 4 });
    assert.equal((await change({ priority: 90 })).status, 200);
    assert.deepEqual([world.migration().priority, world.migration().wave], [90, 4]);
  });
});
