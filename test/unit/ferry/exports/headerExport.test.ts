// Tests that exported headers are read correctly, to the last digit, whichever tool exported them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { recordsOf } from "../../../../shared/dryRun/knownHeaders.ts";
import { notKnown } from "../../../../shared/dryRun/notKnown.ts";
import { readExport } from "../../../support/readExport.ts";

const GUID = "3F2504E0-4F89-11D3-9A0C-0305E82C3301";
const BASE = "93FA8171-B0CF-4E2F-B0FA-4AF74621D2BD";

test("RESTORE HEADERONLY as PowerShell exports it: Pascal case, LSNs as bare numbers of 25 digits, every digit kept", () => {
  const [file] = readExport(`[{
    "BackupName": null, "BackupType": 2, "DatabaseName": "Sales", "ServerName": "SQL01", "Position": 1,
    "FirstLSN": 1234567890123456789012345, "LastLSN": 1234567890123456789012346, "CheckpointLSN": 34000000014400037,
    "DatabaseBackupLSN": null, "BackupFinishDate": "/Date(1764020700000)/", "BackupSetGUID": "${GUID}",
    "IsCopyOnly": false, "HasBackupChecksums": true, "RecoveryModel": "BULK_LOGGED", "SoftwareVersionMajor": 15
  }]`);
  const [set] = file?.backupSets ?? [];
  assert.equal(set?.firstLsn, 1234567890123456789012345n);
  assert.equal(set.lastLsn, 1234567890123456789012346n);
  assert.equal(set.checkpointLsn, 34000000014400037n);
  assert.equal(set.databaseBackupLsn, null);
  assert.equal(set.backupFinishDate, "2025-11-24T21:45:00");
  assert.deepEqual([set.backupType, set.recoveryModel, set.hasBackupChecksums], [2, "BULK-LOGGED", true]);
});

test("msdb's history: snake case, types D, I and L, one row per file, the same file name used again each night", () => {
  const row = (type: string, first: number, last: number, path: string, more: object = {}): object => ({
    type,
    database_name: "Sales",
    first_lsn: first,
    last_lsn: last,
    physical_device_name: path,
    backup_set_id: 17,
    ...more,
  });
  const files = readExport(
    JSON.stringify([
      row("D", 100, 160, "D:\\backup\\Sales.bak", { backup_finish_date: "2025-11-23 21:00:00.000" }),
      row("D", 300, 360, "D:\\backup\\Sales.bak", { backup_finish_date: "2025-11-24 21:00:00.000" }),
      row("I", 400, 410, "D:\\backup\\Sales.dif", { differential_base_guid: GUID, database_backup_lsn: 300 }),
      row("L", 350, 420, "D:\\backup\\Sales_1.trn", { last_recovery_fork_guid: BASE }),
    ]),
  );
  assert.deepEqual(
    files.map(({ file, backupSets }) => [file, backupSets?.map(({ backupType, firstLsn }) => [backupType, firstLsn])]),
    [
      ["D:\\backup\\Sales.bak", [[1, 300n]]],
      ["D:\\backup\\Sales.dif", [[5, 400n]]],
      ["D:\\backup\\Sales_1.trn", [[2, 350n]]],
    ],
  );
  assert.equal(files[0]?.backupSets?.[0]?.backupSetGuid, undefined, "a number is no GUID");
  assert.equal(files[2]?.backupSets?.[0]?.recoveryForkId, BASE);
});

test("dbatools' history: one row with all files of a striped backup", () => {
  const files = readExport(
    JSON.stringify({
      Type: "Full",
      Database: "Sales",
      FirstLsn: "100",
      LastLsn: "160",
      BackupSetId: GUID,
      Path: ["\\\\srv\\a.bak", "\\\\srv\\b.bak"],
    }),
  );
  assert.deepEqual(
    files.map(({ file, media }) => [file, media?.familySequenceNumber, media?.familyCount]),
    [
      ["\\\\srv\\a.bak", 1, 2],
      ["\\\\srv\\b.bak", 2, 2],
    ],
  );
  const [record] = recordsOf(files);
  assert.equal(record?.name, "a.bak");
});

test("the shape of ferry inspect is read back, errors and appended sets included", () => {
  const set = (position: number): object => ({
    backupSetGuid: GUID,
    position,
    backupType: 1,
    databaseName: "Sales",
    firstLsn: "100",
    lastLsn: "160",
  });
  const files = readExport(
    JSON.stringify([
      { file: "a.bak", size: 10, media: { familyCount: 1, familySequenceNumber: 1 }, backupSets: [set(1), set(2)] },
      { file: "b.bak", size: 0, error: { code: "ZERO_BYTES", message: "empty." } },
    ]),
  );
  assert.deepEqual(
    recordsOf(files).map(({ name, content }) => [
      name,
      content.kind,
      content.kind === "header" ? content.backupSets.length : content,
    ]),
    [
      ["a.bak", "header", 2],
      ["b.bak", "unreadable", { kind: "unreadable", code: "ZERO_BYTES", message: "empty." }],
    ],
  );
});

test("rows without a file name are different files; files of one name in two folders stay apart", () => {
  const row = { Type: "Log", Database: "Sales", FirstLsn: 1, LastLsn: 2 };
  const files = readExport(JSON.stringify([row, row, { ...row, file: "a/x.trn" }, { ...row, file: "b/X.trn" }]));
  assert.deepEqual(
    recordsOf(files).map(({ name }) => name),
    ["entry 1", "entry 2", "a\\x.trn", "b\\X.trn"],
  );
});

test("what headers leave out is said with what follows from it", () => {
  const files = readExport(
    JSON.stringify([{ Type: "Full", Database: "Sales", FirstLsn: 1, LastLsn: 2, file: "a.bak" }]),
  );
  const told = notKnown(files, ["a.bak"]).map(({ message }) => message);
  assert.ok(told.includes("FamilyCount: not in any of the headers, or not understood; missing stripes do not show."));
  assert.ok(!told.some((message) => message.startsWith("IsForceOffline")), "there is no log backup");
});

const refusals: readonly (readonly [name: string, text: string, message: RegExp])[] = [
  ["no table and no JSON", "BackupType,FirstLSN", /neither JSON, nor CliXml, nor a table .* first_lsn and last_lsn/],
  ["broken JSON", "[{", /^This is not JSON/],
  ["a list of words", '["a"]', /^Entry 1 of the headers cannot be used: an object is expected/],
  ["no LSN", '[{"BackupType":1,"DatabaseName":"S","FirstLSN":5}]', /^Entry 1 .*LastLSN \(last_lsn\) is missing/],
  [
    "an empty type",
    '[{"BackupType":"","DatabaseName":"S","FirstLSN":5,"LastLSN":6}]',
    /: the type of backup is missing\.$/,
  ],
  [
    "a type of no backup",
    '[{"Type":"X","DatabaseName":"S","FirstLSN":5,"LastLSN":6}]',
    /is "X", none of D, I, L, F, G, P, Q/,
  ],
  ["no type", '[{"DatabaseName":"S","FirstLSN":5,"LastLSN":6}]', /type of backup is missing/],
  [
    "digits lost",
    '[{"BackupType":1,"DatabaseName":"S","FirstLSN":3.4E+16,"LastLSN":6}]',
    /no LSN of 1 to 25 digits.*Export it as text/,
  ],
];
for (const [name, text, message] of refusals)
  test(`an export that cannot be used says why: ${name}`, () => {
    assert.throws(
      () => readExport(text),
      (error: Error & { exitCode?: number }) => {
        assert.match(error.message, message);
        return error.exitCode === 1;
      },
    );
  });
