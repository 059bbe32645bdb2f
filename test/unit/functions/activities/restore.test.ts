// Tests what the looks at a restore and its cutover write, and how often. Each step may run twice, late, or die
// half-way.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cutOver } from "../../../../functions/activities/cutOver.ts";
import { lookAtCancel } from "../../../../functions/activities/lookAtCancel.ts";
import { lookAtCutover } from "../../../../functions/activities/lookAtCutover.ts";
import { lookAtRestore } from "../../../../functions/activities/lookAtRestore.ts";
import { cutoverFacts } from "../../../../shared/application/cutover/cutoverFacts.ts";
import { assessFolder } from "../../../../shared/application/files/assessFolder.ts";
import { NOTHING_RESTORED } from "../../../../shared/chain/backupRecord.ts";
import type { CutoverRequest, Migration } from "../../../../shared/migration/migration.ts";
import type { EngineFailure, EngineOperation } from "../../../../shared/migration/observed.ts";
import { askForSlot, EMPTY_QUEUE } from "../../../../shared/queue/vmQueue.ts";
import { full, log, setGuidOf, tail, unreadable } from "../../../support/backupRecords.ts";
import { aMigration, fieldOf } from "../../../support/facts.ts";
import { aWorld, shown, VM } from "../../../support/world.ts";

const base = full(100, 160);
const logs = [log(150, 200), log(200, 250), log(250, 300)] as const;
const run = { migrationId: "sales-1", run: 1 };
const watched = { ...run, watch: "watch" };

const wait: EngineFailure = {
  code: "429",
  message: "Too many requests.",
  cause: "c",
  remedy: "r",
  kind: "wait",
  retryAfterSeconds: 70,
};

function aRestore(changes: Partial<Migration> = {}) {
  const world = aWorld(
    aMigration("sales-1", {
      state: "restoring",
      target: { sqlVmResourceId: VM, databaseName: "Sales" },
      operationId: "op",
      progress: { started: true, restoredSetGuids: [], anchorSetGuid: setGuidOf(base) },
      ...changes,
    }),
  );
  world.records = [base, logs[0]];
  const restored = (file: string) => {
    world.seen = shown({ details: { currentFile: file, lastRestoredFile: file } });
  };
  restored("log_150_200.trn");
  const told = (type: string) => world.published.filter((event) => event.type === `com.sqlferry.${type}`);
  return { world, restored, told, look: () => lookAtRestore(world.services)(watched, world.log) };
}

describe("a look at the restore", () => {
  test("tells that it is ready, with the plan and the position of this very moment", async () => {
    const { world, look, told } = aRestore();
    assert.deepEqual(await look(), { nextLookSeconds: 30 });
    assert.equal(world.migration().state, "readyForCutover");
    const [ready, ...more] = told("migration.ready");
    assert.equal(more.length, 0);
    assert.deepEqual(
      [ready?.data.planVersion, ready?.data.restoredTo, ready?.data.state],
      [world.migration().summary?.planVersion, world.migration().summary?.restoredTo?.time, "readyForCutover"],
    );
  });

  test("does not tell it again at every log", async () => {
    const { world, look, told, restored } = aRestore();
    await look();
    world.records = [base, logs[0], logs[1]];
    await look();
    assert.equal(world.migration().state, "restoring");
    restored("log_200_250.trn");
    await look();
    assert.equal(world.migration().state, "readyForCutover");
    assert.equal(told("migration.ready").length, 1);
  });

  test("tells it again, as another event, when a gap is healed and on a tail log", async () => {
    const { world, look, told, restored } = aRestore();
    await look();
    world.records = [base, logs[0], logs[2]];
    await look();
    world.records = [base, ...logs];
    restored("log_250_300.trn");
    await look();
    world.records = [base, ...logs, tail(300, 350)];
    restored("log_300_350.trn");
    await look();
    await look();
    const ready = told("migration.ready");
    assert.equal(ready.length, 3);
    assert.equal(new Set(ready.map(({ id }) => id)).size, 3);
  });

  test("is not ready while a file could not be read", async () => {
    const { world, look } = aRestore();
    world.records = [base, logs[0], unreadable("slow.trn", "UNREACHABLE")];
    await look();
    assert.equal(world.migration().state, "restoring");
    assert.equal(world.migration().gate?.find(({ id }) => id === "G6")?.ok, false);
  });

  test("ends when somebody has asked for the cutover or a cancel, and when DMS has come to an end", async () => {
    const { world, look } = aRestore();
    world.change({}, { cutover: aRequest() });
    assert.deepEqual(await look(), { end: { end: "cutoverRequested" } });
    world.change({}, { cancel: { kind: "cancel", requestId: "c", run: 1, by: "Dana", at: "t", reason: "r" } });
    assert.deepEqual(await look(), { end: { end: "canceled" } });
    world.change({}, {});
    for (const end of ["succeeded", "failed", "canceled"] as const) {
      world.seen = shown({ phase: end });
      assert.deepEqual(await look(), { end: { end } });
    }
  });

  test("waits when DMS does not answer, or answers without an id", async () => {
    const { world, look } = aRestore();
    world.seen = { kind: "unavailable", failure: wait };
    assert.deepEqual(await look(), { nextLookSeconds: 70 });
    const { operationId: _, ...nameless } = (shown() as { operation: EngineOperation }).operation;
    world.seen = { kind: "present", operation: nameless };
    assert.ok("nextLookSeconds" in (await look()));
  });

  test("ends as failed when its operation has been gone for ten minutes; a stray answer ends nothing", async () => {
    for (const gone of [{ kind: "absent" } as const, shown({ operationId: "another" })]) {
      const { world, look } = aRestore();
      const minutes = (count: number) => {
        world.now = new Date(world.now.getTime() + count * 60_000);
      };
      const present = world.seen;
      world.seen = gone;
      assert.ok("nextLookSeconds" in (await look()));
      minutes(9);
      assert.ok("nextLookSeconds" in (await look()));
      world.seen = present;
      await look();
      world.seen = gone;
      minutes(9);
      assert.ok("nextLookSeconds" in (await look()), "it was there in between");
      minutes(10);
      const found = await look();
      assert.equal("end" in found && "failure" in found.end && found.end.failure?.code, "OPERATION_GONE");
    }
  });

  test("that hung until the next run had begun writes nothing into it", async () => {
    const { world } = aRestore();
    const { engine } = world.services;
    const observe: typeof engine.observe = async (target) => {
      world.change({ run: 2, state: "waitingForChain", progress: NOTHING_RESTORED });
      return engine.observe(target);
    };
    await lookAtRestore({ ...world.services, engine: { ...engine, observe } })(watched, world.log);
    const { state, progress } = world.migration();
    assert.deepEqual([state, progress], ["waitingForChain", NOTHING_RESTORED]);
  });
});

describe("what the gate judges", () => {
  test("is one reading of the rows: a file that arrives meanwhile is in the listing, and unread", async () => {
    const { world } = aRestore();
    const { list } = world.services.files;
    const services = {
      ...world.services,
      files: {
        ...world.services.files,
        list: async function* (prefix: string) {
          // Its event was handled after the rows were read, and before the listing.
          world.records = [...world.records, logs[1]];
          yield* list(prefix);
        },
      },
    };
    const facts = await cutoverFacts(services, world.migration());
    assert.deepEqual(facts.kind === "facts" && facts.gate.unreadFiles.map(({ name }) => name), [logs[1].name]);
  });

  test("leaves out other databases' folders, and names overwritten files", async () => {
    const { world } = aRestore();
    const file = (name: string, etag: string) => ({
      name,
      etag,
      sizeBytes: 1,
      blobType: "BlockBlob" as const,
      arrivedAt: "t",
    });
    world.files = [file("Other/x.bak", "e"), ...world.records.map(({ name }) => file(name, "another etag"))];
    const facts = await cutoverFacts(world.services, world.migration());
    assert.deepEqual(facts.kind === "facts" && facts.gate.unreadFiles.map(({ name }) => name), [
      base.name,
      logs[0].name,
    ]);
  });
});

function aRequest(changes: Partial<CutoverRequest> = {}): CutoverRequest {
  return {
    kind: "cutover",
    requestId: "sales-1-run-1-cutover-1",
    run: 1,
    by: "Dana",
    at: "2025-11-24T00:29:00.000Z",
    planVersion: "",
    sourceClosed: true,
    force: false,
    ...changes,
  };
}

/** A cutover that was asked for, of a migration that holds the VM's slot. */
async function anAskedCutover(changes: Partial<CutoverRequest> = {}) {
  const restore = aRestore();
  const { world } = restore;
  await restore.look();
  const holding = askForSlot(
    EMPTY_QUEUE,
    { ...run, kind: "cutover" },
    { maxDatabases: 9, cooldownMinutes: 0 },
    world.now,
  );
  world.queue = holding.queue;
  const planVersion = world.migration().summary?.planVersion ?? "";
  world.change({}, { cutover: aRequest({ planVersion, ...changes }) });
  const status = () => world.queue.tickets[0]?.status;
  return { ...restore, status, cut: () => cutOver(world.services)(run, world.log) };
}

describe("the cutover", () => {
  test("is asked of DMS once the gate has let it through once more", async () => {
    const { world, cut, told, status } = await anAskedCutover();
    assert.deepEqual(await cut(), { accepted: true });
    assert.deepEqual([world.orders, world.migration().state, status()], [["cutOver"], "cuttingOver", "holding"]);
    assert.equal(world.requests().cutover?.outcome?.status, "done");
    assert.deepEqual(
      told("cutover.requested").map(({ data }) => fieldOf(data, "by")),
      ["Dana"],
    );
  });

  test("tried again after it was accepted asks nobody again", async () => {
    const { world, cut } = await anAskedCutover();
    await cut();
    assert.deepEqual([await cut(), world.orders.length], [{ accepted: true }, 1]);
  });

  test("that DMS has taken, though its answer was lost, is accepted", async () => {
    const { world, cut } = await anAskedCutover();
    world.answer = { ok: false, failure: { ...wait, kind: "race" } };
    assert.deepEqual(await cut(), { accepted: true });
    assert.equal(world.migration().state, "cuttingOver");
    world.seen = shown({ phase: "completing", canCutOver: false });
    assert.deepEqual([await cut(), world.orders.length], [{ accepted: true }, 1]);
  });

  test("that may have been sent is not called back by a log that arrives, nor by a look that lags behind", async () => {
    const { world, cut, told } = await anAskedCutover();
    const { progress } = world.migration();
    world.change({ state: "cuttingOver", progress: { ...progress, cutoverRequestedAt: world.now.toISOString() } });
    world.records = [base, logs[0], logs[1]];
    assert.deepEqual([await cut(), world.orders, world.migration().state], [{ accepted: true }, [], "cuttingOver"]);
    assert.ok(world.migration().progress.cutoverRequestedAt);
    assert.equal(told("cutover.requested").length, 1);
  });

  test("does not happen once a cancel is accepted, be it in the last moment", async () => {
    const cancel = { kind: "cancel", requestId: "c", run: 1, by: "Dana", at: "t", reason: "r" } as const;
    for (const late of [false, true]) {
      const { world, cut, status, look } = await anAskedCutover();
      const accept = () => world.change({}, { ...world.requests(), cancel });
      if (late) world.meanwhile = accept;
      else accept();
      assert.deepEqual([await cut(), world.orders, status()], [{ accepted: false }, [], "restoring"]);
      assert.deepEqual(await look(), { end: { end: "canceled" } });
    }
  });

  test("waits in the restore while DMS does not answer, and stays asked for", async () => {
    const { world, cut, status, look } = await anAskedCutover();
    world.seen = { kind: "unavailable", failure: wait };
    assert.deepEqual([await cut(), world.orders, status()], [{ accepted: false }, [], "restoring"]);
    assert.deepEqual(await look(), { nextLookSeconds: 70 });
    world.seen = shown({ details: { currentFile: "log_150_200.trn", lastRestoredFile: "log_150_200.trn" } });
    assert.deepEqual(await look(), { end: { end: "cutoverRequested" } });
  });

  test("that the gate refuses meanwhile is written down, and the restore goes on without the slot", async () => {
    const { world, cut, told, status } = await anAskedCutover();
    world.records = [base, logs[0], logs[1]];
    assert.deepEqual(await cut(), { accepted: false });
    assert.deepEqual([world.orders, world.migration().state, status()], [[], "readyForCutover", "restoring"]);
    assert.match(
      String(fieldOf(told("cutover.refused")[0]?.data, "detail")),
      /one file was added since, last Sales\/log_200_250\.trn/,
    );
  });

  test("that was forced before a broken tail came, or a blob that nobody has read, is refused: nobody has accepted to lose it", async () => {
    const tails: readonly ((world: ReturnType<typeof aWorld>) => void)[] = [
      (world) => (world.records = [base, logs[0], unreadable("tail.trn", "TRUNCATED")]),
      (world) => (world.files = [base, logs[0], logs[1]]),
    ];
    for (const comes of tails) {
      const { world, cut, told, status } = await anAskedCutover({ force: true, reason: "r", passedOver: [] });
      comes(world);
      assert.deepEqual([await cut(), world.orders, status()], [{ accepted: false }, [], "restoring"]);
      assert.match(
        String(fieldOf(told("cutover.refused")[0]?.data, "detail")),
        /^Since the cutover was forced there came/,
      );
    }
  });

  test("that was refused and died before it gave the slot back gives it back when it is tried again", async () => {
    const { world, cut, status } = await anAskedCutover({ outcome: { status: "refused", at: "t", detail: "d" } });
    assert.deepEqual([await cut(), world.orders, status()], [{ accepted: false }, [], "restoring"]);
  });

  test("that DMS refuses leads back to the restore, with DMS's reason", async () => {
    const { world, cut, told } = await anAskedCutover();
    world.answer = { ok: false, failure: { ...wait, kind: "user", message: "Not now." } };
    assert.deepEqual(await cut(), { accepted: false });
    assert.deepEqual(
      [world.migration().state, world.migration().progress.cutoverRequestedAt],
      ["restoring", undefined],
    );
    assert.equal(fieldOf(told("cutover.refused")[0]?.data, "detail"), "Not now.");
  });

  test("whose facts cannot be read lets the VM's other databases go first, and has its turn again before DMS is asked", async () => {
    const { world, cut, status, look } = await anAskedCutover();
    const { list } = world.services.files;
    world.services.files.list = () => {
      throw new Error("The listing failed.");
    };
    await assert.rejects(cut, /The listing failed/);
    assert.equal(status(), "restoring");
    world.services.files.list = list;
    const other = { migrationId: "other-1", run: 1, kind: "cutover" } as const;
    world.queue = askForSlot(world.queue, other, { maxDatabases: 9, cooldownMinutes: 0 }, world.now).queue;
    assert.deepEqual([await cut(), world.orders], [{ accepted: false }, []], "it is the other's turn");
    assert.deepEqual(await look(), { end: { end: "cutoverRequested" } }, "it stays asked for");
    world.queue = EMPTY_QUEUE;
    assert.deepEqual([await cut(), world.orders, status()], [{ accepted: true }, ["cutOver"], "holding"]);
  });

  test("that may have been sent keeps its turn when the step dies", async () => {
    const { world, cut, status } = await anAskedCutover();
    world.services.engine.cutOver = () => Promise.reject(new Error("The process died."));
    await assert.rejects(cut, /died/);
    assert.deepEqual([world.migration().state, status()], ["cuttingOver", "holding"]);
  });

  test("never happens unasked", async () => {
    const { world } = aRestore();
    await assert.rejects(() => cutOver(world.services)(run, world.log), /without being asked/);
  });
});

describe("a look at the cutover", () => {
  const aCutover = () => {
    const restore = aRestore({ state: "cuttingOver" });
    const { world } = restore;
    world.seen = shown({ phase: "completing", canCutOver: false });
    return { ...restore, look: () => lookAtCutover(world.services)(watched, world.log) };
  };

  test("waits while DMS is at it or does not answer, and refuses a cancel", async () => {
    const { world, look } = aCutover();
    world.change({}, { cancel: { kind: "cancel", requestId: "c", run: 1, by: "Dana", at: "t", reason: "r" } });
    assert.deepEqual(await look(), { nextLookSeconds: 5 });
    assert.equal(world.requests().cancel?.outcome?.status, "refused");
    world.seen = { kind: "unavailable", failure: wait };
    assert.deepEqual(await look(), { nextLookSeconds: 70 });
  });

  test("asks again when DMS shows for more than a minute that nothing was asked; after an hour of refusals the restore goes on", async () => {
    const { world, look, told } = aCutover();
    const after = (minutes: number) => {
      const requestedAt = new Date(world.now.getTime() - minutes * 60_000).toISOString();
      const { cutoverAskedAt: _, progress, ...migration } = world.migration();
      const asked = { ...migration, progress: { ...progress, cutoverRequestedAt: requestedAt } };
      world.migrations.set("sales-1", { migration: asked, version: requestedAt, requests: world.requests() });
      return look();
    };
    const last = "log_150_200.trn";
    world.seen = shown({ details: { currentFile: last, lastRestoredFile: last } });
    const { planVersion } = (await assessFolder(world.services, world.migration())).report;
    world.change({}, { cutover: aRequest({ planVersion, outcome: { status: "done", at: "t", detail: "d" } }) });
    assert.deepEqual([await after(0), world.orders], [{ nextLookSeconds: 5 }, []]);
    assert.deepEqual([await after(2), world.orders], [{ nextLookSeconds: 5 }, ["cutOver"]]);
    const failure: EngineFailure = { code: "No", message: "No.", cause: "c", remedy: "r", kind: "user" };
    world.answer = { ok: false, failure };
    assert.deepEqual(await after(2), { nextLookSeconds: 15 });
    assert.equal(world.migration().state, "cuttingOver");
    assert.deepEqual(await after(61), { end: { end: "refused" } });
    assert.deepEqual(
      [
        world.migration().state,
        world.migration().progress.cutoverRequestedAt,
        world.requests().cutover?.outcome?.status,
      ],
      ["restoring", undefined, "refused"],
    );
    assert.equal(told("cutover.refused").length, 1);
    world.now = new Date(world.now.getTime() + 2 * 60_000);
    const { length } = world.orders;
    assert.deepEqual([await look(), world.orders.length], [{ end: { end: "refused" } }, length], "tried again late");
  });

  test("ends with DMS's end", async () => {
    const { world, look, told } = aCutover();
    world.seen = shown({ phase: "failed", failure: wait });
    assert.deepEqual(await look(), { end: { end: "failed", failure: wait } });
    world.seen = shown({ phase: "canceled" });
    assert.deepEqual(await look(), { end: { end: "canceled" } });
    world.seen = shown({ phase: "succeeded" });
    assert.deepEqual(await look(), { end: { end: "succeeded" } });
    assert.equal(told("cutover.completed").length, 1);
  });

  test("ends as failed when the operation has been gone for ten minutes, or another has its place, however that one fares; a stray answer ends nothing", async () => {
    for (const seen of [{ kind: "absent" } as const, shown({ operationId: "another", phase: "succeeded" })]) {
      const { world, look } = aCutover();
      const there = world.seen;
      for (const minutes of [0, 9]) {
        world.seen = seen;
        assert.ok("nextLookSeconds" in (await look()));
        world.now = new Date(world.now.getTime() + minutes * 60_000);
      }
      world.seen = there;
      await look();
      assert.equal(world.migration().goneSince, undefined);
      world.seen = seen;
      await look();
      world.now = new Date(world.now.getTime() + 10 * 60_000);
      const found = await look();
      assert.equal("end" in found && found.end.end === "failed" && found.end.failure?.code, "OPERATION_GONE");
    }
  });
});

describe("a look at a cancel", () => {
  const end = { end: "canceled" } as const;
  const aCancel = (changes: Partial<Migration> = {}) => {
    const request = { at: "t", before: "absent", accepted: true, attempts: 1, planVersion: "p" };
    const { world } = aRestore({ request, ...changes });
    world.change({}, { cancel: { kind: "cancel", requestId: "c", run: 1, by: "Dana", at: "t", reason: "r" } });
    return { world, look: () => lookAtCancel(world.services)({ ...watched, end }, world.log) };
  };

  test("asks DMS to stop what was started, until it has", async () => {
    const { world, look } = aCancel();
    assert.deepEqual(await look(), { nextLookSeconds: 15 });
    assert.deepEqual([world.orders, world.migration().state], [["cancel"], "canceling"]);
    world.seen = shown({ phase: "canceling", canCancel: false });
    assert.deepEqual([await look(), world.orders.length], [{ nextLookSeconds: 15 }, 1]);
    world.seen = shown({ phase: "canceled", canCancel: false });
    assert.deepEqual(await look(), { end });
  });

  test("cancels nothing without a person's word: DMS showed as canceled what it shows as running now", async () => {
    const { world, look } = aCancel();
    world.change({}, {});
    await assert.rejects(look, /no longer shows the operation of "sales-1" as canceled/);
    assert.deepEqual([world.orders, world.migration().state], [[], "restoring"]);
  });

  test("leaves alone what is not ours", async () => {
    const { world, look } = aCancel();
    world.seen = shown({ operationId: "another" });
    assert.deepEqual([await look(), world.orders], [{ end }, []]);
  });

  test("has nothing to stop where nothing was asked of DMS", async () => {
    const world = aWorld(aMigration("sales-1", { target: { sqlVmResourceId: VM, databaseName: "Sales" } }));
    world.seen = shown();
    assert.deepEqual(await lookAtCancel(world.services)({ ...watched, end }, world.log), { end });
    assert.deepEqual(world.orders, []);
  });

  test("ends in success when the cutover was quicker", async () => {
    const { world, look } = aCancel();
    world.seen = shown({ phase: "succeeded" });
    assert.deepEqual(await look(), { end: { end: "succeeded" } });
  });
});
