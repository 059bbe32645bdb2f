// Tests which files take part at all: the catalogue's cases of stripes, copies, kinds, folders and several databases.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import type { BackupRecord } from "../../../../shared/chain/backupRecord.ts";
import { context, differential, full, guid, headerOf, log, unreadable } from "../../../support/backupRecords.ts";
import { checkCases } from "./cases.ts";

const F = full(100, 160);
const L1 = log(150, 170);
const L2 = log(170, 190);
const withHeader = (record: BackupRecord, changes: object): BackupRecord => {
  if (record.content.kind !== "header") return record;
  return { ...record, content: { ...record.content, backupSets: [{ ...headerOf(record), ...changes }] } };
};
const stripesOf = (first: number, last: number, count: number): BackupRecord[] =>
  Array.from({ length: count }, (_, index) => full(first, last, { stripe: [index + 1, count] }));
const [S1, S2, S3, S4] = stripesOf(100, 160, 4) as [BackupRecord, BackupRecord, BackupRecord, BackupRecord];
const twice = { ...F, content: { ...F.content, backupSets: [headerOf(F), headerOf(full(200, 260))] } } as BackupRecord;

const TDE_FILES = [
  { logicalName: "Sales", physicalName: "S.mdf", type: "D", fileGroupName: "PRIMARY", fileId: 1, size: 1, maxSize: 1 },
] as const;

checkCases({
  "22: a renamed copy is a duplicate of the file with the smallest name": {
    files: [F, full(100, 160, { file: "a_copy.bak" }), L1],
    verdict: "restorable",
    reasons: ["DUPLICATE", "PLAN_FULL 1", "PLAN_LOG 2"],
    also: ({ files }) => assert.match(files[1]?.detail ?? "", /copy of a_copy\.bak/),
  },
  "24: two deliveries of one event are one file": {
    files: [F, L1, { ...L1 }],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 2"],
    also: ({ files, plan }) => assert.deepEqual([files.length, plan.length], [2, 2]),
  },
  "25: a striped backup waits for all its files": {
    files: [S1, S3, S4],
    verdict: "waiting",
    reasons: ["STRIPES_MISSING", "STRIPES_MISSING", "STRIPES_MISSING"],
    waitingFor: ["stripes"],
    also: ({ waitingFor: [first], files: [file] }) => {
      assert.deepEqual(first?.what === "stripes" && [first.missing, first.familyCount], [[2], 4]);
      assert.equal(file?.detail, "The backup was striped over 4 files, of which 3 are here.");
      assert.match(file?.remedy ?? "", /media family 2 of 4/);
    },
  },
  "26: the stripes of two backups in one folder separate by themselves": {
    files: [...stripesOf(100, 160, 2), ...stripesOf(200, 260, 2), L1],
    verdict: "restorable",
    reasons: ["OLDER_FULL", "OLDER_FULL", "PLAN_FULL 1", "PLAN_FULL 1", "BEFORE_BASE"],
    also: ({ plan: [anchor] }) => {
      assert.deepEqual(anchor?.files, ["Sales/full_200_260_1of2.bak", "Sales/full_200_260_2of2.bak"]);
      assert.equal(anchor?.bytes, 2_000_000);
    },
  },
  "a copied stripe does not stand in for the one that is missing": {
    files: [S1, full(100, 160, { stripe: [1, 4], file: "copy.bak" }), S2, S3],
    verdict: "waiting",
    reasons: ["DUPLICATE", "STRIPES_MISSING", "STRIPES_MISSING", "STRIPES_MISSING"],
  },
  "an incomplete newer backup is waited for, although there is a plan without it": {
    files: [F, log(150, 200, { stripe: [1, 2] })],
    verdict: "waiting",
    reasons: ["PLAN_FULL 1", "STRIPES_MISSING"],
    waitingFor: ["stripes"],
  },
  "stripes that contradict each other are not used": {
    files: [...stripesOf(100, 160, 2).slice(0, 1), withHeader(full(100, 160, { stripe: [2, 2] }), { lastLsn: 999n })],
    verdict: "waiting",
    reasons: ["INCONSISTENT_STRIPE", "INCONSISTENT_STRIPE"],
  },
  "of contradicting files the version that is whole by itself is used": {
    files: [F, withHeader(full(100, 160, { stripe: [2, 2] }), { lastLsn: 999n })],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "INCONSISTENT_STRIPE"],
    problems: ["UNUSABLE_NEWER"],
  },
  "27: a file with several backup sets is rejected, and all are listed": {
    files: [twice],
    verdict: "waiting",
    reasons: ["APPENDED_SETS"],
    waitingFor: ["full"],
    also: ({ files: [file] }) =>
      assert.match(file?.detail ?? "", /holds 2 backup sets \(full of Sales.*; full of Sales/),
  },
  "28: two databases in one folder: the majority stays, the others get folders proposed": {
    files: [F, L1, L2, full(100, 160, { database: "Orders", family: "orders", file: "o.bak" })],
    verdict: "mixed",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "OTHER_DATABASE"],
    problems: ["MIXED_DATABASES"],
    also: (report) => {
      assert.deepEqual([report.canStartOnline, report.canStartOffline], [false, false]);
      assert.deepEqual(
        report.databases?.map(({ name, suggestedFolder, files }) => [name, suggestedFolder, files.length]),
        [
          ["Sales", "stay", 3],
          ["Orders", "Orders", 1],
        ],
      );
    },
  },
  "28b: the migration's word decides which database the folder is for": {
    files: [F, L1, L2, full(100, 160, { database: "Orders", family: "orders", file: "o.bak" })],
    given: { expected: { databaseName: "ORDERS " } },
    verdict: "mixed",
    reasons: ["OTHER_DATABASE", "OTHER_DATABASE", "OTHER_DATABASE", "PLAN_FULL 1"],
    problems: ["MIXED_DATABASES"],
  },
  "28c: a folder that holds only another database than the expected one does not start": {
    files: [F],
    given: { expected: { databaseName: "Orders" } },
    verdict: "mixed",
    reasons: ["OTHER_DATABASE"],
    problems: ["MIXED_DATABASES"],
  },
  "29: a database that was dropped and created anew is another one of the same name": {
    files: [F, L1, full(100, 160, { family: "anew", file: "anew.bak" })],
    verdict: "mixed",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "RECREATED_DATABASE"],
    problems: ["MIXED_DATABASES"],
    also: ({ databases }) => assert.equal(databases?.[1]?.suggestedFolder, `Sales-${guid("anew").slice(0, 8)}`),
  },
  "29b: unless the migration names the family to use": {
    files: [F, L1, full(100, 160, { family: "anew", file: "anew.bak" })],
    given: { expected: { familyGuid: guid("anew").toLowerCase() } },
    verdict: "restorable",
    reasons: ["RECREATED_DATABASE", "RECREATED_DATABASE", "PLAN_FULL 1"],
  },
  "databases restored from one template share a family and are two, a renamed one is one": {
    files: [
      F,
      log(150, 170, { database: "Sales renamed" }),
      full(100, 160, { database: "Orders", fork: guid("orders"), file: "o.bak" }),
    ],
    verdict: "mixed",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "OTHER_DATABASE"],
    problems: ["MIXED_DATABASES"],
  },
  "30: names that differ in case or trailing blanks are one database, commas belong to the name": {
    files: [
      full(100, 160, { database: "Sales, East", header: { familyGuid: undefined } as never }),
      log(150, 170, { database: "SALES, EAST  ", header: { familyGuid: undefined } as never }),
      log(170, 190, { database: "Sales, East" }),
    ],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3"],
  },
  "31: files from two replicas form one chain": {
    files: [F, L1, log(170, 190, { header: { serverName: "SQL02" } }), log(190, 200)],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "PLAN_LOG 3", "PLAN_LOG 4"],
  },
  "34: in the SIMPLE model full and differential make the plan; online gets a warning, a log cannot be used": {
    files: [
      full(100, 160, { header: { recoveryModel: "SIMPLE" } }),
      differential(170, 180, F, { header: { recoveryModel: "SIMPLE" } }),
      log(170, 190, { header: { recoveryModel: "SIMPLE" } }),
    ],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_DIFF 2", "SIMPLE_MODEL"],
    problems: ["UNUSABLE_NEWER", "SIMPLE_MODEL"],
  },
  "35: a log with bulk-logged changes is selected": {
    files: [F, log(150, 170, { header: { hasBulkLoggedData: true } })],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2"],
  },
  "36: a damaged backup is rejected, one without checksums is worth a warning": {
    files: [full(100, 160, { header: { hasBackupChecksums: false } }), full(200, 260, { header: { isDamaged: true } })],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "DAMAGED"],
    problems: ["UNUSABLE_NEWER", "NO_CHECKSUM"],
  },
  "36b: where the only full is damaged, a person is needed": {
    files: [full(100, 160, { header: { flags: 16 + 32 } }), L1],
    verdict: "broken",
    reasons: ["DAMAGED", "NO_FULL"],
  },
  "36c: damaged backups can be allowed": {
    files: [full(100, 160, { header: { isDamaged: true } })],
    given: { settings: { gapDeadlineMinutes: 60, allowDamaged: true } },
    verdict: "restorable",
    reasons: ["PLAN_FULL 1"],
    problems: ["NO_CHECKSUM"],
  },
  "37: a backup WITH ENCRYPTION is rejected; one of a TDE database is like any other": {
    files: [F, log(150, 170, { header: { files: TDE_FILES } }), unreadable("e.bak", "ENCRYPTED_MEDIA", "no header.")],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "PLAN_LOG 2", "ENCRYPTED_MEDIA"],
    problems: ["UNUSABLE_NEWER"],
    also: ({ files: [encrypted] }) =>
      assert.match(encrypted?.remedy ?? "", /with TDE: WITH NO_COMPRESSION, and with its certificate/),
  },
  "38: a backup from a newer version than the target's is rejected at once": {
    files: [F, log(150, 170, { header: { softwareVersionMajor: 16 } })],
    given: { targetVersionMajor: 15 },
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "NEWER_THAN_TARGET"],
    problems: ["UNUSABLE_NEWER"],
  },
  "39: partial, file and snapshot backups are of no use": {
    files: [
      F,
      ...([4, 6, 7, 8] as const).map((type) => full(170, 180, { file: `${type}.bak`, header: { backupType: type } })),
      full(170, 180, { header: { flags: 2 } }),
    ],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", ...Array.from({ length: 5 }, () => "UNSUPPORTED_TYPE")],
    problems: ["UNUSABLE_NEWER"],
  },
  "42: each file that cannot be read has its own reason": {
    files: [
      F,
      unreadable("0.bak", "ZERO_BYTES"),
      unreadable("cut.bak", "TRUNCATED"),
      unreadable("x.zip", "NOT_A_BACKUP"),
      unreadable("secret.bak", "ENCRYPTED_MEDIA"),
      unreadable("page.bak", "STILL_WRITING"),
      unreadable("away.bak", "UNREACHABLE"),
      unreadable("qat.bak", "UNSUPPORTED_COMPRESSION"),
      unreadable("cold.bak", "ARCHIVED"),
      unreadable("left.bak", "ABANDONED_UPLOAD"),
      unreadable("odd.bak", "READER_FAULT"),
    ],
    verdict: "restorable",
    reasons: [
      "PLAN_FULL 1",
      "ZERO_BYTES",
      "TRUNCATED",
      "NOT_A_BACKUP",
      "ENCRYPTED_MEDIA",
      "STILL_WRITING",
      "UNREACHABLE",
      "UNSUPPORTED_COMPRESSION",
      "ARCHIVED",
      "ABANDONED_UPLOAD",
      "READER_FAULT",
    ],
    problems: ["UNUSABLE_NEWER"],
    also: ({ files }) => {
      const of = (reason: string) => files.find((file) => file.reason === reason);
      assert.deepEqual([of("ENCRYPTED_MEDIA")?.verdict, of("ENCRYPTED_MEDIA")?.state], ["rejected", "Ignored"]);
      assert.deepEqual([of("STILL_WRITING")?.verdict, of("STILL_WRITING")?.state], ["reading", "Uploading"]);
      assert.deepEqual([of("UNREACHABLE")?.verdict, of("UNREACHABLE")?.state], ["reading", "Arrived"]);
      assert.match(of("UNREACHABLE")?.remedy ?? "", /tried again/);
      assert.match(of("ARCHIVED")?.remedy ?? "", /Rehydrate/);
      assert.match(of("ABANDONED_UPLOAD")?.remedy ?? "", /lease/);
      assert.match(of("TRUNCATED")?.detail ?? "", /why$/);
    },
  },
  "42a: of a foreign format the guess is told": {
    files: [F, unreadable("sales.bacpac", "NOT_A_BACKUP", "expected a media header, found a zip archive (bacpac).")],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "NOT_A_BACKUP"],
    problems: ["UNUSABLE_NEWER"],
    also: ({ files }) => assert.match(files[1]?.detail ?? "", /found a zip archive \(bacpac\)/),
  },
  "42b: subfolders are not read, an odd extension is": {
    files: [full(100, 160, { file: "sales.backup" }), log(150, 170, { folder: "Sales/old" })],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "NESTED_FOLDER"],
    problems: ["UNUSABLE_NEWER", "UNKNOWN_EXTENSION"],
  },
  "42c: a name without a dot has no extension, whatever it says": {
    files: [full(100, 160, { file: "full", folder: "" })],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1"],
    problems: ["UNKNOWN_EXTENSION"],
    given: { folder: "", rootIsADatabase: true },
  },
  "a file that is not read yet is being read": {
    files: [F, { ...L1, content: { kind: "unread" } }],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "UNREAD"],
    problems: ["UNUSABLE_NEWER"],
  },
  "a log whose LSNs are reversed is no backup": {
    files: [F, log(190, 170)],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "NOT_A_BACKUP"],
    problems: ["UNUSABLE_NEWER"],
    also: ({ files }) => assert.match(files[1]?.detail ?? "", /LSNs reversed/),
  },
  "49: a folder whose name begins alike is another folder": {
    files: [F, log(150, 170, { folder: "Sales2" })],
    verdict: "restorable",
    reasons: ["PLAN_FULL 1", "NESTED_FOLDER"],
  },
  "files at the container's root belong to no database": {
    files: [full(100, 160, { folder: "" })],
    given: { folder: "" },
    verdict: "empty",
    reasons: ["NO_FOLDER"],
  },
  "unless the container serves a single one": {
    files: [full(100, 160, { folder: "" })],
    given: { folder: "", rootIsADatabase: true },
    verdict: "restorable",
    reasons: ["PLAN_FULL 1"],
  },
  "an empty folder is empty, and waits for a full backup": {
    files: [],
    verdict: "empty",
    reasons: [],
    waitingFor: ["full"],
  },
});

test("23: an overwritten file is what it holds now", () => {
  const old = full(100, 160, { file: "x.bak", arrivedAt: "2025-11-24T00:00:00.000Z", etag: "1" });
  const now = full(200, 260, { file: "x.bak", arrivedAt: "2025-11-24T00:01:00.000Z", etag: "2" });
  const report = assessChain([now, old], context());
  assert.deepEqual(report, assessChain([now], context()));
  assert.notEqual(report.planVersion, assessChain([old], context()).planVersion);
});

test("23b: a restored file that was overwritten is judged by what it holds now, and the restore goes on", () => {
  const progress = { started: true, anchorSetGuid: headerOf(F).backupSetGuid, positionLsn: 170n, restoredSetGuids: [] };
  const overwritten = full(300, 310, { file: "full_100_160.bak" });
  const report = assessChain([overwritten, L1, L2], context({ progress }));
  assert.deepEqual(
    report.files.map(({ name, reason, position }) => [name, reason, position]),
    [
      ["Sales/full_100_160.bak", "FULL_AFTER_START", undefined],
      ["Sales/log_150_170.trn", "ALREADY_RESTORED", undefined],
      ["Sales/log_170_190.trn", "PLAN_LOG", 1],
    ],
  );
  assert.equal(report.verdict, "restorable");
});

test("the folder's database is named as its newest backup names it", () => {
  const renamed = log(150, 170, { database: "Sales2", header: { serverName: "SQL02" } });
  assert.deepEqual(assessChain([renamed, F], context()).database, {
    databaseName: "Sales2",
    familyGuid: guid("family"),
    serverName: "SQL02",
  });
});

test("a proposed folder is never the one that is being split", () => {
  const orders = full(100, 160, { database: "Sales", family: "orders", folder: "Orders" });
  const named = full(100, 160, { database: "Orders/2", family: "two", folder: "Orders", file: "n.bak" });
  const majority = [1, 2, 3].map((lsn) => log(lsn, lsn + 1, { database: "Main", family: "main", folder: "Orders" }));
  const also = full(100, 160, { database: "Orders", family: "three", folder: "Orders", file: "z.bak" });
  const report = assessChain([orders, named, also, ...majority], context({ folder: "Orders" }));
  const folders = report.databases?.map(({ suggestedFolder }) => suggestedFolder);
  assert.deepEqual(folders?.toSorted(), ["Orders-2", `Orders-${guid("three").slice(0, 8)}`, "Sales", "stay"].sort());
});

test("an offset that the headers do not know is set, or estimated and said to be", () => {
  const unknown = { header: { utcOffsetMinutes: undefined } as never };
  const file = full(100, 160, { ...unknown, arrivedAt: "2025-11-24T01:42:00.000Z" });
  const estimated = assessChain([file], context());
  assert.deepEqual([estimated.restorableTo?.utc, estimated.estimatedTime], ["2025-11-24T01:40:00.000Z", true]);
  const settings = { gapDeadlineMinutes: 60, allowDamaged: false, sourceUtcOffsetMinutes: 120 };
  const set = assessChain([file], context({ settings }));
  assert.deepEqual([set.restorableTo?.utc, set.estimatedTime], ["2025-11-24T00:40:00.000Z", false]);
  const old = assessChain([full(100, 160, { ...unknown, arrivedAt: "2026-03-01T00:00:00.000Z" })], context());
  assert.deepEqual([old.restorableTo?.utc, old.estimatedTime], [undefined, false]);
});
