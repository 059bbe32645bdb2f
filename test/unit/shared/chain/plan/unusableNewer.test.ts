// Tests that every file that cannot be used holds up the chain, unless it is proved to be older than the plan's end
// (rule R15).
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assessChain } from "../../../../../shared/chain/assessChain.ts";
import type { BackupRecord, ReadErrorCode } from "../../../../../shared/chain/backupRecord.ts";
import type { ChainReport } from "../../../../../shared/chain/chainReport.ts";
import {
  context,
  differential,
  full,
  guid,
  headerOf,
  log,
  setGuidOf,
  unreadable,
} from "../../../../support/backupRecords.ts";

const F = full(100, 160);
const L1 = log(150, 200);
const L2 = log(200, 240);
const TIMES: readonly string[] = ["2025-11-23T00:00:00.000Z", "2025-11-24T12:00:00.000Z"];

/** Several sets in one file. */
const appended = (...records: readonly [BackupRecord, ...BackupRecord[]]): BackupRecord => {
  const [first] = records;
  if (first.content.kind !== "header") return first;
  return { ...first, name: "Sales/twice.trn", content: { ...first.content, backupSets: records.map(headerOf) } };
};
const withOmitted = (record: BackupRecord): BackupRecord =>
  record.content.kind === "header" ? { ...record, content: { ...record.content, omittedSets: 1 } } : record;
/** Only the head exists: it has the LSNs of the first set, and nothing of the sets after it. */
const cutOff = (firstLsn: bigint, lastLsn: bigint): BackupRecord => ({
  ...unreadable("cut.trn", "TRUNCATED"),
  content: { kind: "unreadable", code: "TRUNCATED", message: "why", provedSpan: { firstLsn, lastLsn } },
});
/** Damaged inside; its end shows that there is no other set in it. */
const damagedInside = (firstLsn: bigint, lastLsn: bigint, forkId?: string): BackupRecord => {
  const provedSpan = { firstLsn, lastLsn, ...(forkId !== undefined && { forkId }), isOnlySet: true as const };
  return {
    ...unreadable("torn.trn", "CHECKSUM_MISMATCH"),
    content: { kind: "unreadable", code: "CHECKSUM_MISMATCH", message: "why", provedSpan },
  };
};

const codes: readonly ReadErrorCode[] = [
  "ZERO_BYTES",
  "TRUNCATED",
  "NOT_A_BACKUP",
  "ENCRYPTED_MEDIA",
  "UNSUPPORTED_COMPRESSION",
  "STILL_WRITING",
  "UNREACHABLE",
  "ARCHIVED",
  "ABANDONED_UPLOAD",
  "READER_FAULT",
];

/** One file of every kind that lies, or may lie, beyond LSN 200. */
const BEYOND: Readonly<Record<string, BackupRecord>> = {
  ...Object.fromEntries(codes.map((code) => [code, unreadable("tail.trn", code)])),
  ...Object.fromEntries(
    ["tail.bkp", "tail.backup", "tail.001", "tail.bak1", "tail.trn.gpg", "tail.trn.tmp", "tail", "json"].map((name) => [
      `NOT_A_BACKUP, called ${name}`,
      unreadable(name, "NOT_A_BACKUP"),
    ]),
  ),
  "TRUNCATED, one folder too deep": { ...unreadable("x", "TRUNCATED"), name: "Sales/LOG/tail.trn" },
  "NOT_A_BACKUP, one folder too deep": { ...unreadable("x", "NOT_A_BACKUP"), name: "Sales/LOG/tail.sqb" },
  UNREAD: { ...L2, content: { kind: "unread" } },
  "TRUNCATED, and its head tells where it begins": cutOff(200n, 240n),
  "appended and cut off: its head tells of the first set alone": cutOff(150n, 200n),
  "CHECKSUM_MISMATCH, and it is known where it lies": damagedInside(200n, 240n),
  APPENDED_SETS: appended(log(150, 200), log(200, 240)),
  "APPENDED_SETS, of which some were left out": withOmitted(appended(log(100, 150), log(150, 190))),
  UNSUPPORTED_TYPE: full(210, 240, { header: { backupType: 7 } }),
  DAMAGED: log(200, 240, { header: { isDamaged: true } }),
  NEWER_THAN_TARGET: log(200, 240, { header: { softwareVersionMajor: 17 } }),
  BASE_NOT_FOUND: differential(210, 240, full(205, 206)),
  MULTI_BASE_DIFF: differential(210, 240, undefined, {
    header: { differentialBaseGuid: null, differentialBaseLsn: null },
  }),
  "a log one folder too deep": log(200, 240, { folder: "Sales/LOG" }),
  "a log whose LSNs are reversed": log(240, 200),
  "a log on a fork that nothing leads to": log(200, 240, { fork: guid("another") }),
};

const assess = (files: readonly BackupRecord[], given: Parameters<typeof context>[0] = {}): ChainReport =>
  assessChain(files, context({ mode: "offline", targetVersionMajor: 16, ...given }));
const found = ({ unusableNewer }: ChainReport): string[] => unusableNewer.map(({ file }) => file);
const started = { started: true, anchorSetGuid: setGuidOf(F), positionLsn: 200n, restoredSetGuids: [] };

describe("beyond the plan's end, or perhaps beyond it", () => {
  for (const [kind, file] of Object.entries(BEYOND))
    for (const arrivedAt of TIMES)
      test(`${kind}, arrived ${arrivedAt < "2025-11-24" ? "before" : "after"} the good ones, holds up start and cutover`, () => {
        const report = assess([F, L1, { ...file, arrivedAt }]);
        assert.deepEqual([report.verdict, report.restorableTo?.lsn, found(report)], ["restorable", 200n, [file.name]]);
        assert.equal(report.unusableNewer[0]?.reason, report.files.find(({ name }) => name === file.name)?.reason);
        assert.ok(!report.canStartOffline);
        const restored = assess([F, L1, { ...file, arrivedAt }], { mode: "online", progress: started });
        assert.deepEqual([found(restored), restored.canCutOver], [[file.name], false]);
      });

  test("a good newer log takes the doubt from what is proved to end before it, and from nothing else", () => {
    const newer = [F, L1, log(200, 300)];
    const proved = Object.entries(BEYOND).filter(([, file]) => found(assess([...newer, file])).length === 0);
    assert.deepEqual(
      proved.map(([kind]) => kind),
      [
        "CHECKSUM_MISMATCH, and it is known where it lies",
        "APPENDED_SETS",
        "UNSUPPORTED_TYPE",
        "DAMAGED",
        "NEWER_THAN_TARGET",
        "BASE_NOT_FOUND",
        "MULTI_BASE_DIFF",
        "a log one folder too deep",
        "a log on a fork that nothing leads to",
      ],
    );
  });

  test("every file counts, and the problem tells the reasons and what to do about each", () => {
    const report = assess([F, L1, unreadable("a.trn", "TRUNCATED"), unreadable("b.trn", "ENCRYPTED_MEDIA")]);
    assert.deepEqual(found(report), ["Sales/a.trn", "Sales/b.trn"]);
    const [problem] = report.problems.filter(({ code }) => code === "UNUSABLE_NEWER");
    assert.equal(problem?.severity, "alarm");
    assert.match(
      problem?.message ?? "",
      /2 files cannot be used .* LSN 200.*a\.trn \(TRUNCATED\): Upload.*b\.trn \(ENC/,
    );
  });

  test("what is only being read is a warning: it may turn out to be sound", () => {
    const { problems } = assess([F, L1, unreadable("page.trn", "STILL_WRITING")]);
    assert.deepEqual(
      problems.map(({ code, severity }) => [code, severity]),
      [["UNUSABLE_NEWER", "warning"]],
    );
  });
});

describe("is not held up", () => {
  const rows: Readonly<Record<string, BackupRecord>> = {
    "by a log that is damaged inside and ends before the plan does": damagedInside(150n, 200n),
    "by appended sets that all end before the plan does": appended(log(100, 150), log(150, 200)),
    ...Object.fromEntries(
      [
        "readme.txt",
        "Notes.MD",
        "headers.json",
        "history.csv",
        "holiday.jpg",
        "tail.trn.sha256",
        ".DS_Store",
        "LOG/Thumbs.db",
      ].map((name) => [`by ${name}`, unreadable(name, "NOT_A_BACKUP")]),
    ),
    "by a copy of a planned file": { ...L1, name: "Sales/copy.trn" },
    "by a log that the plan covers": log(160, 190),
    "by a damaged log of a range that is planned": log(150, 190, { header: { isDamaged: true } }),
    "by another database's log one folder deeper": log(200, 240, {
      folder: "Sales/LOG",
      database: "Orders",
      family: "orders",
    }),
  };
  for (const [what, file] of Object.entries(rows))
    test(what, () => {
      const report = assess([F, L1, file]);
      assert.deepEqual([found(report), report.canStartOffline], [[], true]);
    });

  test("by files in other folders where the container's root is the database's", () => {
    const elsewhere = ["TRUNCATED", "NOT_A_BACKUP"].map((code) => unreadable(`${code}.trn`, code as ReadErrorCode));
    const records = [F, L1].map((record) => ({ ...record, name: record.name.replace("Sales/", "") }));
    const report = assess([...records, ...elsewhere], { folder: "", rootIsADatabase: true });
    assert.deepEqual([report.verdict, found(report)], ["restorable", []]);
  });

  test("by the abandoned branch of a source that was restored to an earlier time", () => {
    const Y = guid("Y");
    const report = assess([F, L1, L2, log(200, 230, { fork: Y, from: [headerOf(F).recoveryForkId ?? "", 210] })]);
    assert.deepEqual([report.restorableTo?.lsn, found(report)], [230n, []]);
  });

  test("by what a stop in time leaves out", () => {
    const stopAt = "2025-11-24T03:00:00"; // inside L1
    assert.deepEqual(found(assess([F, L1, unreadable("tail.trn", "TRUNCATED")], { stopAt })), []);
    assert.deepEqual(found(assess([F, L1, unreadable("tail.trn", "TRUNCATED")], { stopAt: "2025-11-24T09:00:00" })), [
      "Sales/tail.trn",
    ]);
  });

  test("by a full backup that came after the start and is of no use", () => {
    const damaged = full(210, 240, { header: { isDamaged: true } });
    assert.deepEqual(found(assess([F, L1, damaged], { mode: "online", progress: started })), []);
    assert.deepEqual(found(assess([F, L1, damaged])), [damaged.name]);
  });
});

test("a log that is damaged inside, on a fork that the plan does not pass, proves nothing by its LSNs", () => {
  assert.deepEqual(found(assess([F, L1, damagedInside(150n, 200n, guid("another"))])), ["Sales/torn.trn"]);
});

test("a differential of another base is what it is after an offline start as well, not a file that came too late", () => {
  const stray = differential(210, 240, full(205, 206));
  const progress = { started: true, anchorSetGuid: setGuidOf(F), restoredSetGuids: [], lastBackupLsn: 200n };
  const { files } = assess([F, L1, stray], { progress });
  assert.equal(files.find(({ name }) => name === stray.name)?.reason, "BASE_AFTER_START");
});
