// Tests cases 51 to 70, which public incidents added to the first fifty, in the rules' own notation.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import type { BackupRecord } from "../../../../shared/chain/backupRecord.ts";
import type { ChainReport } from "../../../../shared/chain/chainReport.ts";
import {
  context,
  differential,
  full,
  guid,
  headerOf,
  log,
  noFileOf,
  setGuidOf,
  tail,
  unreadable,
} from "../../../support/backupRecords.ts";
import { checkCases } from "./cases.ts";

const F = full(100, 160);
const L1 = log(150, 200);
const L2 = log(200, 240);
const L3 = log(240, 280);
const L4 = log(280, 320);

const beyond = ({ unusableNewer }: ChainReport): string[] =>
  unusableNewer.map(({ file, reason }) => `${file} ${reason}`);
const gapOf = ({ gaps: [gap] }: ChainReport) => ({ cause: gap?.likelyCause, first: gap?.healedBy[0] ?? "" });
const finished = (backupFinishDate: string, utcOffsetMinutes?: number) => ({
  header: { backupFinishDate, ...(utcOffsetMinutes === undefined ? {} : { utcOffsetMinutes }) },
});
const cutOff = (file: string, firstLsn: bigint, lastLsn: bigint): BackupRecord => ({
  ...unreadable(file, "TRUNCATED"),
  content: { kind: "unreadable", code: "TRUNCATED", message: "why", provedSpan: { firstLsn, lastLsn } },
});
const appended = (file: string, ...records: readonly BackupRecord[]): BackupRecord => {
  const [first = F] = records;
  if (first.content.kind !== "header") return first;
  return { ...first, name: `Sales/${file}`, content: { ...first.content, backupSets: records.map(headerOf) } };
};
const empty = (at: number, file: string, backupFinishDate: string, utcOffsetMinutes = 0): BackupRecord =>
  log(at, at, { file, set: file, ...finished(backupFinishDate, utcOffsetMinutes) });

describe("beyond the end of the plan (R15)", () =>
  checkCases({
    "51: a newest file that cannot be read leaves the chain restorable, and is told beside it": {
      files: [F, L1, unreadable("tail.trn", "TRUNCATED")],
      verdict: "restorable",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "TRUNCATED"],
      problems: ["UNUSABLE_NEWER"],
      last: "log_150_200.trn",
      also: (report) => {
        assert.deepEqual(beyond(report), ["Sales/tail.trn TRUNCATED"]);
        assert.ok(!report.canStartOffline && report.canStartOnline);
      },
    },
    "52: a log that was cut off counts until it is gone, also when it is here again under another name: a second one may have followed in it":
      {
        files: [F, L1, cutOff("broken.trn", 200n, 240n), L2],
        verdict: "restorable",
        reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "TRUNCATED", "PLAN_LOG 3"],
        problems: ["UNUSABLE_NEWER"],
        also: (report) =>
          assert.deepEqual([beyond(report), report.canStartOffline], [["Sales/broken.trn TRUNCATED"], false]),
      },
  }));

describe("empty logs (R16)", () =>
  checkCases({
    "53: empty logs at the end prove until when nothing was written": {
      files: [F, L1, empty(200, "e1.trn", "2025-11-24T04:00:00"), empty(200, "e2.trn", "2025-11-24T05:00:00")],
      verdict: "restorable",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "EMPTY_LOG", "EMPTY_LOG"],
      last: "e2.trn",
      also: ({ restorableTo }) =>
        assert.deepEqual(restorableTo, { lsn: 200n, time: "2025-11-24T05:00:00", utc: "2025-11-24T05:00:00.000Z" }),
    },
    "54: so they do for what is restored, whether DMS has looked at them or not": {
      files: [F, L1, empty(200, "e1.trn", "2025-11-24T04:00:00"), L2],
      given: { progress: { started: true, anchorSetGuid: setGuidOf(F), positionLsn: 200n, restoredSetGuids: [] } },
      verdict: "restorable",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "EMPTY_LOG", "PLAN_LOG 3"],
      also: ({ restoredTo }) => assert.equal(restoredTo?.time, "2025-11-24T04:00:00"),
    },
  }));

describe("a gap that a refused file covers names it (R17)", () =>
  checkCases({
    "55: a damaged log cannot be taken again: a differential heals": {
      files: [F, L1, log(200, 240, { header: { isDamaged: true } }), L3],
      verdict: "waiting",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "DAMAGED", "GAP_BEFORE"],
      gaps: ["200-240"],
      problems: ["UNUSABLE_NEWER"],
      also: (report) => {
        assert.equal(gapOf(report).cause, "REFUSED_FILE");
        assert.match(gapOf(report).first, /^log_200_240\.trn holds it, and cannot be used \(DAMAGED\)\..*differential/);
      },
    },
    "56: nor can one of several sets in a file": {
      files: [F, L1, appended("twice.trn", L2, L3), L4],
      verdict: "waiting",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "APPENDED_SETS", "GAP_BEFORE"],
      gaps: ["200-280"],
      problems: ["UNUSABLE_NEWER"],
      also: (report) => {
        assert.equal(gapOf(report).cause, "REFUSED_FILE");
        assert.match(gapOf(report).first, /^twice\.trn holds it.*\(APPENDED_SETS\)\..*Take a differential/);
      },
    },
    "57: of one that was cut off a fresh copy is wanted": {
      files: [F, L1, cutOff("cut.trn", 200n, 240n), L3],
      verdict: "waiting",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "TRUNCATED", "GAP_BEFORE"],
      gaps: ["200-240"],
      problems: ["UNUSABLE_NEWER"],
      also: (report) => assert.match(gapOf(report).first, /^cut\.trn holds it.*\(TRUNCATED\)\. Upload a fresh copy/),
    },
  }));

describe("backups without a file (R18)", () =>
  checkCases({
    "58: a log to NUL fills no plan, and the gap says so": {
      files: [F, L1, noFileOf(L2, "nul"), L3],
      verdict: "waiting",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "NO_FILE", "GAP_BEFORE"],
      gaps: ["200-240"],
      problems: ["UNUSABLE_NEWER"],
      also: (report) => {
        assert.equal(gapOf(report).cause, "NO_FILE");
        assert.match(gapOf(report).first, /backed up to NUL.*Take a differential backup/);
      },
    },
    "59: the newest log to NUL has taken what no later log will hold": {
      files: [F, L1, noFileOf(L2, "nul")],
      verdict: "restorable",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "NO_FILE"],
      problems: ["UNUSABLE_NEWER"],
      also: (report) => assert.deepEqual(beyond(report), ["Sales/log_200_240.trn NO_FILE"]),
    },
    "60: a full to NUL starts nothing, and a differential on it has no base": {
      files: [F, L1, noFileOf(full(205, 210), "nul"), L2, differential(250, 260, full(205, 210))],
      verdict: "restorable",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "NO_FILE", "PLAN_LOG 3", "BASE_NOT_FOUND"],
      problems: ["UNUSABLE_NEWER"],
      also: (report) => assert.deepEqual(beyond(report), ["Sales/diff_250_260.bak BASE_NOT_FOUND"]),
    },
    "61: the nightly snapshot of another tool is no loss: the next log holds what it holds": {
      files: [F, L1, noFileOf(full(205, 210, { header: { isSnapshot: true, flags: 2 } }), "virtualDevice")],
      verdict: "restorable",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "NO_FILE"],
      also: (report) => assert.ok(report.canStartOffline),
    },
    "71: it is one in the simple recovery model, where no log will come": {
      files: [
        full(100, 160, { header: { recoveryModel: "SIMPLE" } }),
        noFileOf(full(205, 210, { header: { recoveryModel: "SIMPLE", isSnapshot: true, flags: 2 } }), "virtualDevice"),
      ],
      given: { mode: "offline" },
      verdict: "restorable",
      reasons: ["PLAN_FULL 1", "NO_FILE"],
      problems: ["UNUSABLE_NEWER"],
      also: (report) => assert.deepEqual([beyond(report).length, report.canStartOffline], [1, false]),
    },
    "62: nor is a copy-only log to NUL": {
      files: [F, L1, noFileOf(log(200, 230, { header: { isCopyOnly: true } }), "nul"), L2],
      verdict: "restorable",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "NO_FILE", "PLAN_LOG 3"],
    },
    "70: a log that was written over at the source is told as that": {
      files: [F, L1, noFileOf(L2, "overwritten"), L3],
      verdict: "waiting",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "NO_FILE", "GAP_BEFORE"],
      gaps: ["200-240"],
      problems: ["UNUSABLE_NEWER"],
      also: (report) => assert.match(gapOf(report).first, /was written over at the source by a later backup/),
    },
  }));

const atHalfPast = (hours: readonly string[], offsets: readonly number[]): readonly BackupRecord[] =>
  hours.map((hour, index) =>
    log(160 + index * 10, 170 + index * 10, finished(`2025-10-26T${hour}:00`, offsets[index] ?? 0)),
  );

describe("clocks", () =>
  checkCases({
    "63: ninety minutes in the night that the clock is set back are ninety minutes: a file is missing": {
      // Every half hour in Berlin: 02:30 summer time, then 03:00 winter time; the two logs between them are missing.
      files: [
        F,
        ...atHalfPast(["01:30", "02:00", "02:30"], [120, 120, 120]),
        log(210, 220, finished("2025-10-26T03:00:00", 60)),
      ],
      verdict: "waiting",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "PLAN_LOG 4", "GAP_BEFORE"],
      gaps: ["190-210"],
      also: (report) => assert.equal(gapOf(report).cause, "FILE_MISSING"),
    },
    "64: replicas in two zones: three hours apart on the wall, fifteen minutes in truth, or the other way round": {
      files: [
        F,
        log(160, 170, finished("2025-11-24T21:15:00", 0)),
        log(170, 180, finished("2025-11-24T21:30:00", 0)),
        log(200, 210, finished("2025-11-24T18:00:00", -300)),
      ],
      verdict: "waiting",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "GAP_BEFORE"],
      gaps: ["180-200"],
      also: (report) => assert.equal(gapOf(report).cause, "FILE_MISSING"),
    },
    "65: the last backup of that night is the last by its instant, whatever its wall clock says": {
      files: [
        full(100, 160, finished("2025-10-26T00:00:00", 120)),
        log(160, 200, finished("2025-10-26T02:45:00", 120)),
        empty(200, "later.trn", "2025-10-26T02:15:00", 60),
      ],
      verdict: "restorable",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "EMPTY_LOG"],
      last: "later.trn",
      also: ({ restorableTo }) => assert.equal(restorableTo?.utc, "2025-10-26T01:15:00.000Z"),
    },
    "66: the fork that was backed up last is told by instants as well": {
      files: [
        full(100, 160, finished("2025-10-26T02:45:00", 120)),
        full(120, 150, { fork: guid("Y"), ...finished("2025-10-26T02:15:00", 60) }),
      ],
      verdict: "restorable",
      reasons: ["OFF_FORK", "PLAN_FULL 1"],
      problems: ["FORK_AMBIGUOUS"],
    },
    "67: a stop that names its zone is an instant": {
      files: [
        full(100, 160, finished("2025-10-26T01:00:00", 120)),
        log(160, 170, finished("2025-10-26T02:30:00", 120)), // 00:30Z
        log(170, 180, finished("2025-10-26T02:30:00", 60)), // 01:30Z
        log(180, 190, finished("2025-10-26T03:30:00", 60)), // 02:30Z
      ],
      given: { stopAt: "2025-10-26T01:00:00Z" },
      verdict: "restorable",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "AFTER_STOP"],
    },
  }));

describe("names", () =>
  checkCases({
    "68: the same backup uploaded again is the same plan": {
      files: [F, { ...L1, etag: "again", sameAs: L1.etag }],
      verdict: "restorable",
      reasons: ["PLAN_FULL 1", "PLAN_LOG 2"],
      also: (report) => assert.equal(report.planVersion, assessChain([F, L1], context()).planVersion),
    },
    "69: a folder and a target of another name than every backup in it are worth a word before the start": {
      files: [full(100, 160, { folder: "Orders" }), tail(160, 170, { folder: "Orders" })],
      given: { folder: "Orders", targetDatabaseName: "Orders" },
      verdict: "restorable",
      reasons: ["PLAN_FULL 1", "PLAN_TAIL 2"],
      problems: ["OTHER_NAME"],
      also: ({ problems: [problem] }) => assert.match(problem?.message ?? "", /called Orders .*backups are of Sales/),
    },
    "69a: not when the target is called as the source, the folder holds the name, or somebody has named the source": {
      files: [full(100, 160, { folder: "SRV1-Sales" })],
      given: { folder: "SRV1-Sales", targetDatabaseName: "Archive" },
      verdict: "restorable",
      reasons: ["PLAN_FULL 1"],
      also: () => {
        const files = [full(100, 160, { folder: "Orders" })];
        for (const given of [{ targetDatabaseName: "Sales" }, { expected: { databaseName: "Sales" } }])
          assert.deepEqual(assessChain(files, context({ folder: "Orders", ...given })).problems, []);
      },
    },
  }));
