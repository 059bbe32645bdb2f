// Tests what exports say about backups: their times, what the service would refuse, and cases from public incidents.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { decoded } from "../../../../ferry/exports/exportRows.ts";
import { redact } from "../../../../ferry/exports/redact.ts";
import type { KnownFile } from "../../../../shared/dryRun/headerRows.ts";
import { readExport } from "../../../support/readExport.ts";
import { plan } from "./shop.ts";

describe("times", () => {
  const timeOf = (BackupFinishDate: unknown, more: object = {}) => {
    const [file] = readExport(
      JSON.stringify([{ Type: "Log", Database: "S", FirstLSN: 1, LastLSN: 2, BackupFinishDate, ...more }]),
    );
    const [set] = file?.backupSets ?? [];
    return [set?.backupFinishDate, set?.utcOffsetMinutes, file?.timesAreUtc];
  };
  const local: Readonly<Record<string, unknown>> = {
    ISO: "2025-11-24T21:45:00.000",
    "with a blank": "2025-11-24 21:45:00",
    German: "24.11.2025 21:45:00",
    American: "11/24/2025 9:45:00 PM",
    British: "24/11/2025 21:45:00",
    "by its parts, as dbatools' times": { Year: 2025, Month: 11, Day: 24, Hour: 21, Minute: 45, Second: 0 },
  };
  for (const [name, value] of Object.entries(local))
    test(`${name} is the source's clock`, () =>
      assert.deepEqual(timeOf(value), ["2025-11-24T21:45:00", undefined, undefined]));

  test("Windows PowerShell's instants are UTC, and told as that; with the source's zone they are its clock", () => {
    for (const value of ["/Date(1764020700000)/", { value: "/Date(1764020700000)/", DateTime: "Monday, …" }]) {
      assert.deepEqual(timeOf(value), ["2025-11-24T21:45:00", 0, true]);
      assert.deepEqual(timeOf(value, { time_zone: -20 }), ["2025-11-24T16:45:00", -300, undefined]);
      assert.deepEqual(timeOf(value, { time_zone: 127 }), ["2025-11-24T21:45:00", 0, true], "127: not known");
    }
    assert.deepEqual(timeOf("2025-11-24T21:45:00+01:00"), ["2025-11-24T21:45:00", 60, undefined]);
  });

  test("a day and a month that cannot be told apart are not guessed", () => {
    assert.deepEqual(timeOf("03/04/2025 21:45:00"), [undefined, undefined, undefined]);
  });
});

describe("what the service would refuse, or never see", () => {
  const row = { type: "L", database_name: "Shop", first_lsn: 5, last_lsn: 9, physical_device_name: "l.trn" };
  const reasonOf = (more: object): string | undefined =>
    plan(readExport(JSON.stringify([{ ...row, ...more }]))).files[0]?.reason;

  test("encryption and compression are refused as the files would be; their LSNs stay known", () => {
    assert.equal(reasonOf({ KeyAlgorithm: "aes_256" }), "ENCRYPTED_MEDIA");
    assert.equal(reasonOf({ KeyAlgorithm: null, EncryptorType: "NULL" }), "NO_FULL");
    assert.equal(reasonOf({ key_algorithm: "NO_Encryption", encryptor_type: null }), "NO_FULL");
    assert.equal(reasonOf({ CompressionAlgorithm: "ZSTD" }), "UNSUPPORTED_COMPRESSION");
    assert.equal(reasonOf({ CompressionAlgorithm: "QAT_DEFLATE" }), "UNSUPPORTED_COMPRESSION");
    for (const none of ["MS_XPRESS", "NONE"]) assert.equal(reasonOf({ CompressionAlgorithm: none }), "NO_FULL");
    const [file] = readExport(JSON.stringify([{ ...row, KeyAlgorithm: "aes_256" }]));
    assert.deepEqual(file?.error?.provedSpan, { firstLsn: 5n, lastLsn: 9n, isOnlySet: true });
  });

  test("refused logs that share a file are refused together, with the LSNs of all of them", () => {
    const [first, next] = [5, 90].map((lsn, at) => ({ ...row, position: at + 1, first_lsn: lsn, last_lsn: lsn + 4 }));
    const files = readExport(JSON.stringify([first, next].map((one) => ({ ...one, KeyAlgorithm: "aes_256" }))));
    assert.deepEqual(
      files.map(({ error }) => error?.provedSpan),
      [{ firstLsn: 5n, lastLsn: 94n, isOnlySet: true }],
    );
  });

  test("NUL, virtual devices and tapes are no files, by number, by word or by name", () => {
    for (const name of ["NUL", "nul:", "\\\\.\\NUL"])
      assert.equal(reasonOf({ physical_device_name: name, device_type: 2 }), "NO_FILE");
    for (const type of [7, 107, "Virtual Device", 5, "Tape"])
      assert.equal(reasonOf({ device_type: type }), "NO_FILE", `${type}`);
    assert.equal(reasonOf({ physical_device_name: "{8C6F2B1E-5B0D-4E5F-9B1C-2B1A6C0D7E11}5" }), "NO_FILE");
    for (const type of [2, 102, 9, "Disk", "URL"]) assert.equal(reasonOf({ device_type: type }), "NO_FULL", `${type}`);
  });

  test("what is called a note is called one after it was redacted: it holds up no plan", () => {
    const error = { code: "NOT_A_BACKUP", message: "m" };
    const files = ["D:\\b\\README.md", "D:\\b\\tail.bkp", "D:\\b\\full.bak"].map((file) => ({ file, error }));
    const names = redact(readExport(JSON.stringify(files))).map(({ file }) => file.slice(file.lastIndexOf(".")));
    assert.deepEqual(names.toSorted(), [".bak", ".other", ".txt"]);
  });

  test("headers that were redacted tell the same", () => {
    const rows = [
      { ...row, type: "D", physical_device_name: "f.bak", last_lsn: 6, key_algorithm: null, checkpoint_lsn: 5 },
      { ...row, physical_device_name: "NUL", backup_finish_date: "/Date(1764020700000)/", family_guid: "secret" },
      { ...row, physical_device_name: "e.trn", first_lsn: 9, last_lsn: 12, key_algorithm: "aes_256" },
    ];
    const files = readExport(JSON.stringify(rows));
    const shared = readExport(
      JSON.stringify(redact(files), (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value)),
    );
    const told = (known: readonly KnownFile[]) =>
      known
        .map(
          ({ noFile, timesAreUtc, error, oddCells }) =>
            `${noFile} ${timesAreUtc} ${error?.provedSpan?.lastLsn} ${oddCells?.map(({ column }) => column)}`,
        )
        .sort();
    assert.deepEqual(told(shared), told(files));
    assert.ok(
      told(shared).some((one) => one.endsWith("familyGuid")) &&
        !JSON.stringify(redact(files).map(({ oddCells }) => oddCells)).includes("secret"),
    );
    const reasons = (known: readonly KnownFile[]) =>
      plan(known)
        .unusableNewer.map(({ reason }) => reason)
        .sort();
    assert.deepEqual(reasons(shared), reasons(files));
    assert.deepEqual(reasons(shared), ["ENCRYPTED_MEDIA", "NO_FILE"]);
  });

  test("two logs to NUL are two backups, not one file", () => {
    const nul = { ...row, physical_device_name: "NUL", device_type: 2 };
    const times = ["2025-11-24T21:00:00", "2025-11-24T22:00:00"];
    const files = readExport(
      JSON.stringify(times.map((backup_finish_date, index) => ({ ...nul, backup_finish_date, last_lsn: 9 + index }))),
    );
    assert.deepEqual(
      files.map(({ file, noFile }) => [file, noFile]),
      [
        ["NUL (2025-11-24 21:00:00)", "nul"],
        ["NUL (2025-11-24 22:00:00)", "nul"],
      ],
    );
  });

  test("a log that a later first position wrote over has taken its range; appended ones share the file", () => {
    const at = (position: number, first_lsn: number, hour: number) => ({
      ...{ ...row, position, first_lsn, last_lsn: first_lsn + 5 },
      backup_finish_date: `2025-11-24T${hour}:00:00`,
    });
    const files = readExport(JSON.stringify([at(1, 5, 10), at(2, 10, 11), at(1, 15, 12), at(2, 20, 13)]));
    assert.deepEqual(
      files.map(({ noFile, backupSets }) => [noFile, backupSets?.map(({ firstLsn }) => firstLsn)]),
      [
        ["overwritten", [5n]],
        ["overwritten", [10n]],
        [undefined, [15n, 20n]],
      ],
    );
  });
});

const CASES = "../shared/cases";
/** For each: the verdict, the unusable files beyond the plan, the cause of the gap. */
const INCIDENTS: Readonly<Record<string, readonly [string, readonly string[], string?]>> = {
  "01-encrypted-header-export/headers.json": ["empty", []],
  "02-zstd-header-export/headers.json": ["empty", []],
  "03-appended-history-no-position/headers.json": ["restorable", ["APPENDED_SETS"]],
  "03-appended-history-no-position/headers-with-position.json": ["restorable", ["APPENDED_SETS"]],
  "04-gap-behind-appended-file/headers.json": ["waiting", ["APPENDED_SETS"], "REFUSED_FILE"],
  "09-powershell51-dates/headers.json": ["restorable", []],
  "09-powershell51-dates/headers-ets.json": ["restorable", []],
  "09-powershell51-dates/headers-utc-5.json": ["restorable", []],
  "10-ag-time-zones-gap-cause/headers.json": ["waiting", [], "FILE_MISSING"],
  "14-differential-on-vss-full/headers.json": ["restorable", ["BASE_NOT_FOUND"]],
  "14-differential-on-vss-full/headers-files-only.json": ["restorable", ["BASE_NOT_FOUND"]],
  "22-metadata-only-snapshot/headers.json": ["waiting", []],
  "29-nul-device-in-history/headers.json": ["waiting", ["NO_FILE"], "NO_FILE"],
  "29-nul-device-in-history/headers-full-to-nul.json": ["restorable", ["BASE_NOT_FOUND"]],
  "29-nul-device-in-history/headers-vdi-stream.json": ["waiting", []],
};
for (const [file, [verdict, unusable, cause]] of Object.entries(INCIDENTS))
  test(`the incident ${file}`, { skip: existsSync(CASES) ? false : `${CASES} is not here` }, () => {
    const report = plan(readExport(decoded(readFileSync(`${CASES}/${file}`))));
    assert.deepEqual(
      [report.verdict, report.unusableNewer.map(({ reason }) => reason), report.gaps[0]?.likelyCause],
      [verdict, unusable, cause],
    );
  });
