// Tests that a dry run ends with 0 only where nothing that could matter is unknown, and that it says what to add
// otherwise.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planText } from "../../../../ferry/print/planText.ts";
import { dryRunOf, isInPartUnknown, isWhole } from "../../../../shared/dryRun/dryRun.ts";
import { asText, type ExportedRow, finishOf, row } from "../../../support/exportedRows.ts";
import { readExport } from "../../../support/readExport.ts";

const CHAIN = [row("D", 80, 88), row("L", 80, 103), row("L", 103, 125)];
const judged = (rows: readonly ExportedRow[], without: readonly string[] = [], stopAt?: string) => {
  const dryRun = dryRunOf(readExport(asText(rows, without)), stopAt === undefined ? {} : { stopAt });
  return { isWhole: isWhole(dryRun), isInPart: isInPartUnknown(dryRun.report), text: planText(dryRun), ...dryRun };
};

test("with all columns of the documented query nothing is unknown that could matter", () => {
  const { isWhole, isInPart, text } = judged(CHAIN);
  assert.deepEqual([isWhole, isInPart], [true, false]);
  assert.match(text, /^RESTORABLE: Sales to 2025-11-24 22:05:00 \(source time\), LSN \d+\.\n/);
});

const DECIDING: Readonly<Record<string, readonly string[]>> = {
  Position: ["position"],
  DeviceType: ["device_type"],
  KeyAlgorithm: ["key_algorithm", "encryptor_type"],
  FamilyGUID: ["family_guid"],
  RecoveryForkID: ["first_recovery_fork_guid", "last_recovery_fork_guid"],
  RecoveryModel: ["recovery_model"],
  "IsSnapshot or Flags": ["is_snapshot", "flags"],
  "IsDamaged or Flags": ["is_damaged", "flags"],
};
for (const [column, without] of Object.entries(DECIDING))
  test(`without ${column} a chain may not be whole: it is told as far as the headers tell, with what to add, and not with 0`, () => {
    const { isWhole, isInPart, text } = judged(CHAIN, without);
    assert.deepEqual([isWhole, isInPart], [false, true]);
    assert.match(text, /^NOT AS IT IS: Sales to .*, as far as these headers tell; see which columns to add below\./);
    const [, toAdd = ""] = /\n {2}-> Add (.*): the query of docs\/plan\.md has them\./.exec(text) ?? [];
    assert.ok(toAdd.split(", ").includes(column), toAdd);
  });

test("the compression's algorithm is a question from SQL Server 2022 on", () => {
  const of = (software_major_version: number) =>
    judged(
      CHAIN.map((one) => ({ ...one, software_major_version })),
      ["compression_algorithm"],
    ).isWhole;
  assert.deepEqual([of(15), of(16), of(17)], [true, false, false]);
});

test("of the family's numbers alone nobody but RESTORE LABELONLY knows: without them it is 0, as far as these headers tell", () => {
  const { isWhole, text } = judged(CHAIN, ["media_family_count", "family_sequence_number"]);
  assert.equal(isWhole, true);
  assert.match(text, /^RESTORABLE: Sales to .*, as far as these headers tell\.\n/);
  assert.match(text, /FamilyCount: not in any of the headers, or not understood; missing stripes do not show\./);
});

test("files of one backup set without the family's numbers are stripes that are all needed, and that is not known", () => {
  const [full, ...logs] = CHAIN as [ExportedRow, ...ExportedRow[]];
  const halves: readonly ExportedRow[] = ["D:\\s1.bak", "E:\\s2.bak"].map((physical_device_name) => ({
    ...full,
    physical_device_name,
  }));
  const { isWhole, report, text } = judged([...halves, ...logs], ["media_family_count", "family_sequence_number"]);
  assert.deepEqual([isWhole, report.plan[0]?.files.length], [false, 2]);
  assert.match(text, /-> Add FamilySequenceNumber:/);
  const counted = judged(
    [...halves, ...logs].map((one) => ({ ...one, media_family_count: one["type"] === "D" ? 2 : 1 })),
    ["family_sequence_number"],
  );
  assert.deepEqual([counted.isWhole, counted.report.plan[0]?.files.length], [false, 2]);
});

test("backups of two servers that only a name makes one database are told by their servers", () => {
  const [full, log, next] = CHAIN as [ExportedRow, ExportedRow, ExportedRow];
  const { isWhole, text } = judged(
    [full, log, { ...next, server_name: "SRV02" }],
    ["family_guid", "first_recovery_fork_guid", "last_recovery_fork_guid"],
  );
  assert.equal(isWhole, false);
  assert.match(text, /FamilyGUID: .*told apart by name alone.*\(SRV01, SRV02\)\./);
});

test("an encryptor's thumbprint alone says that a backup is encrypted", () => {
  const rows = CHAIN.map((one, index) => ({ ...one, encryptor_thumbprint: index === 2 ? "0xAB12CD" : null }));
  const { isWhole, report } = judged(rows, ["key_algorithm", "encryptor_type"]);
  assert.deepEqual([isWhole, report.unusableNewer.map(({ reason }) => reason)], [false, ["ENCRYPTED_MEDIA"]]);
});

describe("a stop in time", () => {
  const inside = finishOf(100).replace("T", " ");

  test("wants to know when backups finished", () => {
    assert.equal(judged(CHAIN, [], inside).isWhole, true);
    assert.equal(judged(CHAIN, ["backup_finish_date"], inside).isWhole, false);
    assert.equal(judged(CHAIN, ["backup_finish_date"]).isWhole, true);
  });

  test("does not start from a later full backup whose date was not understood", () => {
    const day = (one: ExportedRow, backup_finish_date: string): ExportedRow => ({ ...one, backup_finish_date });
    const rows = [
      day(row("D", 80, 88), "29/11/2025 10:00:00"),
      day(row("L", 80, 103), "30/11/2025 10:00:00"),
      day(row("D", 110, 118), "02/12/2025 10:00:00"),
      day(row("L", 103, 125), "13/12/2025 10:00:00"),
    ];
    const { isWhole, report, text } = judged(rows, [], "2025-12-01T12:00:00");
    assert.equal(isWhole, false);
    assert.deepEqual(
      report.plan.map(({ type, firstLsn }) => [type, String(firstLsn)]),
      [0, 1, 3].map((index) => [index === 0 ? "full" : "log", rows[index]?.["first_lsn"]]),
    );
    assert.match(text, /ALARM: BackupFinishDate: not understood in 1 header/);
  });

  test("inside a log that may hold bulk-logged changes is refused, by its flags and by its recovery model", () => {
    const bulk = (more: ExportedRow) => [
      row("D", 80, 88),
      row("L", 80, 103, { recovery_model: "BULK-LOGGED", ...more }),
    ];
    const ofFlags = judged(bulk({ flags: 529 }), ["has_bulk_logged_data"], inside);
    const unknown = judged(bulk({}), ["has_bulk_logged_data", "flags"], inside);
    for (const { isWhole, report } of [ofFlags, unknown]) {
      assert.equal(isWhole, false);
      assert.ok(report.problems.some(({ code }) => code === "BULK_LOGGED"));
    }
    const inFull = judged(CHAIN, ["has_bulk_logged_data", "flags"], inside);
    assert.equal(inFull.isWhole, false);
    assert.match(inFull.text, /-> Add .*HasBulkLoggedData or Flags/);
    assert.equal(judged(CHAIN, ["has_bulk_logged_data"], inside).isWhole, true);
  });
});

/** Columns of RESTORE HEADERONLY by Microsoft's reference, without those that only name or describe. */
const HEADERONLY_2008_R2: readonly string[] = [
  ...[
    "BackupType",
    "Compressed",
    "Position",
    "DeviceType",
    "ServerName",
    "DatabaseName",
    "BackupSize",
    "FirstLSN",
    "LastLSN",
  ],
  ...["CheckpointLSN", "DatabaseBackupLSN", "BackupStartDate", "BackupFinishDate", "CompatibilityLevel"],
  ...["SoftwareVersionMajor", "MachineName", "Flags", "BindingID", "RecoveryForkID", "FamilyGUID", "HasBulkLoggedData"],
  ...["IsSnapshot", "IsReadOnly", "IsSingleUser", "HasBackupChecksums", "IsDamaged", "BeginsLogChain"],
  ...["HasIncompleteMetaData", "IsForceOffline", "IsCopyOnly", "FirstRecoveryForkID", "ForkPointLSN", "RecoveryModel"],
  ...["DifferentialBaseLSN", "DifferentialBaseGUID", "BackupTypeDescription", "BackupSetGUID", "CompressedBackupSize"],
];
const HEADERONLY: Readonly<Record<string, readonly [major: number, columns: readonly string[]]>> = {
  "2008 R2": [10, HEADERONLY_2008_R2],
  "2012": [11, [...HEADERONLY_2008_R2, "Containment"]],
  "2014": [12, [...HEADERONLY_2008_R2, "Containment", "KeyAlgorithm", "EncryptorThumbprint", "EncryptorType"]],
  "2019": [15, [...HEADERONLY_2008_R2, "Containment", "KeyAlgorithm", "EncryptorThumbprint", "EncryptorType"]],
  "2022": [
    16,
    [
      ...[...HEADERONLY_2008_R2, "Containment", "KeyAlgorithm", "EncryptorThumbprint", "EncryptorType"],
      ...["LastValidRestoreTime", "TimeZone", "CompressionAlgorithm"],
    ],
  ],
};
/** Columns of the history that HEADERONLY spells differently. */
const SPELLED: Readonly<Record<string, string>> = {
  BackupType: "type",
  BackupSetGUID: "backup_set_uuid",
  RecoveryForkID: "last_recovery_fork_guid",
  FirstRecoveryForkID: "first_recovery_fork_guid",
  SoftwareVersionMajor: "software_major_version",
};
for (const [release, [software_major_version, columns]] of Object.entries(HEADERONLY))
  test(`RESTORE HEADERONLY of SQL Server ${release} leaves nothing out but the family's numbers: it ends with 0`, () => {
    const asListed = CHAIN.map((one) => {
      const known: ExportedRow = { ...one, software_major_version };
      const bare = new Map(Object.entries(known).map(([name, value]) => [name.replaceAll("_", ""), value]));
      const cell = (column: string) => bare.get((SPELLED[column] ?? column).toLowerCase().replaceAll("_", "")) ?? null;
      return {
        file: known["physical_device_name"] ?? null,
        ...Object.fromEntries(columns.map((column) => [column, cell(column)])),
      };
    });
    const { isWhole, text } = judged(asListed);
    assert.equal(isWhole, true, text);
    assert.match(text, /^RESTORABLE: .*, as far as these headers tell\.\n/);
    assert.doesNotMatch(text, /-> Add/);
  });
