// Tests that damage to a compressed backup is reported as damage, and a wrong guess of its algorithm as an unknown one,
// wherever it is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync, zstdCompressSync } from "node:zlib";
import { type BackupSpec, sqlServer2008, sqlServer2019 } from "../../../../../local/backups/backupSpec.ts";
import { containerChecksum } from "../../../../../local/backups/container.ts";
import { writeBackup } from "../../../../../local/backups/writeBackup.ts";
import { BackupFormatError } from "../../../../../shared/backup/backupFormatError.ts";
import { type Container, containerOf } from "../../../../../shared/backup/container/container.ts";
import { isDataRecord, lengthOfRecord } from "../../../../../shared/backup/container/containerRecord.ts";
import { cursorOver } from "../../../../../shared/backup/cursor.ts";
import { readBackupHeader } from "../../../../../shared/backup/readBackupHeader.ts";
import { countingSource } from "../../../../support/countingSource.ts";
import { noRealBackups, realBackup } from "../../../../support/realBackups.ts";

const spec: BackupSpec = {
  backupType: 1,
  databaseName: "Orders",
  serverName: "SQL01",
  backupStartDate: "2025-11-24T21:00:00",
  firstLsn: 37000000006400001n,
  lastLsn: 37000000012000001n,
  checkpointLsn: 37000000006400001n,
  payloadBytes: 8 * 1024 * 1024,
  isCompressed: true,
};

const backups = {
  "container 2": writeBackup({ ...spec, softwareVersion: sqlServer2019 }),
  "container 2, blocks of 4096 bytes": writeBackup({ ...spec, softwareVersion: sqlServer2019, blockSize: 4096 }),
  "container 1": writeBackup({ ...spec, softwareVersion: sqlServer2008 }),
};

async function outcomeOf(bytes: Uint8Array): Promise<unknown> {
  try {
    return await readBackupHeader(countingSource(bytes));
  } catch (error) {
    if (error instanceof BackupFormatError) return error.code;
    throw error;
  }
}

const containerIn = (bytes: Uint8Array): Container =>
  containerOf(cursorOver(bytes, { offset: 0, code: "NOT_A_BACKUP" }));

/** The records that a reader reads: the label's, the start of the set's, and those behind the last data. */
function recordsRead(bytes: Buffer, blockSize = 512): number[] {
  const container = containerIn(bytes);
  const cursor = cursorOver(bytes, { offset: 0, code: "NOT_A_BACKUP" });
  const startOfSet = bytes.indexOf("SFMB", 0, "latin1") + blockSize;
  const lastFilemark = Number(bytes.readBigUInt64LE(bytes.length - blockSize + 0x48));
  const locator = lastFilemark - bytes.readUInt32LE(lastFilemark - 8);
  const last: number[] = [];
  let at = Number(bytes.readBigUInt64LE(locator + 16 * bytes.readUInt32LE(locator + 4) + 8));
  for (; isDataRecord(container, cursor, at); at += lengthOfRecord(container, cursor, at)) last.push(at);
  return [container.firstRecord, startOfSet, ...last];
}

/** Compressed files that SQL Server wrote: one of each container. */
const real = ["Compressed2008/DWPubsSales_BeforeETL.bak", "SqlBackupUtil/TestFull1.bak", "SchoolDb/SchoolDb.bak"];
const found = noRealBackups ? [] : real.map((file) => [file, realBackup(file)] as const);

for (const [kind, written] of [...Object.entries(backups), ...found])
  test(`any bit of a record's type, sizes or checksum that flips is told as damage: ${kind}`, async () => {
    const bytes = Buffer.from(written);
    const { recordHeader } = containerIn(bytes);
    const sound = await readBackupHeader(countingSource(bytes));
    const records = recordsRead(bytes, sound.media.blockSize);
    assert.ok(records.length >= 3, `${records.length} records`);
    for (const at of records)
      for (const byte of [0, 1, 2, 3, recordHeader - 4, recordHeader - 1])
        for (let bit = 0; bit < 8; bit++) {
          const old = bytes[at + byte] ?? 0;
          bytes[at + byte] = old ^ (1 << bit);
          const outcome = await outcomeOf(bytes);
          // One zero more or less gives the same checksum, and changes nothing.
          if (byte === 2 && typeof outcome === "object") assert.deepEqual(outcome, sound);
          else assert.equal(outcome, "CHECKSUM_MISMATCH", `bit ${bit} of byte ${byte} of the record at ${at}`);
          bytes[at + byte] = old;
        }
  });

/** Replaces the payload of the record at `at`, with its checksum; the rest of the old one becomes padding. */
function replacePayload(bytes: Buffer, at: number, payload: Uint8Array): void {
  const { recordHeader, recordKind } = containerIn(bytes);
  assert.ok(payload.length < bytes.readUInt16LE(at + 2));
  bytes.writeUInt16LE(payload.length, at + 2);
  bytes.writeUInt32LE(containerChecksum(payload), at + recordHeader - 4);
  bytes.set(payload, at + recordHeader);
  bytes[at + recordHeader + payload.length] = recordKind | 0x04;
}

for (const [algorithm, compress] of [
  ["ZSTD", zstdCompressSync],
  ["QAT_DEFLATE", deflateRawSync],
] as const)
  test(`a payload that ${algorithm} makes the right length of, and no backup, is an unknown compression, not a broken upload`, async () => {
    const written = Buffer.from(backups["container 2"]);
    for (const at of recordsRead(written)) {
      const bytes = Buffer.from(written);
      replacePayload(bytes, at, compress(Buffer.alloc(512 * (bytes[at + 1] ?? 0), 0x17)));
      assert.equal(await outcomeOf(bytes), "UNSUPPORTED_COMPRESSION", `the record at ${at}`);
    }
  });

test("where nothing was written, the copy is not finished: that is no damage", async () => {
  const written = Buffer.from(backups["container 2"]);
  for (const at of recordsRead(written).slice(0, 2)) {
    const bytes = Buffer.from(written);
    bytes.fill(0, at, at + 512);
    assert.equal(await outcomeOf(bytes), "TRUNCATED", `the record at ${at}`);
  }
});
