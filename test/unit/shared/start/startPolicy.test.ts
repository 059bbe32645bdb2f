// Tests when a restore may start: a table of modes, requests and files.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import type { BackupRecord } from "../../../../shared/chain/backupRecord.ts";
import type { ChainReport } from "../../../../shared/chain/chainReport.ts";
import type { Migration, StartRequest } from "../../../../shared/migration/migration.ts";
import { passedOverOf } from "../../../../shared/migration/passedOver.ts";
import { canStart, heldBy, mayStart, type StartFacts } from "../../../../shared/start/startPolicy.ts";
import { context, full, log, tail, unreadable } from "../../../support/backupRecords.ts";
import { aMigration } from "../../../support/facts.ts";

const NOW = new Date("2025-11-24T00:30:00.000Z");
const SIX_HOURS = 21_600;
const target = { sqlVmResourceId: "/subscriptions/s/…/sqlVirtualMachines/vm1", databaseName: "Sales" };

const whole = [full(100, 160), log(150, 200)];
const closed = [...whole, tail(200, 300)];
const withGap = [...whole, log(250, 300)];
const noFull = [log(150, 200)];

const online = (records: readonly BackupRecord[]): ChainReport => assessChain(records, context({ mode: "online" }));
const offline = (records: readonly BackupRecord[]): ChainReport => assessChain(records, context({ mode: "offline" }));

function facts(report: ChainReport, start: Migration["start"], changes: Partial<StartFacts> = {}): StartFacts {
  return {
    migration: aMigration("sales-1", { mode: report.mode, start, target }),
    report,
    request: undefined,
    now: NOW,
    quietMinutes: 0,
    newestArrival: "2025-11-24T00:00:00.000Z",
    ...changes,
  };
}

const requested = ({ planVersion }: { planVersion: string }, chainWasComplete = true): StartRequest => ({
  kind: "start",
  requestId: "sales-1-run-1-start-1",
  run: 1,
  by: "dba",
  at: "2025-11-24T00:10:00.000Z",
  planVersion,
  chainWasComplete,
});

const starts = (given: StartFacts): boolean => mayStart(given).start;

describe("online", () => {
  test("starts by itself with a full backup, logs behind a gap or not", () => {
    for (const files of [whole, withGap, [full(100, 160)]]) assert.ok(starts(facts(online(files), "auto")));
  });
  test("starts on the word alone when it is manual, whatever plan the word was said of", () => {
    assert.ok(!starts(facts(online(whole), "manual")));
    assert.ok(starts(facts(online(whole), "manual", { request: requested({ planVersion: "another" }) })));
  });
  test("never starts without a full backup, without a target, in a mixed folder or on an ambiguous fork", () => {
    const request = requested(online(whole));
    assert.ok(!starts(facts(online(noFull), "auto", { request })));
    assert.ok(
      !starts(
        facts(online([...whole, full(100, 160, { database: "Orders", family: "o", file: "orders.bak" })]), "auto", {
          request,
        }),
      ),
    );
    assert.ok(!starts({ ...facts(online(whole), "auto", { request }), migration: aMigration("sales-1") }));
    assert.ok(!starts(facts({ ...online(whole), canStartOnline: false, forkAmbiguous: true }, "auto", { request })));
  });
});

describe("offline", () => {
  test("a lone restorable chain starts nothing: nobody says that all files are there", () => {
    assert.ok(!starts(facts(offline(whole), "auto")));
    assert.ok(!starts(facts(offline([full(100, 160)]), "auto")));
  });
  test("a tail log says so, except when somebody has to", () => {
    assert.ok(starts(facts(offline(closed), "auto")));
    assert.ok(!starts(facts(offline(closed), "manual")));
  });
  test("the word says so for the plan that it was said of", () => {
    const report = offline(whole);
    for (const start of ["auto", "manual"] as const) {
      assert.ok(starts(facts(report, start, { request: requested(report) })));
      assert.ok(!starts(facts(report, start, { request: requested({ planVersion: "another" }) })));
    }
  });
  test("a word that was said before the chain was whole holds for the plan that completes it", () => {
    assert.ok(starts(facts(offline(whole), "manual", { request: requested({ planVersion: "another" }, false) })));
  });
  test("a word about an older plan does not keep a tail log from starting what would start without it", () => {
    assert.ok(starts(facts(offline(closed), "auto", { request: requested(offline(whole)) })));
    assert.ok(!starts(facts(offline(closed), "manual", { request: requested(offline(whole)) })));
  });
  test("never with a gap, not even on the word", () => {
    const report = offline(withGap);
    assert.ok(!starts(facts(report, "auto", { request: requested(report, false) })));
  });
  test("a quiet period says so when it is on, and the next look is at its end", () => {
    const quiet = { quietMinutes: 45, newestArrival: "2025-11-24T00:00:00.000Z" };
    assert.deepEqual(mayStart(facts(offline(whole), "auto", quiet)), { start: false, nextLookSeconds: 900 });
    assert.ok(starts(facts(offline(whole), "auto", { ...quiet, quietMinutes: 30 })));
    assert.ok(!starts(facts(offline(whole), "manual", { ...quiet, quietMinutes: 30 })));
    assert.ok(!starts(facts(offline(withGap), "auto", { ...quiet, quietMinutes: 1 })));
  });
});

describe("the next look is", () => {
  test("in six hours when only a file, a person or a target can change the answer", () => {
    assert.deepEqual(mayStart(facts(online(noFull), "auto")), { start: false, nextLookSeconds: SIX_HOURS });
    assert.deepEqual(mayStart(facts(offline([]), "auto", { newestArrival: "" })), {
      start: false,
      nextLookSeconds: SIX_HOURS,
    });
  });
  test("at the deadline of the gap that ends first, when it turns from waiting to broken", () => {
    const report = offline(withGap);
    assert.equal(report.gaps[0]?.deadline, "2025-11-24T01:00:00.000Z");
    assert.deepEqual(mayStart(facts(report, "auto")), { start: false, nextLookSeconds: 1_800 });
  });
  test("not before a second has passed, and an overdue gap has no deadline any more", () => {
    const report = offline(withGap);
    const now = new Date("2025-11-24T01:00:00.000Z");
    assert.deepEqual(mayStart(facts(report, "auto", { now })), { start: false, nextLookSeconds: 1 });
    const gaps = report.gaps.map((gap) => ({ ...gap, overdue: true }));
    assert.deepEqual(mayStart(facts({ ...report, gaps }, "auto")), { start: false, nextLookSeconds: SIX_HOURS });
  });
});

test("what a mode needs of a chain: online a beginning, offline the whole", () => {
  assert.deepEqual([canStart(online(withGap)), canStart(offline(withGap))], [true, false]);
  assert.deepEqual([canStart(online(whole)), canStart(offline(whole))], [true, true]);
  assert.deepEqual([canStart(online(noFull)), canStart(offline(noFull))], [false, false]);
});

describe("a file beyond the plan that cannot be used", () => {
  const torn = unreadable("torn.trn", "TRUNCATED");
  const report = offline([...closed, torn]);
  const passing = (...files: readonly BackupRecord[]): readonly string[] => passedOverOf(files);
  const forced = (...files: readonly BackupRecord[]): StartRequest => ({
    ...requested(report),
    forced: { reason: "r", passedOver: passing(...files) },
  });

  test("holds up an offline start: its word, the tail log and the quiet time alike; online goes on", () => {
    const request = requested(report, false);
    for (const changes of [{ request }, { request: requested(report) }, { quietMinutes: 1 }])
      assert.ok(!starts(facts(report, "auto", changes)));
    assert.ok(starts(facts(online([...closed, torn]), "auto")));
  });
  test("is passed over by a start that was forced over this version of it, and by no other", () => {
    assert.ok(starts(facts(report, "auto", { request: forced(torn) })));
    assert.ok(!starts(facts(report, "auto", { request: forced() })));
    assert.ok(!starts(facts(report, "auto", { request: forced(unreadable("another.trn", "TRUNCATED")) })));
    const overwritten = offline([...closed, { ...torn, etag: "again" }]);
    assert.ok(!starts(facts(overwritten, "auto", { request: forced(torn) })), "it was overwritten since");
    const another = offline([...closed, torn, unreadable("empty.trn", "ZERO_BYTES")]);
    assert.ok(!starts(facts(another, "auto", { request: forced(torn) })), "one has come since");
  });
  test("holds nothing up any more once it is replaced: a start that was remembered begins with what is there then", () => {
    const whole = offline([...closed, tail(300, 400, { file: "torn.trn" })]);
    assert.ok(starts(facts(whole, "manual", { request: requested(report, false) })));
  });
  test("cannot force a plan with a gap, or on an ambiguous fork", () => {
    const gap = offline([...withGap, torn]);
    assert.ok(!canStart(gap, passing(torn)));
    assert.ok(!canStart({ ...report, forkAmbiguous: true }, passing(torn)));
  });
  test("is waited for while it is read or written, and is for a person otherwise", () => {
    assert.equal(heldBy(report, []), "unusable");
    assert.equal(heldBy(report, passing(torn)), undefined);
    const filling = offline([...closed, unreadable("page.trn", "STILL_WRITING")]);
    assert.equal(heldBy(filling, []), "reading");
    assert.equal(heldBy(offline([...withGap, torn]), []), undefined, "the gap is told, not this");
  });
});
