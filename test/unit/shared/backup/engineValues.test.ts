// Tests that a header equals what SQL Server itself prints: values that RESTORE HEADERONLY and LABELONLY of a real
// engine returned for these files.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BackupHeader } from "../../../../shared/backup/backupHeader.ts";
import { decompressXpress } from "../../../../shared/backup/container/xpressHuffman.ts";
import { readBackupHeader } from "../../../../shared/backup/readBackupHeader.ts";
import { countingSource } from "../../../support/countingSource.ts";
import { noRealBackups, realBackup } from "../../../support/realBackups.ts";

/** SQL Server 2019; the values are those in the unit tests of jpiquot/SqlBackupUtil (MIT). */
const PRINTED = {
  "SqlBackupUtil/TestFull1.bak": {
    backupType: 1,
    backupName: "Test-Full Database Backup",
    backupStartDate: "2020-07-25T12:45:00",
    backupFinishDate: "2020-07-25T12:45:00",
    firstLsn: 37000000091400001n,
    lastLsn: 37000000091700001n,
    mediaSetId: "02375638-8846-470A-AA7F-5E803C3E102E",
    mediaDate: "2020-07-25T12:45:00",
  },
  "SqlBackupUtil/TestDiff1_1.bak": {
    backupType: 5,
    backupName: "Test-Diff Database Backup",
    backupStartDate: "2020-07-27T09:32:05",
    backupFinishDate: "2020-07-27T09:32:05",
    firstLsn: 37000000102900001n,
    lastLsn: 37000000103200001n,
    mediaSetId: "68727D35-8696-462F-A312-25D596DD0705",
    mediaDate: "2020-07-27T09:32:05",
  },
  "SqlBackupUtil/TestLog1_1_1.bak": {
    backupType: 2,
    backupName: "Test-Log Database Backup",
    backupStartDate: "2020-08-03T12:19:56",
    backupFinishDate: "2020-08-03T12:19:56",
    firstLsn: 37000000019700001n,
    lastLsn: 37000000128700001n,
    mediaSetId: "C844E72E-6D3C-4402-BA6A-BC618C53A233",
    mediaDate: "2020-08-03T12:19:56",
  },
} as const;

const skip = noRealBackups;
const read = (file: string): Promise<BackupHeader> => readBackupHeader(countingSource(realBackup(file)));

for (const [file, printed] of Object.entries(PRINTED))
  test(`${file} says what SQL Server 2019 printed for it`, { skip }, async () => {
    const { media, backupSets } = await read(file);
    const [set] = backupSets;
    assert.ok(set && backupSets.length === 1);
    const { mediaSetId, mediaDate, ...columns } = printed;
    assert.deepEqual({ mediaSetId: media.mediaSetId, mediaDate: media.mediaDate }, { mediaSetId, mediaDate });
    for (const [column, value] of Object.entries(columns)) assert.equal(set[column as keyof typeof set], value, column);
    assert.deepEqual([set.databaseName, set.position, set.softwareVersionMajor], ["Test", 1, 15]);
  });

test("full, differential and log of SQL Server 2019 make a chain by what their tails say", { skip }, async () => {
  const [full, differential, log] = (await Promise.all(Object.keys(PRINTED).map(read))).map(
    ({ backupSets }) => backupSets[0],
  );
  assert.equal(differential?.differentialBaseLsn, full?.checkpointLsn);
  assert.equal(differential?.differentialBaseGuid, full?.backupSetGuid);
  assert.equal(log?.databaseBackupLsn, full?.checkpointLsn);
  assert.equal(log?.beginsLogChain, true);
});

test("near their heads, fulls and differentials of SQL Server 2019 have other LSNs than the engine prints", {
  skip,
}, () => {
  for (const file of ["SqlBackupUtil/TestFull1.bak", "SqlBackupUtil/TestDiff1_1.bak"] as const)
    assert.notEqual(firstLsnNearHead(Buffer.from(realBackup(file))), PRINTED[file].firstLsn, file);
  const log = "SqlBackupUtil/TestLog1_1_1.bak";
  assert.equal(firstLsnNearHead(Buffer.from(realBackup(log))), PRINTED[log].firstLsn);
});

/** In the provisional configuration, in the second record of the file. */
function firstLsnNearHead(bytes: Buffer): bigint {
  const record = bytes.indexOf("SFMB", 0, "latin1") + 512;
  const payload = bytes.subarray(record + 28, record + 28 + bytes.readUInt16LE(record + 2));
  const plain = Buffer.from(decompressXpress(payload, 512 * (bytes[record + 1] ?? 0)) as Uint8Array);
  const database = plain.indexOf("SCIN", 0, "latin1") + 0x20;
  const part = (at: number): bigint => BigInt(plain.readUInt32LE(database + at));
  return part(0) * 10n ** 15n + part(4) * 10n ** 5n + BigInt(plain.readUInt16LE(database + 8));
}

test("a full backup that SQL Server 2008 compressed reads as one: two reads, 48 KiB, nothing unverified", {
  skip,
}, async () => {
  const source = countingSource(realBackup("Compressed2008/DWPubsSales_BeforeETL.bak"));
  const { media, backupSets } = await readBackupHeader(source);
  assert.deepEqual([source.reads, source.bytesRead], [2, 48 * 1024]);
  assert.deepEqual([media.isCompressed, media.compressionAlgorithm, media.blockSize], [true, "MS_XPRESS", 512]);
  const [set] = backupSets;
  assert.ok(set);
  assert.deepEqual(
    [set.backupType, set.softwareVersionMajor, set.softwareVersionMinor, set.databaseVersion, set.unverified],
    [1, 10, 0, 655, undefined],
  );
  assert.ok(set.firstLsn <= set.checkpointLsn && set.checkpointLsn <= set.lastLsn);
  for (const { type, differentialBaseGuid } of set.files ?? [])
    if (type === "D") assert.equal(differentialBaseGuid, set.backupSetGuid, "its files name it as their base");
});

test("a copy-only full backup is one by its flag, by its set's attribute, and by its files' base", {
  skip,
}, async () => {
  const [set] = (await read("CopyOnly/ZooIS.bak")).backupSets;
  assert.ok(set);
  assert.deepEqual([set.isCopyOnly, set.flags, set.unverified], [true, 512 + 1024, undefined]);
  assert.ok(set.files?.every(({ differentialBaseGuid }) => differentialBaseGuid !== set.backupSetGuid));
});
