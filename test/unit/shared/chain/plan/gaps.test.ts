// Tests where logs are missing, why, and what closes the gap: the catalogue's cases of gaps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assessChain } from "../../../../../shared/chain/assessChain.ts";
import { context, differential, full, log } from "../../../../support/backupRecords.ts";
import { checkCases } from "../cases.ts";

const F = full(100, 160, { checkpoint: 110 });
const L1 = log(150, 170);
const L2 = log(170, 190);
const L4 = log(210, 230);
const L5 = log(230, 250);
/** An hour and a half after the last file arrived. */
const late = { now: "2025-11-24T01:30:00.000Z" };

checkCases({
  "13: a missing log makes one gap, and what lies behind it waits": {
    files: [F, L1, L2, L4, L5],
    verdict: "waiting",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "GAP_BEFORE", "GAP_BEFORE"],
    gaps: ["190-210"],
    waitingFor: ["range"],
    last: "log_170_190.trn",
    also: ({ gaps: [gap], restorableTo, canStartOffline, canStartOnline }) => {
      assert.equal(restorableTo?.lsn, 190n);
      assert.deepEqual([canStartOffline, canStartOnline], [false, true]);
      assert.deepEqual([gap?.after.file, gap?.before.file], ["Sales/log_170_190.trn", "Sales/log_210_230.trn"]);
      assert.deepEqual([gap?.deadline, gap?.overdue], ["2025-11-24T01:00:00.000Z", false]);
    },
  },
  "13b: a gap that is past its deadline needs a person": {
    files: [F, L1, L2, L4],
    given: late,
    verdict: "broken",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "GAP_BEFORE"],
    gaps: ["190-210"],
    also: (report) => assert.equal(report.canStartOnline, false),
  },
  "14: a differential that reaches over the gap heals it": {
    files: [F, L1, L2, differential(200, 215, F), L4, L5],
    given: late,
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "BEFORE_BASE", "BEFORE_BASE", "PLAN_DIFF 2", "PLAN_LOG 3", "PLAN_LOG 4"],
  },
  "15: a new full heals it before the start, and that is told": {
    files: [F, L1, L2, L4, full(225, 228), L5],
    given: late,
    verdict: "restorable",
    reasons: ["OLDER_FULL", "BEFORE_BASE", "BEFORE_BASE", "PLAN_LOG 2", "PLAN_FULL 1", "PLAN_LOG 3"],
  },
  "15b: logs that lie before the new full and cannot be reached are worth a warning": {
    files: [F, L1, log(180, 190), full(200, 210), log(205, 230)],
    given: late,
    verdict: "restorable",
    reasons: ["OLDER_FULL", "BEFORE_BASE", "BEFORE_BASE", "PLAN_FULL 1", "PLAN_LOG 2"],
    problems: ["REANCHORED"],
  },
  "neighbours one LSN apart are a gap": {
    files: [full(290, 300), log(300, 320), log(321, 340)],
    verdict: "waiting",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "GAP_BEFORE"],
    gaps: ["320-321"],
  },
  "each of several gaps is named": {
    files: [F, L1, log(180, 190), log(190, 200), log(210, 220)],
    verdict: "waiting",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "GAP_BEFORE", "GAP_BEFORE", "GAP_BEFORE"],
    gaps: ["170-180", "200-210"],
    waitingFor: ["range", "range"],
  },
  "33: a log that begins a new chain tells that the recovery model was switched": {
    files: [F, L1, L2, log(210, 230, { header: { beginsLogChain: true } })],
    verdict: "waiting",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "GAP_BEFORE"],
    gaps: ["190-210"],
    also: ({ gaps: [gap] }) => {
      assert.equal(gap?.likelyCause, "RECOVERY_MODEL_SWITCH");
      assert.match(gap?.healedBy[0] ?? "", /differential backup on full_100_160\.bak.*beyond LSN 210/);
    },
  },
  "a stripe that is missing inside the range is the likely cause": {
    files: [F, L1, L2, log(190, 210, { stripe: [1, 2] }), L4],
    verdict: "waiting",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "STRIPES_MISSING", "GAP_BEFORE"],
    gaps: ["190-210"],
    waitingFor: ["stripes", "range"],
    also: ({ gaps: [gap] }) => {
      assert.equal(gap?.likelyCause, "STRIPE_MISSING");
      assert.match(gap?.healedBy[0] ?? "", /media family 2 of 2 of the backup that log_190_210_1of2\.trn belongs to/);
    },
  },
  "an incomplete log behind the gap shows it, too": {
    files: [F, L1, log(190, 210, { stripe: [1, 2] })],
    verdict: "waiting",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "STRIPES_MISSING"],
    gaps: ["170-190"],
  },
});

test("a file is missing where the neighbours are further apart than usual; otherwise another job took the log", () => {
  const apart = assessChain([F, L1, L2, L4], context()).gaps[0];
  assert.equal(apart?.likelyCause, "FILE_MISSING");
  const close = log(200, 230, { header: { backupFinishDate: "2025-11-24T03:30:00" } });
  const near = assessChain([F, L1, L2, close], context()).gaps[0];
  assert.equal(near?.likelyCause, "OTHER_LOG_BACKUP");
  assert.match(near?.healedBy[0] ?? "", /another job or tool/);
});

test("a gap's sentence names range, files and times", () => {
  const waiting = assessChain([F, L1, L2, L4], context()).files.find(({ reason }) => reason === "GAP_BEFORE");
  assert.equal(
    waiting?.detail,
    "Log backups are missing between LSN 190 (log_170_190.trn, finished 2025-11-24 03:10:00) and LSN 210 (log_210_230.trn, finished 2025-11-24 03:50:00).",
  );
});

test("the last arrival behind the gap sets the deadline", () => {
  const striped = [1, 2].map((stripe) =>
    log(210, 230, { stripe: [stripe, 2], arrivedAt: `2025-11-24T00:1${stripe}:00.000Z` }),
  );
  assert.equal(assessChain([F, L1, ...striped], context()).gaps[0]?.deadline, "2025-11-24T01:12:00.000Z");
});
