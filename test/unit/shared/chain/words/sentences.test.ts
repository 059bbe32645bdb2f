// Tests the one sentence and the one remedy that a DBA reads for every reason; they are kept in sentences.golden.txt.
// After a change: UPDATE_GOLDEN=1 node --test test/unit/shared/chain/words/sentences.test.ts, and read the difference.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { assessChain } from "../../../../../shared/chain/assessChain.ts";
import type { BackupRecord, ChainContext, RestoreProgress } from "../../../../../shared/chain/backupRecord.ts";
import type { ChainReport, GapCause } from "../../../../../shared/chain/chainReport.ts";
import type { ProblemCode, ReasonCode } from "../../../../../shared/chain/words/problems.ts";
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
} from "../../../../support/backupRecords.ts";

const GOLDEN = new URL("sentences.golden.txt", import.meta.url);

const F = full(100, 160, { checkpoint: 110 });
const L1 = log(150, 170);
const L2 = log(170, 190);
const L3 = log(190, 210);
const Y = guid("fork Y");

type Scene = readonly [files: readonly BackupRecord[], given?: Partial<ChainContext>];

const started = (progress: Partial<RestoreProgress>): Partial<ChainContext> => ({
  progress: { started: true, anchorSetGuid: setGuidOf(F), restoredSetGuids: [], ...progress },
});
const at170 = started({ positionLsn: 170n });
const late = { ...L2, arrivedAt: "2025-11-24T05:00:00.000Z" };
const requested = started({ positionLsn: 170n, cutoverRequestedAt: "2025-11-24T04:00:00.000Z" });
const appended = {
  ...F,
  content: { ...F.content, backupSets: [headerOf(F), headerOf(full(200, 260))] },
} as BackupRecord;
const another = full(100, 160, { stripe: [2, 2], header: { lastLsn: 999n } });
const cannotRead = (code: Parameters<typeof unreadable>[1], message: string): Scene => [
  [unreadable("x.bak", code, message)],
];

/** A folder with a file of this reason. */
const REASONS: Readonly<Record<ReasonCode, Scene>> = {
  PLAN_FULL: [[F, L1]],
  PLAN_DIFF: [[F, differential(180, 195, F)]],
  PLAN_LOG: [[F, L1]],
  PLAN_TAIL: [[F, tail(150, 170)]],
  UNREAD: [[{ ...F, content: { kind: "unread" } }]],
  NO_FULL: [[L1]],
  BASE_MISSING: [[differential(180, 195, F)]],
  STRIPES_MISSING: [[full(100, 160, { stripe: [1, 4] }), full(100, 160, { stripe: [3, 4] })]],
  GAP_BEFORE: [[F, L1, L3]],
  DIFF_AFTER_START: [[F, L1, differential(180, 220, F)], at170],
  OLDER_FULL: [[F, L1, full(200, 260)]],
  OLDER_DIFF: [[F, differential(180, 195, F), differential(200, 220, F)]],
  OLDER_BASE: [[F, differential(180, 195, F), full(200, 260)]],
  BEFORE_BASE: [[F, L1, differential(180, 195, F)]],
  EMPTY_LOG: [[F, L1, log(170, 170)]],
  COVERED: [[F, L1, log(160, 170, { header: { isCopyOnly: true } })]],
  DUPLICATE: [[F, { ...F, name: "Sales/z.bak" }]],
  FULL_AFTER_START: [[F, L1, full(200, 260)], at170],
  ALREADY_RESTORED: [[F, L1, log(165, 169)], at170],
  AFTER_STOP: [[F, L1, L2, L3], { stopAt: "2025-11-24T03:00:00" }],
  BASE_NOT_FOUND: [[F, differential(180, 195, full(10, 20))]],
  BASE_AFTER_START: [[F, L1, full(180, 190), differential(195, 200, full(180, 190))], at170],
  MULTI_BASE_DIFF: [
    [F, differential(180, 195, undefined, { header: { differentialBaseGuid: null, differentialBaseLsn: null } })],
  ],
  OFF_FORK: [[F, L1, log(170, 190, { fork: Y })]],
  OTHER_DATABASE: [[F, L1, full(100, 160, { database: "Orders", family: "orders", file: "o.bak" })]],
  RECREATED_DATABASE: [[F, L1, full(100, 160, { family: "anew", file: "anew.bak" })]],
  UNSUPPORTED_TYPE: [[full(100, 160, { header: { backupType: 7 } })]],
  APPENDED_SETS: [[appended]],
  DAMAGED: [[full(100, 160, { header: { isDamaged: true } })]],
  INCONSISTENT_STRIPE: [[full(100, 160, { stripe: [1, 2] }), another]],
  NEWER_THAN_TARGET: [[F], { targetVersionMajor: 13 }],
  NO_FILE: [[F, noFileOf(log(150, 170), "nul")]],
  SIMPLE_MODEL: [[F, log(150, 170, { header: { recoveryModel: "SIMPLE" } })]],
  TOO_LATE: [[F, L1, late], requested],
  NESTED_FOLDER: [[full(100, 160, { folder: "Sales/old" })]],
  NO_FOLDER: [[full(100, 160, { folder: "" })], { folder: "" }],
  ZERO_BYTES: cannotRead("ZERO_BYTES", "0 bytes."),
  CHECKSUM_MISMATCH: cannotRead("CHECKSUM_MISMATCH", "CHECKSUM_MISMATCH at byte 480: expected one, found another."),
  TRUNCATED: cannotRead("TRUNCATED", "TRUNCATED at byte 4096: expected a data set end, found the end of the file."),
  NOT_A_BACKUP: cannotRead("NOT_A_BACKUP", "NOT_A_BACKUP at byte 0: expected TAPE, found PK, a zip archive."),
  ENCRYPTED_MEDIA: cannotRead("ENCRYPTED_MEDIA", "ENCRYPTED_MEDIA at byte 0: expected a header, found cipher text."),
  UNSUPPORTED_COMPRESSION: cannotRead("UNSUPPORTED_COMPRESSION", "expected XPRESS, found ZSTD."),
  STILL_WRITING: cannotRead("STILL_WRITING", "expected a backup, found zeros."),
  UNREACHABLE: cannotRead("UNREACHABLE", "503 ServerBusy."),
  ARCHIVED: cannotRead("ARCHIVED", "Sales/x.bak has the access tier Archive."),
  ABANDONED_UPLOAD: cannotRead("ABANDONED_UPLOAD", "Sales/x.bak was last written to at 2025-11-24T20:46:00.000Z."),
  READER_FAULT: cannotRead("READER_FAULT", "TypeError: Cannot read properties of a header."),
};

/** A folder with this problem. */
const PROBLEMS: Readonly<Record<ProblemCode, Scene>> = {
  MIXED_DATABASES: [[F, L1, full(100, 160, { database: "Orders", family: "orders", file: "o.bak" })]],
  FORK_AMBIGUOUS: [[F, L1, full(300, 310, { fork: Y })]],
  SOURCE_REOPENED: [[F, tail(150, 170), L2]],
  INCOMPLETE_METADATA: [[F, tail(150, 170, { header: { flags: 16 + 128 + 256 } })]],
  NO_CHECKSUM: [[full(100, 160, { header: { hasBackupChecksums: false } })]],
  UNKNOWN_EXTENSION: [[full(100, 160, { file: "sales.backup" })]],
  SIMPLE_MODEL: [[full(100, 160, { header: { recoveryModel: "SIMPLE" } })]],
  REANCHORED: [[F, L1, log(180, 190), full(200, 210), log(205, 230)]],
  UNUSABLE_NEWER: [[F, L1, unreadable("tail.trn", "TRUNCATED"), unreadable("e.bak", "ENCRYPTED_MEDIA")]],
  OTHER_NAME: [[full(100, 160, { folder: "Orders" })], { folder: "Orders", targetDatabaseName: "Orders" }],
  TOO_LATE: [[F, L1, late], requested],
  PLANNED_FILE_MISSING: [[L1], started({})],
  FORK_UNREACHED: [[F, L1, log(170, 190, { fork: Y })]],
  BULK_LOGGED: [[F, L1, log(170, 190, { header: { hasBulkLoggedData: true } })], { stopAt: "2025-11-24T03:00:00" }],
  STOP_NOT_REACHED: [[F, L1], { stopAt: "2025-11-24T12:00:00" }],
};

/** A folder with a gap of this cause. */
const CAUSES: Readonly<Record<GapCause, Scene>> = {
  STRIPE_MISSING: [[F, L1, L2, log(190, 210, { stripe: [1, 2] }), log(210, 230)]],
  REFUSED_FILE: [[F, L1, L2, log(190, 210, { header: { isDamaged: true } }), log(210, 230)]],
  NO_FILE: [[F, L1, L2, noFileOf(log(190, 210), "nul"), log(210, 230)]],
  OTHER_FORK: [[F, L1, log(170, 190, { fork: Y }), L3, log(210, 230)]],
  RECOVERY_MODEL_SWITCH: [[F, L1, L2, log(210, 230, { header: { beginsLogChain: true } })]],
  FILE_MISSING: [[F, L1, L2, log(210, 230)]],
  OTHER_LOG_BACKUP: [[F, L1, L2, log(200, 210, { header: { backupFinishDate: "2025-11-24T03:30:00" } })]],
};

const assess = ([files, given]: Scene): ChainReport => assessChain(files, context(given));

function sentences(): string {
  const lines: string[] = [];
  for (const [reason, scene] of Object.entries(REASONS)) {
    const file = assess(scene).files.find((one) => one.reason === reason);
    assert.ok(file, `${reason} is not given`);
    lines.push(`${reason} (${file.verdict})`, `  ${file.detail}`, ...(file.remedy ? [`  -> ${file.remedy}`] : []), "");
  }
  for (const [code, scene] of Object.entries(PROBLEMS)) {
    const problem = assess(scene).problems.find((one) => one.code === code);
    assert.ok(problem, `${code} is not told`);
    lines.push(`problem ${code} (${problem.severity})`, `  ${problem.message}`, "");
  }
  for (const [cause, scene] of Object.entries(CAUSES)) {
    const gap = assess(scene).gaps.find((one) => one.likelyCause === cause);
    assert.ok(gap, `no gap by ${cause}`);
    lines.push(`gap ${cause}`, ...gap.healedBy.map((sentence) => `  -> ${sentence}`), "");
  }
  return lines.join("\n");
}

test("every reason, problem and cause of a gap has its words", () => {
  const told = sentences();
  if (process.env["UPDATE_GOLDEN"]) writeFileSync(GOLDEN, told);
  assert.equal(told, readFileSync(GOLDEN, "utf8"));
});

test("every sentence ends, says no placeholder, and what needs a person has a remedy", () => {
  for (const scene of Object.values(REASONS))
    for (const { verdict, reason, detail, remedy } of assess(scene).files) {
      assert.match(detail, /[.:]( |$)|why$/);
      assert.doesNotMatch(`${detail} ${remedy}`, /undefined|null|NaN|\[object/);
      const needsAPerson = ["rejected", "notABackup"].includes(verdict) || reason === "STRIPES_MISSING";
      if (needsAPerson) assert.notEqual(remedy, "", reason);
    }
});

test("no remedy writes over a file, and syntax that came with a release is told with that release", () => {
  const remedies = [
    ...Object.values(REASONS).flatMap((scene) => assess(scene).files.map(({ remedy }) => remedy)),
    ...Object.values(PROBLEMS).flatMap((scene) => assess(scene).problems.map(({ message }) => message)),
    ...Object.values(CAUSES).flatMap((scene) => assess(scene).gaps.flatMap(({ healedBy }) => healedBy)),
  ];
  for (const remedy of remedies) {
    assert.doesNotMatch(remedy, /\b(INIT|FORMAT|SKIP|REPLACE|REPAIR_ALLOW_DATA_LOSS|MAXTRANSFERSIZE)\b/);
    if (/ALGORITHM =/.test(remedy)) assert.match(remedy, /on SQL Server 2022 and later, WITH COMPRESSION \(ALGORITHM/);
  }
});

test("what a file with appended sets holds is backed up anew: a differential for logs, a full where a full may be among them", () => {
  const appendedTo = (sets: readonly BackupRecord[], omittedSets?: number): BackupRecord =>
    ({
      ...L1,
      content: { ...L1.content, backupSets: sets.map(headerOf), ...(omittedSets && { omittedSets }) },
    }) as BackupRecord;
  const remedyOf = (file: BackupRecord): string =>
    assess([[F, file]]).files.find(({ reason }) => reason === "APPENDED_SETS")?.remedy ?? "";
  assert.match(remedyOf(appendedTo([L1, L2])), /^Take a new differential backup to a file of its own/);
  assert.match(remedyOf(appendedTo([full(200, 260), L2])), /^Take a new full backup to a file of its own/);
  assert.match(remedyOf(appendedTo([L1, L2], 3)), /^Take a new full backup/);
});

test("what a started run cannot take is told by what can still be done: cancel, restart, or nothing but another folder", () => {
  const gone = (ended: RestoreProgress["ended"], cutover = {}) =>
    started({ positionLsn: 170n, ...(ended && { ended }), ...cutover });
  const gapRemedy = (ended: RestoreProgress["ended"]) => assess([[F, L1, L3], gone(ended)]).gaps[0]?.healedBy.at(-1);
  assert.match(
    gapRemedy(undefined) ?? "",
    /then cancel this run and begin another \(ferry cancel, then ferry restart\)\.$/,
  );
  for (const ended of ["canceled", "failed"] as const)
    assert.match(gapRemedy(ended) ?? "", /then begin another run \(ferry restart\)\.$/);

  for (const [ended, remedy] of [
    [undefined, /cancel this run and begin another \(ferry cancel, then ferry restart\)/],
    ["canceled", /Another run takes it along: ferry restart\./],
    ["succeeded", /takes no further backup: .* another folder .* another target database name\./],
  ] as const) {
    const report = assess([[F, L1, late], gone(ended, { cutoverRequestedAt: "2025-11-24T04:00:00.000Z" })]);
    assert.match(report.files.find(({ reason }) => reason === "TOO_LATE")?.remedy ?? "", remedy);
    assert.match(report.problems.find(({ code }) => code === "TOO_LATE")?.message ?? "", remedy);
  }
});
