// Tests what the steps before the restore and after a run write. Each may run twice, late, or die half-way.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { endRun } from "../../../../functions/activities/endRun.ts";
import { lookAtCancel } from "../../../../functions/activities/lookAtCancel.ts";
import { lookAtFolder } from "../../../../functions/activities/lookAtFolder.ts";
import { lookAtStart } from "../../../../functions/activities/lookAtStart.ts";
import { lookForSlot } from "../../../../functions/activities/lookForSlot.ts";
import { runPreflight } from "../../../../functions/activities/runPreflight.ts";
import { publishAssessment } from "../../../../functions/http/assessments/publishAssessment.ts";
import { acknowledgeFinding } from "../../../../functions/http/commands/acknowledgeFinding.ts";
import { announceVerdicts } from "../../../../shared/application/files/announceVerdicts.ts";
import { assessFolder } from "../../../../shared/application/files/assessFolder.ts";
import type { BackupRecord } from "../../../../shared/chain/backupRecord.ts";
import type { Migration, MigrationFacts, RunEnd } from "../../../../shared/migration/migration.ts";
import type { EngineFailure } from "../../../../shared/migration/observed.ts";
import { passedOverOf } from "../../../../shared/migration/passedOver.ts";
import { askForSlot, EMPTY_QUEUE } from "../../../../shared/queue/vmQueue.ts";
import { anAssessment, DATABASE, FAMILY, withTde } from "../../../support/assessments.ts";
import { full, log, tail, unreadable } from "../../../support/backupRecords.ts";
import { aMigration, fieldOf } from "../../../support/facts.ts";
import { ask, aWorld, shown, target, type World } from "../../../support/world.ts";

const run = { migrationId: "sales-1", run: 1 };
const watched = { ...run, watch: "watch" };
const whole = [full(100, 160), log(150, 200)];

function aRun(changes: Partial<Migration> = {}): World {
  const world = aWorld(aMigration("sales-1", { target, ...changes }));
  world.records = whole;
  return world;
}
/** A migration that is ready to start with these files, and waits for its turn. */
async function startableOffline(records: readonly BackupRecord[]): Promise<World> {
  const world = aRun({ mode: "offline" });
  world.records = records;
  const { planVersion } = (await assessFolder(world.services, world.migration())).report;
  const request = {
    kind: "start",
    requestId: "s",
    run: 1,
    by: "Dana",
    at: "t",
    planVersion,
    chainWasComplete: true,
  } as const;
  world.change({}, { start: request });
  assert.deepEqual(await lookAtFolder(world.services)(watched, world.log), { end: { end: "startable" } });
  world.change({ state: "queued" });
  return world;
}

const cancel = { kind: "cancel", requestId: "c", run: 1, by: "Dana", at: "t", reason: "r" } as const;

const told = (world: World, type: string) => world.published.filter((event) => event.type === `com.sqlferry.${type}`);

describe("a look at the folder", () => {
  test("announces what is there, and says when the restore may start", async () => {
    const world = aRun();
    assert.deepEqual(await lookAtFolder(world.services)(watched, world.log), { end: { end: "startable" } });
    assert.equal(told(world, "backup.accepted").length, 2);
    const [restorable] = told(world, "chain.restorable");
    assert.deepEqual(
      [restorable?.data.verdict, restorable?.data.planVersion],
      ["restorable", world.migration().summary?.planVersion],
      "an event tells the chain as it is now",
    );
  });

  test("tells nothing the second time, and writes nothing", async () => {
    const world = aRun({ start: "manual" });
    await lookAtFolder(world.services)(watched, world.log);
    const facts = world.migrations.get("sales-1");
    const { length } = world.published;
    assert.deepEqual(await lookAtFolder(world.services)(watched, world.log), { nextLookSeconds: 21_600 });
    assert.deepEqual([world.migrations.get("sales-1"), world.published.length], [facts, length]);
  });

  test("answers a word to start that was said of another plan", async () => {
    const world = aRun({ mode: "offline" });
    const requested = { kind: "start", requestId: "s", run: 1, by: "Dana", at: "t", chainWasComplete: true } as const;
    world.change({}, { start: { ...requested, planVersion: "0000000000000000" } });
    assert.ok("nextLookSeconds" in (await lookAtFolder(world.services)(watched, world.log)));
    assert.equal(world.requests().start?.outcome?.status, "refused");
    assert.match(world.requests().start?.outcome?.detail ?? "", /given for plan 0000000000000000/);
  });

  test("is over when the run has ended, or another one has begun", async () => {
    for (const changes of [{ state: "succeeded" }, { run: 2 }] as const)
      assert.deepEqual(await lookAtFolder(aRun(changes).services)(watched, aRun().log), { end: { end: "canceled" } });
  });

  test("ends with a cancel", async () => {
    const world = aRun();
    world.change({}, { cancel: { kind: "cancel", requestId: "c", run: 1, by: "Dana", at: "t", reason: "r" } });
    assert.deepEqual(await lookAtFolder(world.services)(watched, world.log), { end: { end: "canceled" } });
  });
});

test("very many verdicts at once are announced in one turn, in transactions of a hundred rows, each once", async () => {
  const world = aRun();
  const progress = {
    started: true,
    restoredSetGuids: [],
    positionLsn: 200n,
    cutoverRequestedAt: "2025-11-24T00:00:00.000Z",
  };
  world.change({ state: "cuttingOver", progress });
  const late = Array.from({ length: 150 }, (_, index) =>
    log(200 + index, 201 + index, { arrivedAt: "2025-11-24T00:10:00.000Z" }),
  );
  world.records = [...whole, ...late];
  await announceVerdicts(world.services, world.log, "sales-1", await world.services.catalogue.list("sales-1"));
  assert.equal(told(world, "alarm.late-file").length, 150);
  assert.equal(new Set(world.published.map(({ id }) => id)).size, world.published.length);
});

test("a finding that is published while a migration waits for its turn stops it before DMS is asked", async () => {
  const world = aRun({ state: "queued" });
  const header = { serverName: "SQL01", familyGuid: FAMILY, bindingId: DATABASE };
  world.records = [full(100, 160, { header }), log(150, 200, { header })];
  await ask(publishAssessment(world.services), world, { json: anAssessment(withTde) });
  const look = () => lookAtStart(world.services)(watched, world.log);
  const seen = await look();
  assert.ok("end" in seen && seen.end.end === "failed");
  assert.equal(seen.end.failure?.code, "PREFLIGHT_FAILED");
  assert.match(seen.end.failure?.remedy ?? "", /ferry acknowledge sales-1 S10 .*Then restart the migration/);
  assert.deepEqual(world.orders, []);
  const params = { id: "sales-1", check: "S10" };
  await ask(acknowledgeFinding(world.services), world, { params, json: { reason: "it is on the VM" } });
  await look();
  assert.equal(world.orders.length, 1);
});

describe("the preflight", () => {
  const look = (world: World) => runPreflight(world.services)(watched, world.log);

  test("is recorded whatever it says", async () => {
    const world = aRun();
    assert.deepEqual(await look(world), { end: { end: "passed" } });
    world.vm = { ...world.vm, powerState: "deallocated" };
    const found = await look(world);
    assert.ok("end" in found && found.end.end === "preflightFailed");
    assert.equal(found.end.failure?.code, "PREFLIGHT_FAILED");
    assert.deepEqual(
      world.audit.map(({ result, facts }) => [result, facts["P04"]]),
      [
        ["accepted", "pass"],
        ["refused", "fail"],
      ],
    );
  });

  test("that failed ends the run with what failed and what to do, in the record, the event and the audit", async () => {
    const world = aRun();
    world.vm = { ...world.vm, powerState: "deallocated" };
    const found = await look(world);
    assert.ok("end" in found && found.end.end === "preflightFailed");
    const { failure } = found.end;
    assert.ok(failure);
    await endRun(world.services)({ ...run, end: { end: "preflightFailed", failure } }, world.log);
    assert.deepEqual([world.migration().state, world.migration().failure], ["preflightFailed", failure]);
    assert.match(failure.cause, /P04/);
    assert.equal(fieldOf(told(world, "migration.failed")[0]?.data, "message"), failure.message);
    assert.equal(world.audit.at(-1)?.detail, failure.message);
  });
});

describe("the VM's slot", () => {
  test("is waited for in the queue, which is told once", async () => {
    const world = aRun();
    world.queue = askForSlot(
      EMPTY_QUEUE,
      { migrationId: "other-1", run: 1, kind: "start" },
      { maxDatabases: 9, cooldownMinutes: 0 },
      world.now,
    ).queue;
    const look = () => lookForSlot(world.services)({ ...watched, kind: "start" }, world.log);
    assert.deepEqual(await look(), { nextLookSeconds: 5 });
    assert.equal(world.migration().state, "queued");
    const { queue } = world;
    assert.deepEqual(await look(), { nextLookSeconds: 5 });
    assert.equal(world.queue, queue, "asking again writes nothing");
    assert.deepEqual(
      told(world, "migration.queued").map(({ data }) => fieldOf(data, "position")),
      [2],
    );
  });

  test("of the next run is left alone by the end of the run before, tried again late", async () => {
    const world = aRun({ run: 2, state: "queued" });
    world.queue = askForSlot(
      EMPTY_QUEUE,
      { migrationId: "sales-1", run: 2, kind: "start" },
      { maxDatabases: 9, cooldownMinutes: 0 },
      world.now,
    ).queue;
    await endRun(world.services)({ ...run, end: { end: "failed" } }, world.log);
    assert.deepEqual([world.queue.tickets.length, world.migration().state], [1, "queued"]);
    assert.equal(told(world, "migration.failed").length, 0);
  });
});

describe("a look at the start", () => {
  const look = (world: World) => lookAtStart(world.services)(watched, world.log);
  const failed = (found: Awaited<ReturnType<typeof look>>): string | undefined =>
    "end" in found && found.end.end === "failed" ? found.end.failure?.code : undefined;
  const failure = (kind: EngineFailure["kind"]): EngineFailure => ({
    code: "X",
    message: "m",
    cause: "c",
    remedy: "r",
    kind,
  });

  test("writes down what it asks for, asks, and adopts what DMS then shows", async () => {
    const world = aRun({ state: "queued" });
    assert.deepEqual(await look(world), { nextLookSeconds: 5 });
    const { state, request, progress } = world.migration();
    assert.deepEqual([state, request?.before, request?.accepted, request?.attempts], ["starting", "absent", true, 1]);
    assert.equal(progress.started, false);
    world.seen = shown();
    assert.deepEqual(await look(world), { end: { end: "started" } });
    assert.deepEqual(
      [world.migration().state, world.migration().operationId, world.orders.length],
      ["restoring", "op", 1],
    );
    assert.equal(told(world, "migration.started").length, 1);
  });

  test("recognises its operation though the answer was lost, and creates no second one", async () => {
    const world = aRun({ state: "queued" });
    world.answer = { ok: false, failure: failure("race") };
    await look(world);
    assert.equal(world.migration().request?.accepted, false);
    world.seen = shown();
    assert.deepEqual([await look(world), world.orders.length], [{ end: { end: "started" } }, 1]);
  });

  test("whose answer was lost is not asked for twice before DMS has had time to show it", async () => {
    const world = aRun({ state: "queued" });
    world.answer = { ok: false, mayHaveHappened: true, failure: failure("wait") };
    await look(world);
    world.answer = { ok: true };
    for (const seconds of [30, 60, 180]) {
      world.now = new Date(world.now.getTime() + seconds * 1_000);
      assert.ok("nextLookSeconds" in (await look(world)));
      assert.equal(world.orders.length, 1);
    }
    world.now = new Date(world.now.getTime() + 60_000);
    await look(world);
    assert.equal(world.orders.length, 2, "DMS never got it");
  });

  test("whose answer was lost is stopped at DMS when it is canceled before DMS shows it", async () => {
    const world = aRun({ state: "queued" });
    world.answer = { ok: false, mayHaveHappened: true, failure: failure("wait") };
    await look(world);
    world.change({}, { cancel });
    world.answer = { ok: true };
    world.now = new Date(world.now.getTime() + 30_000);
    const stop = () => lookAtCancel(world.services)({ ...watched, end: { end: "canceled" } }, world.log);
    assert.ok("nextLookSeconds" in (await stop()), "it may be at DMS");
    world.now = new Date(world.now.getTime() + 30_000);
    world.seen = shown();
    await stop();
    assert.equal(world.orders.at(-1), "cancel");
  });

  test("that was written down before the process died is not asked for twice at once", async () => {
    const world = aRun({ state: "queued" });
    world.services.engine.start = async (order) => {
      world.orders.push(order);
      throw new Error("The process died.");
    };
    await assert.rejects(look(world), /died/);
    assert.ok("nextLookSeconds" in (await look(world)));
    assert.equal(world.orders.length, 1);
  });

  test("that DMS does not take because it is at something is asked for again, adopted once it is shown, and stopped by a cancel", async () => {
    const world = aRun({ state: "queued" });
    world.answer = { ok: false, failure: failure("race") };
    await look(world);
    await look(world);
    assert.equal(world.orders.length, 2);
    world.change({}, { cancel });
    const stop = () => lookAtCancel(world.services)({ ...watched, end: { end: "canceled" } }, world.log);
    assert.ok("nextLookSeconds" in (await stop()), "what DMS is at may be an earlier request of this run");
    world.change({}, {});
    world.seen = shown();
    assert.deepEqual(await look(world), { end: { end: "started" } });
  });

  test("that DMS has refused for now is asked for again at the next look, and nothing of it is canceled", async () => {
    const world = aRun({ state: "queued" });
    world.answer = { ok: false, failure: failure("wait") };
    await look(world);
    await look(world);
    assert.equal(world.orders.length, 2);
    world.change({}, { cancel });
    const end = { end: "canceled" } as const;
    assert.deepEqual(await lookAtCancel(world.services)({ ...watched, end }, world.log), { end });
  });

  test("offline names the last file; a newer one in the folder before the turn came is included", async () => {
    const world = await startableOffline(whole);
    world.records = [...whole, log(200, 300)];
    await look(world);
    const [order] = world.orders;
    assert.equal(typeof order === "object" && order.lastBackupName, "log_200_300.trn");
    assert.equal(world.migration().progress.lastBackupLsn, 300n);
  });

  test("offline begins nothing else than what was found ready, be it a shorter plan, an overwritten file or a source that was opened again", async () => {
    const [base, first] = whole as [BackupRecord, BackupRecord];
    const closing = tail(200, 300);
    for (const [ready, now] of [
      [[...whole, log(200, 300)], whole],
      [[...whole, closing], whole],
      [
        [base, first],
        [base, { ...first, etag: "overwritten" }],
      ],
      [
        [...whole, closing],
        [...whole, closing, log(300, 350)],
      ],
    ]) {
      const world = await startableOffline(ready ?? []);
      world.records = now ?? [];
      assert.deepEqual([failed(await look(world)), world.orders], ["PLAN_GONE", []]);
    }
  });

  test("offline waits for a file in the folder that nobody has read yet", async () => {
    const world = await startableOffline(whole);
    const [{ content: _, ...unread }] = [log(200, 300)];
    world.files = [...whole.map(({ content: __, ...file }) => file), unread];
    assert.ok("nextLookSeconds" in (await look(world)));
    assert.deepEqual(world.orders, []);
  });

  test("never begins what is under way for somebody else", async () => {
    const world = aRun({ state: "queued" });
    world.seen = shown();
    assert.deepEqual([failed(await look(world)), world.orders], ["TARGET_BUSY", []]);
  });

  test("begins nothing when the folder is no longer fit: emptied, mixed, or without a part that offline needs", async () => {
    const foreign = full(100, 160, { database: "Orders", family: "o", file: "orders.bak" });
    for (const [mode, records] of [
      ["online", []],
      ["online", [...whole, foreign]],
      ["offline", [...whole, log(250, 300)]],
    ] as const) {
      const world = aRun({ state: "queued", mode });
      world.records = records;
      assert.deepEqual([failed(await look(world)), world.orders], ["PLAN_GONE", []], mode);
    }
  });

  test("gives a fault of the service one more try, and what waiting heals as many as it takes, before it or after", async () => {
    const world = aRun({ state: "queued" });
    await look(world);
    const kinds = ["wait", "wait", "fault", "wait"] as const;
    for (const [times, kind] of kinds.entries()) {
      world.seen = shown({ phase: "failed", fingerprint: `failure ${times}`, failure: failure(kind) });
      assert.deepEqual(await look(world), { nextLookSeconds: 60 }, "a pause");
      assert.deepEqual(await look(world), { nextLookSeconds: 5 }, "and a new attempt");
    }
    assert.equal(world.orders.length, 1 + kinds.length);
    world.seen = shown({ phase: "failed", fingerprint: "the second fault", failure: failure("fault") });
    assert.equal(failed(await look(world)), "X");
  });

  test("that hung while another try asked anew takes nothing back of what that one has asked", async () => {
    const world = aRun({ state: "queued" });
    await look(world);
    const failed = shown({ phase: "failed", fingerprint: "first", failure: failure("wait") });
    world.seen = failed;
    const { engine } = world.services;
    const { observe } = engine;
    engine.observe = async () => {
      engine.observe = observe;
      await look(world); // the other attempt sees the failure
      world.now = new Date(world.now.getTime() + 60_000);
      await look(world); // and sends the request again
      return failed;
    };
    await look(world);
    assert.deepEqual([world.orders.length, world.migration().request?.accepted], [2, true]);
    assert.equal(world.queue.tickets[0]?.status, "holding", "DMS is at it");
    world.seen = shown({ fingerprint: "second" });
    assert.deepEqual(await look(world), { end: { end: "started" } });
  });

  test("leaves to a person what a person has to mend", async () => {
    const world = aRun({ state: "queued" });
    world.answer = { ok: false, failure: failure("user") };
    assert.equal(failed(await look(world)), "X");
  });

  test("neither adopts nor cancels what DMS shows after it has refused this run", async () => {
    const world = aRun({ state: "queued" });
    world.answer = { ok: false, failure: failure("user") };
    await look(world);
    assert.equal(world.migration().request?.refused, true);
    world.seen = shown();
    assert.deepEqual([failed(await look(world)), world.orders.length], ["TARGET_BUSY", 1]);
    const end = { end: "canceled" } as const;
    world.change({}, { cancel });
    assert.deepEqual(await lookAtCancel(world.services)({ ...watched, end }, world.log), { end });
    assert.equal(world.orders.length, 1);
  });

  test("takes no operation for its own, its answer lost, that began before it asked", async () => {
    for (const [startedOn, found] of [
      ["2025-11-24T00:20:00Z", { end: "canceled" }],
      ["2025-11-24T00:29:00Z", undefined], // the service's clock may be behind
    ] as const) {
      const world = aRun({ state: "queued" });
      world.answer = { ok: false, mayHaveHappened: true, failure: failure("wait") };
      await look(world);
      world.seen = shown({ startedOn });
      assert.equal(failed(await look(world)), found && "TARGET_BUSY");
      const end = { end: "canceled" } as const;
      world.change({}, { cancel });
      const seen = await lookAtCancel(world.services)({ ...watched, end }, world.log);
      assert.deepEqual("end" in seen ? seen.end : undefined, found);
      assert.equal(world.orders.includes("cancel"), found === undefined);
    }
  });

  test("waits for its accepted operation to show, and takes no older one's failure for its own", async () => {
    const world = aRun({ state: "queued" });
    const older = shown({ phase: "failed", fingerprint: "older", failure: failure("user") });
    world.seen = older;
    await look(world);
    const end = { end: "canceled" } as const;
    assert.deepEqual(await look(world), { nextLookSeconds: 5 });
    assert.ok("nextLookSeconds" in (await lookAtCancel(world.services)({ ...watched, end }, world.log)));
    assert.equal(world.orders.length, 1);
    world.now = new Date(world.now.getTime() + 10 * 60_000);
    assert.deepEqual(await lookAtCancel(world.services)({ ...watched, end }, world.log), { end });
    assert.deepEqual([await look(world), world.orders.length], [{ nextLookSeconds: 5 }, 2], "it is gone");
    world.seen = shown();
    assert.deepEqual(await look(world), { end: { end: "started" } });
  });
});

describe("an offline start with a file beyond the plan that cannot be used", () => {
  const torn = unreadable("torn.trn", "TRUNCATED");
  const closed = [...whole, tail(200, 300)];
  const look = (world: World) => lookAtStart(world.services)(watched, world.log);

  test("does not begin, whatever was requested, and begins once the file is gone", async () => {
    const world = aRun({ mode: "offline" });
    world.records = [...closed, torn];
    assert.ok("nextLookSeconds" in (await lookAtFolder(world.services)(watched, world.log)));
    world.records = closed;
    assert.deepEqual(await lookAtFolder(world.services)(watched, world.log), { end: { end: "startable" } });
  });

  test("that came while it waited for its turn ends the run before DMS is asked, with what to do", async () => {
    const world = await startableOffline(closed);
    world.records = [...closed, torn];
    const seen = await look(world);
    const failure = "end" in seen && seen.end.end === "failed" ? seen.end.failure : undefined;
    assert.deepEqual([failure?.code, world.orders], ["UNUSABLE_BACKUPS", []]);
    assert.match(failure?.message ?? "", /torn\.trn \(TRUNCATED\)/);
  });

  test("that is still being written is waited for", async () => {
    const world = await startableOffline(closed);
    world.records = [...closed, unreadable("page.trn", "STILL_WRITING")];
    assert.ok("nextLookSeconds" in (await look(world)));
    assert.deepEqual(world.orders, []);
  });

  test("goes past what it was forced over, the preflight with it, and past nothing that has come since", async () => {
    for (const file of [torn, unreadable("page.trn", "STILL_WRITING")]) {
      const world = aRun({ mode: "offline" });
      world.records = [...closed, file];
      const { planVersion } = (await assessFolder(world.services, world.migration())).report;
      const requested = { kind: "start", requestId: "s", run: 1, by: "Dana", at: "t", planVersion } as const;
      const forced = { reason: "The tail is empty.", passedOver: passedOverOf([file]) };
      world.change({}, { start: { ...requested, chainWasComplete: true, forced } });
      assert.deepEqual(await lookAtFolder(world.services)(watched, world.log), { end: { end: "startable" } });
      assert.deepEqual(await runPreflight(world.services)(watched, world.log), { end: { end: "passed" } });
      assert.equal(world.migration().checks?.find(({ id }) => id === "P14")?.outcome, "warn");
      world.change({ state: "queued" });
      world.records = [...closed, file, unreadable("another.trn", "ZERO_BYTES")];
      assert.ok("end" in (await look(world)));
      assert.deepEqual(world.orders, []);
      world.records = [...closed, { ...file, etag: "written over by another" }];
      await look(world);
      assert.deepEqual(world.orders, []);
      world.records = [...closed, file];
      await look(world);
      assert.equal(world.orders.length, 1);
    }
  });
});

describe("the end of a run", () => {
  const ends: readonly (readonly [RunEnd, Migration["state"], string])[] = [
    [{ end: "succeeded" }, "restoring", "migration.succeeded"],
    [
      { end: "failed", failure: { code: "2009", message: "m", cause: "c", remedy: "r" } },
      "restoring",
      "migration.failed",
    ],
    [{ end: "canceled" }, "canceling", "migration.canceled"],
  ];
  for (const [end, state, event] of ends)
    test(`${end.end} is told once, frees the VM and answers what is open`, async () => {
      const world = aRun({ state, gate: [], readyFor: "tail-1" });
      world.queue = askForSlot(
        EMPTY_QUEUE,
        { ...run, kind: "start" },
        { maxDatabases: 9, cooldownMinutes: 0 },
        world.now,
      ).queue;
      world.change({}, { cancel: { kind: "cancel", requestId: "c", run: 1, by: "Dana", at: "t", reason: "r" } });
      for (let times = 0; times < 2; times++)
        assert.deepEqual(await endRun(world.services)({ ...run, end }, world.log), { end: end.end });
      const { state: last, readyFor, failure, endedAt } = world.migration();
      assert.deepEqual([last, readyFor, failure, endedAt], [end.end, undefined, end.failure, world.now.toISOString()]);
      assert.deepEqual([told(world, event).length, world.queue.tickets], [1, []]);
      assert.equal(world.requests().cancel?.outcome?.status, end.end === "canceled" ? "done" : "superseded");
    });
});

describe("a run that succeeded", () => {
  const succeeded = async (records: World["records"], requests: MigrationFacts["requests"] = {}) => {
    const world = aRun({ state: "restoring", mode: "offline" });
    world.records = records;
    world.change({ progress: { started: true, restoredSetGuids: [], positionLsn: 200n } }, requests);
    await endRun(world.services)({ ...run, end: { end: "succeeded" } }, world.log);
    return {
      loss: fieldOf(told(world, "migration.succeeded")[0]?.data, "loss"),
      audit: world.audit.at(-1)?.detail ?? "",
    };
  };

  test("over an open source tells in its event and in the audit what is not on the target", async () => {
    const { loss, audit } = await succeeded(whole);
    assert.match(String(loss), /^What the source wrote after .* is not on the target: no tail log closed it\.$/);
    assert.ok(audit.includes(String(loss)));
  });

  test("to the end of a tail log tells of no loss, unless its start was forced past files", async () => {
    const torn = unreadable("torn.trn", "TRUNCATED");
    const closed = [full(100, 160), tail(150, 200), torn];
    assert.equal((await succeeded(closed)).loss, undefined);
    const start = { kind: "start", requestId: "w", run: 1, by: "Dana", at: "t", planVersion: "p" } as const;
    const forced = { reason: "It is empty.", passedOver: passedOverOf([torn]) };
    const { loss } = await succeeded(closed, { start: { ...start, chainWasComplete: true, forced } });
    assert.equal(loss, "The start was forced by Dana (It is empty.): what torn.trn held is not on the target.");
  });
});

test("a file that could not be read is announced with its verdict, never as accepted", async () => {
  const world = aRun();
  world.records = [...whole, unreadable("torn.bak", "TRUNCATED")];
  await lookAtFolder(world.services)(watched, world.log);
  assert.deepEqual(
    told(world, "backup.rejected").map(({ data }) => fieldOf(data, "file")),
    ["Sales/torn.bak"],
  );
});
