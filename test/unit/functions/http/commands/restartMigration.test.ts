// Tests what POST /migrations/{id}/restart answers: one new run, however often it is asked for.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { restartMigration } from "../../../../../functions/http/commands/restartMigration.ts";
import { claimTarget } from "../../../../../shared/application/start/claimTarget.ts";
import { assessChain } from "../../../../../shared/chain/assessChain.ts";
import { summaryOf } from "../../../../../shared/migration/events/verdictNews.ts";
import type { Migration } from "../../../../../shared/migration/migration.ts";
import type { MigrationState } from "../../../../../shared/migration/words.ts";
import { context, full } from "../../../../support/backupRecords.ts";
import { type DurableHost, startDurableHost } from "../../../../support/durableHost.ts";
import { aMigration } from "../../../../support/facts.ts";
import { ask, aWorld, VM } from "../../../../support/world.ts";

describe("a restart", () => {
  let durable: DurableHost;
  before(async () => {
    durable = await startDurableHost();
  });
  after(() => durable.stop());

  function anEnded(state: MigrationState, changes: Partial<Migration> = {}) {
    const world = aWorld(
      aMigration("sales-1", { state, target: { sqlVmResourceId: VM, databaseName: "Sales" }, ...changes }),
    );
    world.durableUrl = durable.url;
    durable.started.length = 0;
    const restart = (json: unknown = { reason: "file replaced" }) =>
      ask(restartMigration(world.services), world, { params: { id: "sales-1" }, json });
    return { world, restart };
  }

  for (const state of ["failed", "canceled", "preflightFailed"] as const)
    test(`of a run that is ${state} begins the next one, and starts it`, async () => {
      const { world, restart } = anEnded(state);
      const answer = await restart();
      assert.deepEqual([answer.status, answer.body.run, answer.body.state], [202, 2, "waitingForChain"]);
      assert.equal(answer.headers["location"], "/api/v1/migrations/sales-1");
      assert.equal(world.migration().run, 2);
      assert.deepEqual(durable.started, ["mig-sales-1-run-2"]);
      assert.deepEqual(
        world.audit.map(({ action, detail }) => [action, detail]),
        [["restart", "file replaced"]],
      );
    });

  for (const state of [
    "draft",
    "waitingForChain",
    "queued",
    "starting",
    "restoring",
    "readyForCutover",
    "cuttingOver",
    "canceling",
    "succeeded",
  ] as const)
    test(`of a migration that is ${state} is refused`, async () => {
      const { world, restart } = anEnded(state);
      const answer = await restart();
      assert.deepEqual([answer.status, answer.body.state], [409, state]);
      assert.deepEqual([world.migration().run, durable.started], [1, []]);
    });

  test("twice makes one new run: the second finds it under way", async () => {
    const { world, restart } = anEnded("failed");
    assert.equal((await restart()).status, 202);
    assert.equal((await restart()).status, 409);
    assert.deepEqual([world.migration().run, durable.started], [2, ["mig-sales-1-run-2"]]);
  });

  test("by two people at once makes one new run", async () => {
    const { world, restart } = anEnded("failed");
    const both = await Promise.all([restart(), restart()]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [202, 409]);
    assert.deepEqual([world.migration().run, durable.started], [2, ["mig-sales-1-run-2"]]);
  });

  test("keeps what was wanted, and forgets what became of it", async () => {
    const report = assessChain([full(100, 160)], context());
    const wanted: Partial<Migration> = { mode: "offline", start: "manual", createdBy: "Dana" };
    const { world, restart } = anEnded("failed", {
      ...wanted,
      operationId: "op",
      startedAt: "t",
      endedAt: "t",
      summary: summaryOf(report),
      checks: [],
      gate: [],
      readyFor: "tail-1",
      failure: { code: "2009", message: "m", cause: "c", remedy: "r" },
      request: { at: "t", before: "absent", accepted: true, attempts: 2, planVersion: "p" },
      service: { seenAt: "t" },
      progress: { started: true, restoredSetGuids: [], positionLsn: 160n },
    });
    await restart();
    assert.deepEqual(world.migration(), {
      ...aMigration("sales-1"),
      ...wanted,
      run: 2,
      state: "waitingForChain",
      target: { sqlVmResourceId: VM, databaseName: "Sales" },
      updatedAt: "2025-11-24T00:30:00.000Z",
      progress: { started: false, restoredSetGuids: [] },
    });
  });

  test("takes the word to start anew: the one of the run before does not count", async () => {
    const { world, restart } = anEnded("failed");
    world.change(
      {},
      {
        start: { kind: "start", requestId: "w", run: 1, by: "Dana", at: "t", planVersion: "p", chainWasComplete: true },
      },
    );
    await restart();
    assert.notEqual(world.requests().start?.run, world.migration().run);
  });

  describe("with another target", () => {
    const OTHER_VM = VM.replace("SQLVM-07", "SQLVM-08");
    const inNewRun = { params: { id: "sales-1" } };

    for (const state of ["failed", "canceled", "preflightFailed"] as const)
      test(`of a run that is ${state} goes there, keeps what was not said, and is audited with both`, async () => {
        const { world, restart } = anEnded(state);
        const answer = await restart({ target: { sqlVmResourceId: OTHER_VM } });
        assert.deepEqual(
          [answer.status, answer.body.target],
          [202, { sqlVmResourceId: OTHER_VM, databaseName: "Sales" }],
        );
        assert.deepEqual(world.migration().target, answer.body.target);
        assert.equal((await restart({ target: { sqlVmResourceId: VM } })).status, 409, "not while a run is under way");
        const [entry] = world.audit;
        assert.deepEqual(entry?.facts, { run: 2, target: `Sales on ${OTHER_VM}`, targetBefore: `Sales on ${VM}` });
      });

    test("of another database name on the same VM keeps the VM", async () => {
      const { world, restart } = anEnded("failed");
      await restart({ target: { databaseName: "Sales2" } });
      assert.deepEqual(world.migration().target, { sqlVmResourceId: VM, databaseName: "Sales2" });
    });

    test("of a draft that never had one gets the folder's name", async () => {
      const { world } = anEnded("canceled");
      const { target: _, ...without } = world.migration();
      world.migrations.set("sales-1", { migration: without, version: "1", requests: {} });
      const answer = await ask(restartMigration(world.services), world, {
        ...inNewRun,
        json: { target: { sqlVmResourceId: OTHER_VM } },
      });
      assert.deepEqual(
        [answer.status, answer.body.state, answer.body.target?.databaseName],
        [202, "waitingForChain", "Sales"],
      );
    });

    test("lets go of the one before, which another migration can take at once", async () => {
      const { world, restart } = anEnded("failed");
      assert.equal(
        await claimTarget(world.services, "sales-1", { sqlVmResourceId: VM, databaseName: "Sales" }),
        undefined,
      );
      world.now = new Date(world.now.getTime() + 6 * 60_000); // for a few minutes a new claim counts by itself
      await restart({ target: { sqlVmResourceId: OTHER_VM } });
      const rival = await claimTarget(world.services, "other-2", { sqlVmResourceId: VM, databaseName: "Sales" });
      assert.equal(rival, undefined);
    });

    test("that another migration has is refused, and nothing changes", async () => {
      const { world, restart } = anEnded("failed");
      world.migrations.set("other-2", {
        migration: aMigration("other-2", {
          state: "restoring",
          target: { sqlVmResourceId: OTHER_VM.toLowerCase(), databaseName: "SALES" },
        }),
        version: "1",
        requests: {},
      });
      const answer = await restart({ target: { sqlVmResourceId: OTHER_VM } });
      assert.deepEqual([answer.status, answer.body.migrationId], [409, "other-2"]);
      assert.deepEqual([world.migration("sales-1").run, world.audit], [1, []]);
    });

    test("that is none is refused as any request that is not understood", async () => {
      const { restart } = anEnded("failed");
      for (const target of [{ sqlVmResourceId: "sqlvm-08" }, { databaseName: "a/b" }, { vm: OTHER_VM }])
        assert.equal((await restart({ target })).status, 400, JSON.stringify(target));
    });
  });

  test("of what cannot be restarted says what can be done instead", async () => {
    assert.match((await anEnded("succeeded").restart()).body.detail, /online on the target.*another folder/);
    assert.match((await anEnded("restoring").restart()).body.detail, /Cancel it first: ferry cancel sales-1/);
  });
});
