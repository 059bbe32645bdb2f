// Tests that a run whose orchestration has died is resumed, or left alone where it must be, and what a stalled run
// shows and keeps.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { stallRun } from "../../../functions/activities/stallRun.ts";
import { cancelMigration } from "../../../functions/http/commands/cancelMigration.ts";
import { requestCutover } from "../../../functions/http/commands/requestCutover.ts";
import { resumeMigration } from "../../../functions/http/commands/resumeMigration.ts";
import { startMigration } from "../../../functions/http/commands/startMigration.ts";
import { invocationOf } from "../../../functions/invocation.ts";
import { ensureMigration } from "../../../shared/application/files/ensureMigration.ts";
import { ensureRunning } from "../../../shared/application/run/ensureRunning.ts";
import { migrationIdOf } from "../../../shared/migration/ids.ts";
import { ENDED, type Migration } from "../../../shared/migration/migration.ts";
import type { MigrationState } from "../../../shared/migration/words.ts";
import { askForSlot, EMPTY_QUEUE, type SlotKind } from "../../../shared/queue/vmQueue.ts";
import { full, log } from "../../support/backupRecords.ts";
import { type DurableHost, startDurableHost } from "../../support/durableHost.ts";
import { aMigration, fieldOf } from "../../support/facts.ts";
import { ask, aWorld, VM } from "../../support/world.ts";

const run = { migrationId: "sales-1", run: 1 };
const INSTANCE = "mig-sales-1-run-1";
const OPEN: readonly MigrationState[] = [
  "draft",
  "waitingForChain",
  "preflighting",
  "queued",
  "starting",
  "restoring",
  "readyForCutover",
  "cuttingOver",
  "canceling",
];
const stalled = { what: "no such table", since: "2025-11-24T00:10:00.000Z" };
const request = { at: "t", before: "absent", accepted: true, attempts: 1, planVersion: "p" };

let durable: DurableHost;
before(async () => {
  durable = await startDurableHost();
});
after(() => durable.stop());

function aRun(changes: Partial<Migration> = {}, status?: string) {
  const target = { sqlVmResourceId: VM, databaseName: "Sales" };
  const world = aWorld(aMigration("sales-1", { state: "restoring", target, ...changes }));
  world.durableUrl = durable.url;
  world.records = [full(100, 160), log(150, 200)];
  durable.started.length = 0;
  durable.status.clear();
  if (status) durable.status.set(INSTANCE, status);
  const warnings: string[] = [];
  world.log.warn = (line: string) => void warnings.push(line);
  return { world, warnings };
}

describe("a run whose orchestration", () => {
  for (const state of OPEN)
    for (const status of ["Failed", "Terminated", "Completed", "Canceled"])
      test(`is ${status} while the migration is ${state} is taken up again under its id, and an alarm is raised`, async () => {
        const { world, warnings } = aRun({ state }, status);
        await ensureRunning(world.services, invocationOf(world.log), run);
        assert.deepEqual(durable.started, [INSTANCE]);
        assert.deepEqual(
          warnings.map((line) => JSON.parse(line)),
          [{ event: "RunDied", ...run, status, state }],
        );
      });
  for (const status of ["Running", "Pending", "ContinuedAsNew", "Suspended"])
    test(`is ${status} is left alone`, async () => {
      const { world, warnings } = aRun({}, status);
      await ensureRunning(world.services, invocationOf(world.log), run);
      assert.deepEqual([durable.started, warnings], [[], []]);
    });
  test("is nowhere, as after the loss of the task hub, is begun, without alarm: it may be new", async () => {
    const { world, warnings } = aRun();
    await ensureRunning(world.services, invocationOf(world.log), run);
    assert.deepEqual([durable.started, warnings], [[INSTANCE], []]);
  });
  for (const changes of [...ENDED.map((state) => ({ state })), { run: 2 }, { stalled }])
    test(`has ended is left alone where the record says ${JSON.stringify(changes)}`, async () => {
      for (const status of ["Failed", "Completed", undefined]) {
        const { world } = aRun(changes, status);
        await ensureRunning(world.services, invocationOf(world.log), run);
        assert.deepEqual(durable.started, []);
      }
    });

  const cutover = { kind: "cutover", requestId: "c", run: 1, by: "Dana", at: "t", planVersion: "", sourceClosed: true };
  const requests: Readonly<Record<string, (world: ReturnType<typeof aWorld>) => Promise<unknown>>> = {
    cancel: (world) =>
      ask(cancelMigration(world.services), world, { params: { id: "sales-1" }, json: { reason: "enough" } }),
    "a cancel that was said before": (world) => {
      world.change({}, { cancel: { kind: "cancel", requestId: "c", run: 1, by: "Dana", at: "t", reason: "r" } });
      return ask(cancelMigration(world.services), world, { params: { id: "sales-1" }, json: { reason: "enough" } });
    },
    "a cutover that was said before": (world) => {
      world.change({}, { cutover: { ...cutover, kind: "cutover", force: false } });
      return ask(requestCutover(world.services), world, { params: { id: "sales-1" }, json: {} });
    },
    "the word to start": (world) => {
      world.change({ state: "waitingForChain" });
      return ask(startMigration(world.services), world, { params: { id: "sales-1" }, json: {} });
    },
    resume: (world) => ask(resumeMigration(world.services), world, { params: { id: "sales-1" }, json: {} }),
  };
  for (const [name, asks] of Object.entries(requests))
    test(`has died is taken up by the next request: ${name}`, async () => {
      const { world } = aRun({}, "Failed");
      await asks(world);
      assert.deepEqual(durable.started, [INSTANCE]);
    });

  test("has died is taken up by the next file or sweep", async () => {
    const { world } = aRun();
    const migrationId = migrationIdOf(world.services.config.backups.accountName, "backups", "Sales");
    world.migrations.set(migrationId, { migration: { ...world.migration(), migrationId }, version: "1", requests: {} });
    durable.status.set(`mig-${migrationId}-run-1`, "Failed");
    await ensureMigration(world.services, invocationOf(world.log), "Sales");
    assert.deepEqual(durable.started, [`mig-${migrationId}-run-1`]);
  });
});

describe("a run that stands still", () => {
  const held = (kind: SlotKind) =>
    askForSlot(EMPTY_QUEUE, { ...run, kind }, { maxDatabases: 9, cooldownMinutes: 0 }, new Date(0)).queue;

  test("keeps its state and what it knows of DMS, and says so once: in the record, an event, the audit and the log", async () => {
    const { world, warnings } = aRun({ state: "cuttingOver", request, operationId: "op" });
    const before = world.migration();
    for (let tries = 0; tries < 2; tries++)
      await stallRun(world.services)({ ...run, what: `no such table, try ${tries}` }, world.log);
    const since = world.now.toISOString();
    const what = "no such table, try 0";
    assert.deepEqual(world.migration(), { ...before, stalled: { what, since }, updatedAt: since });
    assert.deepEqual(
      world.published.map(({ type, data }) => [type, fieldOf(data, "what")]),
      [["com.sqlferry.migration.stalled", what]],
    );
    assert.deepEqual(
      world.audit.map(({ detail }) => detail),
      [`The run is stalled: ${what}`],
    );
    assert.deepEqual(
      warnings.map((line) => JSON.parse(line)),
      [{ event: "RunStalled", ...run, what }],
    );
    assert.deepEqual(world.orders, []);
  });

  test("holds up no other database of its VM, and counts as one of them once DMS was asked", async () => {
    for (const [state, changes, kind, left] of [
      ["preflighting", {}, "start", undefined],
      ["queued", {}, "start", undefined],
      ["starting", { request }, "start", "restoring"],
      ["readyForCutover", { request }, "cutover", "restoring"],
    ] as const) {
      const { world } = aRun({ state, ...changes });
      world.queue = held(kind);
      await stallRun(world.services)({ ...run, what: "w" }, world.log);
      assert.equal(world.queue.tickets[0]?.status, left, state);
    }
  });

  test("is none that has ended, or that another run has followed", async () => {
    for (const changes of [{ state: "succeeded" }, { run: 2 }] as const) {
      const { world } = aRun(changes);
      await stallRun(world.services)({ ...run, what: "w" }, world.log);
      assert.deepEqual([world.migration().stalled, world.published], [undefined, []]);
    }
  });

  test("goes on with a resume, which is audited and told", async () => {
    const { world } = aRun({ stalled, request, operationId: "op" }, "Failed");
    const resume = () =>
      ask(resumeMigration(world.services), world, { params: { id: "sales-1" }, json: { reason: "row mended" } });
    const answer = await resume();
    assert.deepEqual([answer.status, answer.body.state, answer.body.stalled], [202, "restoring", undefined]);
    assert.deepEqual([world.migration().stalled, world.migration().operationId], [undefined, "op"]);
    assert.deepEqual(durable.started, [INSTANCE]);
    assert.deepEqual(
      world.audit.map(({ action, detail }) => [action, detail]),
      [["resume", "row mended"]],
    );
    assert.deepEqual(
      world.published.map(({ type }) => type),
      ["com.sqlferry.migration.resumed"],
    );
    assert.equal((await resume()).status, 202, "asked again after a lost answer");
    assert.deepEqual([durable.started.length, world.audit.length], [1, 1]);
  });

  test("is not resumed once it has ended", async () => {
    const { world } = aRun({ state: "failed" }, "Completed");
    const answer = await ask(resumeMigration(world.services), world, { params: { id: "sales-1" }, json: {} });
    assert.deepEqual([answer.status, durable.started], [409, []]);
  });

  test("goes on with a cancel, said for the first time or once more, and then cancels", async () => {
    const requested = {
      kind: "cancel",
      requestId: "sales-1-run-1-cancel-1",
      run: 1,
      by: "Dana",
      at: "t",
      reason: "r",
    } as const;
    for (const requests of [{}, { cancel: requested }]) {
      const { world } = aRun({ stalled }, "Failed");
      world.change({}, requests);
      const answer = await ask(cancelMigration(world.services), world, {
        params: { id: "sales-1" },
        json: { reason: "enough" },
      });
      assert.equal(answer.status, 202);
      assert.deepEqual([world.migration().stalled, durable.started], [undefined, [INSTANCE]]);
    }
  });

  test("takes no cutover before it is resumed: nobody knows when that would be", async () => {
    const { world } = aRun({ state: "readyForCutover", stalled }, "Failed");
    const answer = await ask(requestCutover(world.services), world, { params: { id: "sales-1" }, json: {} });
    assert.equal(answer.status, 409);
    assert.match(answer.body.detail, /no such table/);
    assert.deepEqual([world.requests(), durable.started], [{}, []]);
  });
});
