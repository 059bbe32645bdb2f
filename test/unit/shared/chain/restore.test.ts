// Tests what changes once the restore has begun, at its end, after a tail-log backup, on a fork: the catalogue's cases
// of these.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import type { BackupRecord, ChainContext, RestoreProgress } from "../../../../shared/chain/backupRecord.ts";
import { context, differential, FORK, full, guid, log, setGuidOf, tail } from "../../../support/backupRecords.ts";
import { checkCases } from "./cases.ts";

const F = full(100, 160);
const L1 = log(150, 170);
const L2 = log(170, 190);
const L3 = log(190, 210);
const started = (progress: Partial<RestoreProgress>): Partial<ChainContext> => ({
  progress: { started: true, anchorSetGuid: setGuidOf(F), restoredSetGuids: [], ...progress },
});
const at = (positionLsn: bigint, progress: Partial<RestoreProgress> = {}) => started({ positionLsn, ...progress });
const arriving = (record: BackupRecord, arrivedAt: string): BackupRecord => ({ ...record, arrivedAt });
const AFTERWARDS = "2025-11-24T05:00:00.000Z";
const REQUESTED = { cutoverRequestedAt: "2025-11-24T04:00:00.000Z" };
const Y = guid("fork Y");

checkCases({
  "after the start the plan goes on from the restored position": {
    files: [F, L1, L2, L3],
    given: at(170n, { currentSetGuid: setGuidOf(L2) }),
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "PLAN_LOG 4"],
    last: "log_190_210.trn",
    also: (report) => {
      assert.deepEqual(
        report.plan.map(({ restored }) => restored),
        [true, true, false, false],
      );
      assert.deepEqual(
        report.files.map(({ state }) => state),
        ["Restored", "Restored", "Restoring", "Arrived"],
      );
      assert.deepEqual([report.restoredTo?.lsn, report.restorableTo?.lsn], [170n, 210n]);
    },
  },
  "15: a gap after the start stays, and a later full does not heal it": {
    files: [F, L1, L3, full(200, 220)],
    given: at(170n),
    verdict: "waiting",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "GAP_BEFORE", "FULL_AFTER_START"],
    gaps: ["170-190"],
    also: ({ gaps: [gap] }) => assert.ok(!gap?.healedBy.some((sentence) => /new full/.test(sentence))),
  },
  "a differential that arrives after logs were restored waits: logs are preferred": {
    files: [F, L1, differential(180, 220, F), L2],
    given: at(170n),
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "DIFF_AFTER_START", "PLAN_LOG 3"],
  },
  "the differential of the plan stays in it while only the full is restored": {
    files: [F, differential(180, 200, F), log(195, 220)],
    given: at(160n),
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_DIFF 2", "PLAN_LOG 3"],
  },
  "and once it is restored": {
    files: [F, L1, differential(180, 200, F), log(195, 220), log(220, 230)],
    given: at(220n, { diffSetGuid: setGuidOf(differential(180, 200, F)) }),
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "BEFORE_BASE", "PLAN_DIFF 2", "PLAN_LOG 3", "PLAN_LOG 4"],
    also: ({ plan }) =>
      assert.deepEqual(
        plan.map(({ restored }) => restored),
        [true, true, true, false],
      ),
  },
  "a differential on a later full is rejected after the start": {
    files: [F, L1, full(180, 190), differential(195, 200, full(180, 190))],
    given: at(170n),
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "FULL_AFTER_START", "BASE_AFTER_START"],
    problems: ["UNUSABLE_NEWER"],
  },
  "46: a log at or before the position that was not needed adds nothing": {
    files: [F, L1, log(165, 169), L2],
    given: at(190n),
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "ALREADY_RESTORED", "PLAN_LOG 3"],
  },
  "a restored file that is gone changes nothing for those behind it": {
    files: [F, L2, L3],
    given: at(190n),
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3"],
  },
  "a chain goes on from a known position without its full": {
    files: [log(160, 190), L3, log(150, 165)],
    given: { progress: { started: true, positionLsn: 170n, restoredSetGuids: [] } },
    verdict: "restorable",
    reasons: ["PLAN_LOG 1", "PLAN_LOG 2", "ALREADY_RESTORED"],
    last: "log_190_210.trn",
  },
  "before the first restore the anchor is the one the run was started with": {
    files: [F, full(200, 220), L1],
    given: started({}),
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "FULL_AFTER_START", "PLAN_LOG 2"],
  },
  "50: the full backup that a started run needs is gone": {
    files: [L1, L2],
    given: started({}),
    verdict: "broken",
    reasons: ["NO_FULL", "NO_FULL"],
    problems: ["PLANNED_FILE_MISSING"],
  },
  "50b: offline, a needed log is gone: a gap, and an alarm at once": {
    files: [F, L1, L3],
    given: { mode: "offline", ...at(170n, { lastBackupLsn: 210n }) },
    verdict: "broken",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "GAP_BEFORE"],
    gaps: ["170-190"],
    problems: ["PLANNED_FILE_MISSING"],
  },
  "45: what arrives after the request for the cutover is too late": {
    files: [F, L1, arriving(L2, AFTERWARDS)],
    given: at(170n, REQUESTED),
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "TOO_LATE"],
    problems: ["TOO_LATE"],
    last: "log_150_170.trn",
  },
  "45b: what was there before the request is part of the plan, and a late copy of it is no loss": {
    files: [F, L1, L2, arriving(log(180, 190, { set: "late" }), AFTERWARDS)],
    given: at(170n, REQUESTED),
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "COVERED"],
  },
  "45a: of late stripes the first by name stands for all": {
    files: [
      F,
      L1,
      ...[2, 1].map((stripe) =>
        arriving(log(170, 190, { stripe: [stripe, 2], file: `${3 - stripe}.trn` }), AFTERWARDS),
      ),
    ],
    given: at(170n, REQUESTED),
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "TOO_LATE", "TOO_LATE"],
    problems: ["TOO_LATE"],
    also: ({ problems }) => assert.match(problems[0]?.message ?? "", /, 1\.trn for instance/),
  },
  "45c: offline, the run's last backup is the end": {
    files: [F, L1, L2, L3],
    given: { mode: "offline", ...at(160n, { lastBackupLsn: 190n }) },
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "TOO_LATE"],
    problems: ["TOO_LATE"],
  },
  "45d: after success everything beyond the position is too late": {
    files: [F, L1, L2, full(200, 220)],
    given: at(170n, { ended: "succeeded" }),
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "TOO_LATE", "TOO_LATE"],
    problems: ["TOO_LATE"],
  },
  "40: a tail-log backup closes the source": {
    files: [F, L1, tail(170, 190)],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_TAIL 3"],
    also: (report) => assert.deepEqual([report.closed, report.plan[2]?.isTail], [true, true]),
  },
  "an empty tail at the plan's end closes it like any other": {
    files: [F, L1, tail(170, 170)],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "EMPTY_LOG"],
    last: "log_170_170.trn",
    also: ({ closed }) => assert.equal(closed, true),
  },
  "a tail behind a gap closes nothing yet": {
    files: [F, L1, tail(190, 210)],
    verdict: "waiting",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "GAP_BEFORE"],
    gaps: ["170-190"],
    also: ({ closed }) => assert.equal(closed, false),
  },
  "a tail taken with recovery is a hint only": {
    files: [F, log(150, 170, { header: { flags: 16 + 64, isTailLog: true } })],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2"],
    also: ({ closed, files }) => {
      assert.equal(closed, false);
      assert.match(files[1]?.detail ?? "", /with recovery, so the source may be open/);
    },
  },
  "41: a log behind the tail shows that the source was opened again": {
    files: [F, tail(150, 170), L2],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_TAIL 2", "PLAN_LOG 3"],
    problems: ["SOURCE_REOPENED"],
    also: ({ closed }) => assert.equal(closed, false),
  },
  "a tail of a damaged database is restorable, with a warning": {
    files: [F, tail(150, 170, { header: { flags: 16 + 128 + 256 } })],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_TAIL 2"],
    problems: ["INCOMPLETE_METADATA"],
  },
  "32: sets of another fork are off the path": {
    files: [F, L1, log(170, 190, { fork: Y }), log(190, 210, { fork: Y })],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "OFF_FORK", "OFF_FORK"],
    problems: ["FORK_UNREACHED"],
    also: ({ problems: [unreached] }) => {
      assert.match(unreached?.message ?? "", /^2 backups from LSN 170 on \(log_170_190\.trn\) lie on recovery fork/);
      assert.deepEqual(unreached?.files, ["Sales/log_170_190.trn", "Sales/log_190_210.trn"]);
    },
  },
  "32b: unless a set that spans the fork connects them; what lies behind the fork point is abandoned": {
    files: [F, L1, L2, log(170, 195, { fork: Y, from: [FORK, 180] }), log(195, 210, { fork: Y })],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "OFF_FORK", "PLAN_LOG 3", "PLAN_LOG 4"],
  },
  "32c: a full backup on each of two forks leaves the choice to a person": {
    files: [F, L1, full(300, 310, { fork: Y }), log(305, 320, { fork: Y })],
    verdict: "restorable",
    reasons: ["OFF_FORK", "OFF_FORK", "PLAN_FULL 1", "PLAN_LOG 2"],
    problems: ["FORK_AMBIGUOUS"],
    also: (report) => {
      assert.deepEqual([report.forkAmbiguous, report.canStartOffline, report.canStartOnline], [true, false, false]);
    },
  },
  "32d: who may name the fork": {
    files: [F, L1, full(300, 310, { fork: Y }), log(305, 320, { fork: Y })],
    given: { expected: { forkId: FORK.toLowerCase() } },
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "OFF_FORK", "OFF_FORK"],
  },
  "32e: a restore that is past the fork point stays on its fork": {
    files: [F, L1, L2, log(170, 195, { fork: Y, from: [FORK, 180] })],
    given: at(190n, { forkId: FORK }),
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "OFF_FORK"],
    problems: ["FORK_UNREACHED"],
    also: ({ problems: [unreached] }) =>
      assert.match(unreached?.message ?? "", /cancel this run and begin another \(ferry cancel, then ferry restart\)/),
  },
  "a set that knows no fork is accepted": {
    files: [F, L1, log(170, 190, { header: { recoveryForkId: undefined, firstRecoveryForkId: undefined } as never })],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3"],
  },
  "stopping at a time takes the logs up to the first that reaches it": {
    files: [F, L1, L2, L3, differential(195, 200, F)],
    given: { stopAt: "2025-11-24T03:00:00" },
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "AFTER_STOP", "AFTER_STOP"],
  },
  "35: SQL Server cannot stop inside bulk-logged changes": {
    files: [F, L1, log(170, 190, { header: { hasBulkLoggedData: true } })],
    given: { stopAt: "2025-11-24T03:00:00" },
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "AFTER_STOP"],
    problems: ["BULK_LOGGED"],
  },
  "35b: bulk-logged changes are told by bit 1 of Flags as well": {
    files: [F, L1, log(170, 190, { header: { flags: 17 } })],
    given: { stopAt: "2025-11-24T03:00:00" },
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "AFTER_STOP"],
    problems: ["BULK_LOGGED"],
  },
  "a full backup that does not tell when it finished is no start for a stop in time": {
    files: [F, L1, L2, full(180, 186, { header: { backupFinishDate: "" } })],
    given: { stopAt: "2025-11-24T03:00:00" },
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "AFTER_STOP"],
  },
  "logs that do not tell when they finished are applied, and reach no stop": {
    files: [F, log(150, 170, { header: { backupFinishDate: "" } })],
    given: { stopAt: "2025-11-24T03:00:00" },
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2"],
    problems: ["STOP_NOT_REACHED"],
  },
  "nothing that is taken now closes a gap before a stop in the past": {
    files: [F, L1, L3],
    given: { stopAt: "2025-11-24T12:00:00" },
    verdict: "waiting",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "GAP_BEFORE"],
    gaps: ["170-190"],
    problems: ["STOP_NOT_REACHED"],
    also: ({ gaps: [gap] }) => {
      assert.match(gap?.healedBy[0] ?? "", /^Upload the log backups/);
      assert.deepEqual(gap?.healedBy.slice(1), ["Choose a stop that lies before the gap."]);
    },
  },
});

test("after a cancellation the rest shows Canceled", () => {
  const given = context(at(170n, { ended: "canceled" }));
  assert.deepEqual(
    assessChain([F, L1, L2], given).files.map(({ state }) => state),
    ["Restored", "Restored", "Canceled"],
  );
});

test("what the service reports restored shows Restored, even when the plan went another way", () => {
  const short = log(165, 169);
  const report = assessChain([F, L1, short], context(at(170n, { restoredSetGuids: [setGuidOf(short)] })));
  assert.equal(report.files.find(({ reason }) => reason === "ALREADY_RESTORED")?.state, "Restored");
});

test("the plan's version stays while its members are being restored, and changes with a new log", () => {
  const versions = [context(), context(at(160n)), context(at(170n)), context(at(190n))].map(
    (given) => assessChain([F, L1, L2], given).planVersion,
  );
  assert.equal(new Set(versions).size, 1);
  assert.match(versions[0] ?? "", /^[0-9a-f]{16}$/);
  assert.notEqual(assessChain([F, L1, L2, L3], context()).planVersion, versions[0]);
});
