// Tests what it means to forget a migration: no request finds it any more, its target is free, its audit is kept, its
// run is never used again.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { endRun } from "../../../../../functions/activities/endRun.ts";
import { lookAtFolder } from "../../../../../functions/activities/lookAtFolder.ts";
import { cancelMigration } from "../../../../../functions/http/commands/cancelMigration.ts";
import { getOperation } from "../../../../../functions/http/commands/getOperation.ts";
import { restartMigration } from "../../../../../functions/http/commands/restartMigration.ts";
import { changeMigration } from "../../../../../functions/http/migrations/changeMigration.ts";
import { createMigration } from "../../../../../functions/http/migrations/createMigration.ts";
import { forgetMigration } from "../../../../../functions/http/migrations/forgetMigration.ts";
import { getMigration } from "../../../../../functions/http/migrations/getMigration.ts";
import { listAudit } from "../../../../../functions/http/migrations/listAudit.ts";
import { listEvents } from "../../../../../functions/http/migrations/listEvents.ts";
import { listFiles } from "../../../../../functions/http/migrations/listFiles.ts";
import { listMigrations } from "../../../../../functions/http/migrations/listMigrations.ts";
import { getMetrics } from "../../../../../functions/http/status/getMetrics.ts";
import { announceVerdicts } from "../../../../../shared/application/files/announceVerdicts.ts";
import { migrationIdOf } from "../../../../../shared/migration/ids.ts";
import { MADE_BY_A_FILE, type Migration } from "../../../../../shared/migration/migration.ts";
import type { MigrationState } from "../../../../../shared/migration/words.ts";
import { full } from "../../../../support/backupRecords.ts";
import { aMigration } from "../../../../support/facts.ts";
import { sweepAll } from "../../../../support/sweep.ts";
import { ask, aWorld, target, VM } from "../../../../support/world.ts";

const id = migrationIdOf(aWorld().services.config.backups.accountName, "backups", "Sales");
const params = { id };

function aForgetting(changes: Partial<Migration> = {}, settings: Readonly<Record<string, string>> = {}) {
  const world = aWorld(aMigration(id, { target, state: "failed", ...changes }), settings);
  world.records = [full(100, 160)];
  const forget = () => ask(forgetMigration(world.services), world, { method: "DELETE", params });
  return { world, forget };
}

describe("a migration that has ended, or that nobody has registered", () => {
  test("is forgotten: no list, page or verb knows it any more", async () => {
    for (const changes of [
      { state: "failed" },
      { state: "canceled" },
      { state: "preflightFailed" },
      { state: "succeeded" },
      { state: "draft" },
      { state: "waitingForChain", createdBy: MADE_BY_A_FILE },
    ] as const) {
      const { world, forget } = aForgetting(changes);
      assert.deepEqual([(await forget()).status, (await forget()).status], [204, 404], changes.state);
      for (const route of [getMigration, listFiles, restartMigration, cancelMigration])
        assert.equal((await ask(route(world.services), world, { params, json: { reason: "r" } })).status, 404);
      assert.equal((await ask(changeMigration(world.services), world, { params, json: { wave: 1 } })).status, 404);
      assert.deepEqual((await ask(listMigrations(world.services), world, { method: "GET" })).body.items, []);
      const metrics = await ask(getMetrics(world.services), world, { method: "GET" });
      assert.doesNotMatch(metrics.body, /^sqlferry_migrations\{.*\} [1-9]/m);
    }
  });

  test("leaves its audit, which says who forgot it and what it was", async () => {
    const { world, forget } = aForgetting();
    await forget();
    const { status, body } = await ask(listAudit(world.services), world, { method: "GET", params });
    assert.equal(status, 200);
    assert.deepEqual(
      [body.items.at(-1).action, body.items.at(-1).by, body.items.at(-1).facts],
      ["forget", "anonymous", { run: 1, state: "failed" }],
    );
  });

  test("leaves its events to be read, those that nobody had published yet included", async () => {
    const { world, forget } = aForgetting({ state: "draft" });
    await announceVerdicts(world.services, world.log, id, await world.services.catalogue.list(id));
    await forget();
    const { status, body } = await ask(listEvents(world.services), world, { method: "GET", params });
    assert.equal(status, 200);
    assert.ok(body.items.some(({ type }: { type: string }) => type === "com.sqlferry.backup.accepted"));
  });

  test("leaves no word that was said of it, and no secret's name", async () => {
    const cancel = {
      kind: "cancel",
      requestId: `${id}-run-1-cancel-1`,
      run: 1,
      by: "Dana",
      at: "t",
      reason: "r",
    } as const;
    const { world, forget } = aForgetting({ failure: { code: "c", message: "m", cause: "c", remedy: "r" } });
    world.change({}, { cancel });
    await forget();
    const asked = { method: "GET", params: { requestId: cancel.requestId } };
    assert.equal((await ask(getOperation(world.services), world, asked)).status, 404);
    const { failure, target: left, source } = world.migration();
    assert.deepEqual(
      [failure, left, Object.keys(source)],
      [undefined, undefined, ["container", "folder", "rootIsADatabase"]],
    );
  });

  test("gives its target to whoever wants it, also that of a database that was moved", async () => {
    for (const state of ["failed", "succeeded"] as const) {
      const { world, forget } = aForgetting({ state });
      const create = () =>
        ask(createMigration(world.services), world, { json: { source: { folder: "Orders" }, target } });
      if (state === "succeeded") assert.equal((await create()).status, 409);
      await forget();
      assert.equal((await create()).status, 201);
    }
  });

  test("is not made anew by a sweep that finds its files, and nothing is deleted", async () => {
    const { world, forget } = aForgetting({}, { TARGET_SQL_VM_RESOURCE_ID: VM });
    await forget();
    const left = { record: world.migration(), published: world.published.length };
    await sweepAll(world.services, world.log);
    await announceVerdicts(world.services, world.log, id, await world.services.catalogue.list(id));
    assert.deepEqual(
      { record: world.migration(), published: world.published.length },
      left,
      "and nothing is announced",
    );
    assert.deepEqual([world.migration().state, world.migration().run, world.records.length], ["failed", 1, 1]);
    assert.notEqual(world.migration().forgottenAt, undefined);
  });

  test("is made anew by a registration of its folder, in a run of its own number", async () => {
    const { world, forget } = aForgetting({ run: 3, priority: 90 });
    await forget();
    const { status, body } = await ask(createMigration(world.services), world, {
      json: { source: { folder: "Sales" }, target },
    });
    assert.deepEqual([status, body.run, body.state, body.priority], [201, 4, "waitingForChain", undefined]);
    assert.equal((await ask(getMigration(world.services), world, { method: "GET", params })).status, 200);
    assert.deepEqual(
      world.audit.map(({ action }) => action),
      ["forget", "create"],
    );
  });

  test("whose run still waits for files ends it without a word", async () => {
    const { world, forget } = aForgetting({ state: "draft" });
    await forget();
    assert.deepEqual(world.signalled, [id], "it is woken");
    const run = { migrationId: id, run: 1 };
    assert.deepEqual(await lookAtFolder(world.services)({ ...run, watch: "watch" }, world.log), {
      end: { end: "canceled" },
    });
    await endRun(world.services)({ ...run, end: { end: "canceled" } }, world.log);
    assert.deepEqual(
      world.published.map(({ type }) => type).filter((type) => type.includes("migration.")),
      [],
    );
  });
});

test("a migration that is under way is not forgotten, and says what leads there", async () => {
  for (const state of [
    "waitingForChain",
    "preflighting",
    "queued",
    "restoring",
    "cuttingOver",
    "canceling",
  ] as MigrationState[]) {
    const { world, forget } = aForgetting({ state });
    const { status, body } = await forget();
    assert.deepEqual([status, body.type.split("/").at(-1), body.state], [409, "not-forgettable", state]);
    assert.match(body.detail, /Cancel it first/);
    assert.deepEqual([world.migration().forgottenAt, world.audit.length], [undefined, 0]);
  }
});
