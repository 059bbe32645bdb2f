// Tests what would be lost by a cutover now, how far behind the target is, and when it will have caught up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import type { BackupRecord, RestoreProgress } from "../../../../shared/chain/backupRecord.ts";
import { summaryOf } from "../../../../shared/migration/events/verdictNews.ts";
import {
  type Circumstances,
  type Figures,
  figures,
  lagOfSummary,
  paceAfter,
} from "../../../../shared/migration/progress.ts";
import { context, full, log, setGuidOf, tail } from "../../../support/backupRecords.ts";

/** One LSN a minute from midnight on: the full backup ends at 02:40, the logs at 02:50, 03:10 and 03:30. */
const F = full(100, 160);
const L1 = log(150, 170);
const L2 = log(170, 190);
const L3 = log(190, 210);
const NOW = new Date("2025-11-24T04:00:00.000Z");
const MB = 1_000_000;
const NO_OFFSET = { header: { utcOffsetMinutes: undefined } as never, arrivedAt: "2026-03-01T00:00:00.000Z" };

const restoredTo = (positionLsn: bigint, more: Partial<RestoreProgress> = {}): RestoreProgress => ({
  started: true,
  anchorSetGuid: setGuidOf(F),
  restoredSetGuids: [],
  positionLsn,
  ...more,
});
const NOT_STARTED: RestoreProgress = { started: false, restoredSetGuids: [] };

const figuresOf = (files: readonly BackupRecord[], progress: RestoreProgress, circumstances?: Circumstances): Figures =>
  figures(assessChain(files, context({ now: NOW.toISOString(), progress })), progress, NOW, circumstances);

test("before the start everything would be lost, and the lag is the age of what could be restored", () => {
  const { lagSeconds, loss, pending } = figuresOf([F, L1], NOT_STARTED);
  assert.equal(lagSeconds, 70 * 60);
  assert.deepEqual(pending, { files: 2, bytes: 2 * MB, logs: 1 });
  assert.deepEqual(loss, {
    knownFiles: 2,
    knownBytes: 2 * MB,
    certain: false,
    text: "Nothing is restored yet: cutting over now loses everything.",
  });
});

test("while the source is open the loss grows with the clock, even when all that is here is restored", () => {
  const { lagSeconds, loss } = figuresOf([F, L1], restoredTo(170n));
  assert.equal(lagSeconds, 70 * 60);
  assert.deepEqual(loss, {
    since: "2025-11-24T02:50:00",
    seconds: 70 * 60,
    knownFiles: 0,
    knownBytes: 0,
    certain: false,
    text: "Cutting over now loses everything after 2025-11-24 02:50:00.",
  });
});

test("the record of an open migration tells the same lag as its chain, or none when the source is closed", () => {
  for (const [files, progress] of [
    [[F, L1], NOT_STARTED],
    [[F, L1], restoredTo(160n)],
    [[F, L1], restoredTo(170n)],
    [[F, L1, L3], restoredTo(170n)],
    [[full(100, 160, NO_OFFSET), log(150, 170, NO_OFFSET)], restoredTo(170n)],
    [[F, L1, tail(170, 190)], restoredTo(170n)],
    [[F, L1, tail(170, 190)], restoredTo(190n)],
  ] as const) {
    const report = assessChain(files, context({ now: NOW.toISOString(), progress }));
    const known = lagOfSummary({ summary: summaryOf(report), progress }, NOW);
    assert.equal(known, report.closed ? undefined : figures(report, progress, NOW).lagSeconds);
  }
  assert.equal(lagOfSummary({ progress: NOT_STARTED }, NOW), undefined);
});

test("files that wait behind a gap are known to be lost, too", () => {
  const { loss, pending } = figuresOf([F, L1, L3], restoredTo(170n));
  assert.equal(pending.files, 0);
  assert.deepEqual([loss.knownFiles, loss.knownBytes], [1, MB]);
  assert.equal(loss.text, "Cutting over now loses everything after 2025-11-24 02:50:00, 1 file of it already here.");
});

test("a file that came after the request for the cutover is part of the loss", () => {
  const late = { ...L2, arrivedAt: "2025-11-24T03:45:00.000Z" };
  const { loss } = figuresOf([F, L1, late], restoredTo(170n, { cutoverRequestedAt: "2025-11-24T03:30:00.000Z" }));
  assert.deepEqual([loss.knownFiles, loss.certain], [1, false]);
});

test("a tail log that is not restored yet ends the loss when the source was closed, not now", () => {
  const { loss } = figuresOf([F, L1, tail(170, 190)], restoredTo(170n));
  assert.deepEqual([loss.seconds, loss.knownFiles, loss.certain], [20 * 60, 1, false]);
});

test("once the tail log is restored nothing is lost, and there is no lag", () => {
  const { loss, lagSeconds } = figuresOf([F, L1, tail(170, 190)], restoredTo(190n));
  assert.deepEqual([loss.seconds, loss.certain, lagSeconds], [0, true, 0]);
});

test("an empty tail at the end closes the source like any other", () => {
  const { loss } = figuresOf([F, L1, tail(170, 170)], restoredTo(170n));
  assert.deepEqual([loss.seconds, loss.certain], [0, true]);
});

test("a source that was opened again behind its tail is open", () => {
  const { loss } = figuresOf([F, L1, tail(170, 190), L3], restoredTo(210n));
  assert.deepEqual([loss.seconds, loss.certain], [30 * 60, false]);
});

test("the operator's word closes the source only when nothing newer is left", () => {
  const word = { sourceClosedAt: "2025-11-24T03:30:00.000Z" };
  const done = figuresOf([F, L1], restoredTo(170n), word).loss;
  assert.deepEqual([done.seconds, done.certain], [0, true]);
  const open = figuresOf([F, L1, L2], restoredTo(170n), word).loss;
  assert.deepEqual([open.seconds, open.certain], [40 * 60, false]);
});

test("without an offset of the source's clock no seconds are invented", () => {
  const files = [full(100, 160, NO_OFFSET), log(150, 170, NO_OFFSET)];
  const { loss, lagSeconds, uploadLag } = figuresOf(files, restoredTo(170n));
  assert.deepEqual([loss.seconds, lagSeconds, uploadLag], [undefined, undefined, undefined]);
  assert.equal(loss.since, "2025-11-24T02:50:00");
});

test("when the file that ends at the position is gone, the loss is told by its LSN", () => {
  const { loss } = figuresOf([F, L2], restoredTo(175n));
  assert.deepEqual([loss.since, loss.seconds], [undefined, undefined]);
  assert.match(loss.text, /after LSN 175/);
});

test("uploads lag by the time from the end of a backup to its arrival", () => {
  const after = (record: BackupRecord, utc: string): BackupRecord => ({
    ...record,
    arrivedAt: `2025-11-24T${utc}.000Z`,
  });
  const files = [after(F, "02:45:00"), after(L1, "03:50:00"), after(L2, "03:10:30")];
  assert.deepEqual(figuresOf(files, NOT_STARTED).uploadLag, { newestSeconds: 30, p95Seconds: 3600 });
});

const pace = { bytesPerSecond: MB, waitMinutes: 6 };

test("the ETA is the pending bytes at the pace, behind those who have their turn first", () => {
  assert.equal(figuresOf([F, L1, L2], restoredTo(160n), { pace }).etaSeconds, 2 + 2 * 180);
});

test("the ETA is absent where it cannot be known: without a pace, without a full backup, behind a gap", () => {
  assert.equal(figuresOf([F, L1], restoredTo(160n)).etaSeconds, undefined);
  assert.equal(figuresOf([L1], NOT_STARTED, { pace }).etaSeconds, undefined);
  assert.equal(figuresOf([F, L1, L3], restoredTo(160n), { pace }).etaSeconds, undefined);
  assert.equal(figuresOf([F], NOT_STARTED, { pace: { ...pace, bytesPerSecond: 0 } }).etaSeconds, undefined);
});

test("the pace is a moving average of what was restored while there was something to restore, the newest weighing 0.3", () => {
  const at = (second: number) => new Date(Date.UTC(2025, 10, 24, 21, 0, second));
  const begun = paceAfter(undefined, { restoredBytes: 0, isBusy: true }, at(0));
  assert.deepEqual(begun, { busySince: at(0).toISOString() });
  const waited = paceAfter(begun, { restoredBytes: 0, isBusy: true }, at(4));
  assert.deepEqual(waited, begun, "a look that sees nothing new starts no new measurement");
  const first = paceAfter(waited, { restoredBytes: 1000, isBusy: true }, at(10));
  assert.deepEqual(first, { busySince: at(10).toISOString(), bytesPerSecond: 100 });
  const second = paceAfter(first, { restoredBytes: 4000, isBusy: false }, at(30));
  assert.ok(Math.abs((second.bytesPerSecond ?? 0) - (0.7 * 100 + 0.3 * 200)) < 1e-9);
  assert.equal(second.busySince, undefined, "idle time is nobody's slowness");
  assert.equal(paceAfter(second, { restoredBytes: 500, isBusy: false }, at(90)).bytesPerSecond, second.bytesPerSecond);
});

test("once the database is online the loss is told as what is not on the target, and no longer as what a cutover would lose", () => {
  const ended = (positionLsn: bigint) => restoredTo(positionLsn, { ended: "succeeded" });
  const open = figuresOf([F, L1], ended(170n)).loss;
  assert.deepEqual(
    [open.certain, open.text],
    [false, "What the source wrote after 2025-11-24 02:50:00 is not on the target: no tail log closed it."],
  );
  const late = figuresOf([F, L1, L2], ended(170n)).loss;
  assert.deepEqual([late.certain, late.knownFiles], [false, 1]);
  assert.match(late.text, /not on the target, 1 file of it here/);
  assert.match(figuresOf([F, L1, tail(170, 190)], ended(190n)).loss.text, /^Nothing is lost/);
  const declared = figuresOf([F, L1], ended(170n), { sourceClosedAt: "2025-11-24T03:30:00.000Z" }).loss;
  assert.match(declared.text, /^Nothing is lost if the source was closed, as declared/);
});
