// Tests what the restore's status means for the records: which of them are restored, and up to which LSN.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import { NOTHING_RESTORED, type RestoreProgress } from "../../../../shared/chain/backupRecord.ts";
import type { EngineDetails, EngineOperation } from "../../../../shared/migration/observed.ts";
import { progressFrom } from "../../../../shared/migration/progress.ts";
import { context, differential, full, log, setGuidOf } from "../../../support/backupRecords.ts";

const base = full(100, 160);
const newest = differential(200, 300, base);
const logs = [log(160, 210), log(210, 300), log(300, 340)];
const empty = log(340, 340, { file: "empty.trn" });
const records = [base, newest, ...logs, empty];
const report = assessChain(records, context());
const nameOf = (record: { name: string }): string => record.name.split("/").at(-1) ?? "";

const seen = (details: EngineDetails, phase: EngineOperation["phase"] = "running"): EngineOperation => ({
  phase,
  fingerprint: "one",
  isOffline: false,
  canCutOver: true,
  canCancel: true,
  details,
});
const after = (operation: EngineOperation, before: RestoreProgress = NOTHING_RESTORED) =>
  progressFrom(records, report, before, operation);

test("the last restored file says how far the restore is", () => {
  const progress = after(seen({ lastRestoredFile: nameOf(newest) }));
  assert.equal(progress.positionLsn, 300n);
  assert.equal(progress.anchorSetGuid, setGuidOf(base));
  assert.equal(progress.diffSetGuid, setGuidOf(newest));
});

test("a restored file outside the plan counts as well: an empty log, or a log that a differential took over", () => {
  assert.equal(after(seen({ lastRestoredFile: "empty.trn" })).positionLsn, 340n);
  assert.equal(after(seen({ lastRestoredFile: nameOf(log(160, 210)) })).positionLsn, 210n);
});

test("a file of the same name that lies deeper is not the restored one", () => {
  const nested = { ...log(340, 900), name: "Sales/old/empty.trn" };
  const progress = progressFrom(
    [nested, ...records],
    report,
    NOTHING_RESTORED,
    seen({ lastRestoredFile: "empty.trn" }),
  );
  assert.equal(progress.positionLsn, 340n);
});

test("with the full backup restored and no name told, the restore stands at the full backup's end", () =>
  assert.equal(after(seen({ isFullRestored: true })).positionLsn, 160n));

test("an unknown name and a stale answer change nothing", () => {
  const before = after(seen({ lastRestoredFile: "empty.trn" }));
  assert.equal(after(seen({ lastRestoredFile: "nobody.trn" }), before).positionLsn, 340n);
  assert.equal(after(seen({ lastRestoredFile: nameOf(base) }), before).positionLsn, 340n);
});

test("what is being restored is named until it is restored", () => {
  const first = log(160, 210);
  assert.notEqual(after(seen({ currentFile: nameOf(first) })).currentSetGuid, undefined);
  assert.equal(after(seen({ currentFile: nameOf(first), lastRestoredFile: nameOf(first) })).currentSetGuid, undefined);
});

test("an offline success has restored everything up to the file that it was started with", () => {
  const progress = after({ ...seen({}, "succeeded"), isOffline: true }, { ...NOTHING_RESTORED, lastBackupLsn: 340n });
  assert.equal(progress.positionLsn, 340n);
  assert.equal(progress.ended, "succeeded");
});

test("an online success has restored what DMS named, no more: somebody may have cut over before the plan's end", () => {
  const progress = after(seen({ lastRestoredFile: nameOf(log(160, 210)) }, "succeeded"));
  assert.equal(progress.positionLsn, 210n);
  assert.equal(progress.ended, "succeeded");
});

test("a file that was overwritten after it was restored is another backup, of which DMS has said nothing yet", () => {
  const hourly = log(160, 210, { file: "hourly.trn", etag: "first" });
  const before = progressFrom([base, hourly], report, NOTHING_RESTORED, seen({ lastRestoredFile: "hourly.trn" }));
  assert.deepEqual([before.positionLsn, before.lastRestored?.etag], [210n, hourly.etag]);
  const later = log(210, 300, { file: "hourly.trn", etag: "second" });
  const still = progressFrom([base, later], report, before, seen({ lastRestoredFile: "hourly.trn" }));
  assert.equal(still.positionLsn, 210n, "the hour in between is not restored");
  const other = log(300, 340, { file: "other.trn" });
  const moved = progressFrom([base, later, other], report, still, seen({ lastRestoredFile: "other.trn" }));
  assert.equal(moved.positionLsn, 340n);
});
