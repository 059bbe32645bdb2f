// Tests which full backup, which differential and which logs are planned: the catalogue's cases of bases and log
// chains.
import assert from "node:assert/strict";
import { differential, full, guid, log, setGuidOf } from "../../../support/backupRecords.ts";
import { checkCases } from "./cases.ts";

const F = full(100, 160, { checkpoint: 110 });
const L1 = log(150, 170);
const L2 = log(170, 190);
const L3 = log(190, 210);
const L4 = log(210, 230);
const copyOnly = { isCopyOnly: true };

checkCases({
  "1: a full backup alone is restorable": {
    files: [F],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1"],
    last: "full_100_160.bak",
    also: (report) => {
      assert.deepEqual(report.restorableTo, {
        lsn: 160n,
        time: "2025-11-24T02:40:00",
        utc: "2025-11-24T02:40:00.000Z",
      });
      assert.ok(report.canStartOffline && report.canStartOnline && !report.closed);
    },
  },
  "2: with a differential the logs before its end are not needed": {
    files: [F, L1, L2, differential(180, 195, F), L3, L4],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "BEFORE_BASE", "BEFORE_BASE", "PLAN_DIFF 2", "PLAN_LOG 3", "PLAN_LOG 4"],
    last: "log_210_230.trn",
  },
  "3: without a differential every log is needed": {
    files: [F, L1, L2, L3, L4],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "PLAN_LOG 4", "PLAN_LOG 5"],
  },
  "4: of two differentials on one full the one that reaches further counts": {
    files: [F, differential(180, 195, F), differential(200, 220, F)],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "OLDER_DIFF", "PLAN_DIFF 2"],
  },
  "5 and 6: a log that reaches over the differential's end comes first, one that ends before it is superseded": {
    files: [F, differential(180, 200, F), log(185, 199), log(199, 205), log(205, 215)],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_DIFF 2", "BEFORE_BASE", "PLAN_LOG 3", "PLAN_LOG 4"],
  },
  "7: a differential that knows no base GUID fits by the full's checkpoint, not by its first LSN": {
    files: [
      F,
      differential(200, 220, F, { set: "checkpoint", header: { differentialBaseGuid: undefined } as never }),
      differential(200, 230, undefined, { set: "first", header: { differentialBaseLsn: 100n } }),
      differential(200, 210, undefined, { set: "history", databaseBackup: 110 }),
    ],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_DIFF 2", "BASE_NOT_FOUND", "OLDER_DIFF"],
    problems: ["UNUSABLE_NEWER"],
  },
  "8: logs that end inside the full are superseded, one that ends exactly with it adds nothing": {
    files: [F, log(90, 120), log(120, 150, { set: "a" }), log(150, 160), log(160, 170)],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "BEFORE_BASE", "BEFORE_BASE", "COVERED", "PLAN_LOG 2"],
  },
  "9: a log that spans the full's end is selected": {
    files: [F, log(90, 200)],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2"],
  },
  "10 and 11: DatabaseBackupLSN never filters a log": {
    files: [
      F,
      log(150, 170, { databaseBackup: 40 }),
      log(170, 190, { databaseBackup: 999 }),
      log(190, 210, { databaseBackup: 110 }),
    ],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "PLAN_LOG 4"],
  },
  "12: empty logs are never a gap; the one at the end is the last backup": {
    files: [
      F,
      L1,
      log(170, 170),
      log(170, 170, { set: "again" }),
      L2,
      log(190, 190, { header: { backupFinishDate: "2025-11-24T05:00:00" } }),
    ],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "EMPTY_LOG", "EMPTY_LOG", "PLAN_LOG 3", "EMPTY_LOG"],
    last: "log_190_190.trn",
  },
  "16: logs without a full wait for it": {
    files: [L1, L2],
    verdict: "waiting",
    reasons: ["NO_FULL", "NO_FULL"],
    waitingFor: ["full"],
    also: (report) =>
      assert.deepEqual([report.plan, report.canStartOnline, report.canStartOffline], [[], false, false]),
  },
  "17: a differential before its base waits for it by GUID": {
    files: [differential(200, 220, F)],
    verdict: "waiting",
    reasons: ["BASE_MISSING"],
    also: (report) => {
      const needed = { what: "base", setGuid: setGuidOf(F), lsn: 110n, neededBy: "Sales/diff_200_220.bak" };
      assert.deepEqual(report.waitingFor, [needed]);
      assert.match(report.files[0]?.remedy ?? "", new RegExp(setGuidOf(F)));
    },
  },
  "18: a differential whose base is absent is rejected when another full is there; the plan goes by logs": {
    files: [F, differential(180, 220, full(10, 20)), L1, L2],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "BASE_NOT_FOUND", "PLAN_LOG 2", "PLAN_LOG 3"],
    problems: ["UNUSABLE_NEWER"],
  },
  "5b: a base GUID that is known and differs is not saved by an equal LSN": {
    files: [F, differential(180, 220, F, { header: { differentialBaseGuid: guid("another") } })],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "BASE_NOT_FOUND"],
    problems: ["UNUSABLE_NEWER"],
  },
  "19: a copy-only full is never a differential base, and the plan that reaches further wins": {
    files: [F, full(170, 180, { header: copyOnly }), differential(190, 200, F)],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "OLDER_FULL", "PLAN_DIFF 2"],
  },
  "20: a newer copy-only full is an anchor like any other, and logs go on behind it": {
    files: [
      F,
      full(170, 180, { header: copyOnly }),
      L1,
      L2,
      log(190, 220, { databaseBackup: 110 }),
      log(190, 230, { fork: guid("stray") }),
    ],
    verdict: "restorable",
    reasons: ["OLDER_FULL", "PLAN_FULL 1", "BEFORE_BASE", "PLAN_LOG 2", "PLAN_LOG 3", "OFF_FORK"],
    problems: ["FORK_UNREACHED"],
  },
  "21: of a copy-only log and the log it overlaps the further-reaching one is enough": {
    files: [F, L1, log(170, 185, { header: copyOnly }), L2, log(185, 210)],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "COVERED", "PLAN_LOG 3", "PLAN_LOG 4"],
  },
  "21b: of equal logs the one that is not copy-only is taken": {
    files: [F, log(150, 170, { set: "copy", header: copyOnly }), L1],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "COVERED", "PLAN_LOG 2"],
  },
  "44: the plan names its last file by LSN; neither the newest date nor the last name counts": {
    files: [
      F,
      log(150, 170, { file: "z_last_by_name.trn", header: { backupFinishDate: "2030-01-01T00:00:00" } }),
      log(170, 190, { file: "a_first_by_name.trn" }),
    ],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3"],
    last: "a_first_by_name.trn",
  },
  "47: LSNs that differ only in the 23rd digit are distinct and ordered": {
    files: [
      full(10_000_000_000_000_000_000_001n, 10_000_000_000_000_000_000_005n),
      log(10_000_000_000_000_000_000_004n, 10_000_000_000_000_000_000_006n),
      log(10_000_000_000_000_000_000_007n, 10_000_000_000_000_000_000_009n),
    ],
    verdict: "waiting",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "GAP_BEFORE"],
    gaps: ["10000000000000000000006-10000000000000000000007"],
  },
  "48: times that contradict the LSNs change nothing": {
    files: [
      full(10, 20, { header: { backupFinishDate: "2030-01-01T00:00:00" } }),
      full(100, 160, { header: { backupFinishDate: "2020-01-01T00:00:00" } }),
      log(150, 170, { header: { backupFinishDate: "2019-01-01T00:00:00" } }),
      log(170, 190, { header: { backupFinishDate: "2018-01-01T00:00:00" } }),
    ],
    verdict: "restorable",
    reasons: ["OLDER_FULL", "PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3"],
    last: "log_170_190.trn",
  },
  "a differential of an older full is superseded with it": {
    files: [full(10, 20), differential(30, 40, full(10, 20)), F],
    verdict: "restorable",
    reasons: ["OLDER_FULL", "OLDER_BASE", "PLAN_FULL 1"],
  },
  "a differential with several bases is rejected": {
    files: [
      F,
      differential(180, 200, undefined, { header: { differentialBaseGuid: null, differentialBaseLsn: null } }),
    ],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "MULTI_BASE_DIFF"],
    problems: ["UNUSABLE_NEWER"],
  },
  "a differential overlaps the logs around it": {
    files: [F, differential(165, 205, F), L1, L2, L3, L4],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_DIFF 2", "BEFORE_BASE", "BEFORE_BASE", "PLAN_LOG 3", "PLAN_LOG 4"],
  },
  "headers without any GUID are told apart by their LSNs and joined by the checkpoint": {
    files: [
      full(100, 160, { checkpoint: 110, header: withoutGuids() }),
      differential(180, 200, undefined, { databaseBackup: 110, header: withoutGuids() }),
      log(190, 220, { header: withoutGuids() }),
      log(220, 240, { header: withoutGuids() }),
    ],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_DIFF 2", "PLAN_LOG 3", "PLAN_LOG 4"],
  },
});

function withoutGuids(): Record<string, never> {
  const none = { backupSetGuid: "", familyGuid: undefined, recoveryForkId: undefined, firstRecoveryForkId: undefined };
  return none as never;
}
