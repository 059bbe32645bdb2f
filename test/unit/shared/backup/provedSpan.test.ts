// Tests what is certain of a backup whose end is missing: the head has the LSNs of a log, and of an older server's full
// backup; nothing is certain of others.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type BackupSpec, sqlServer2019 } from "../../../../local/backups/backupSpec.ts";
import { brokenBackup } from "../../../../local/backups/brokenBackup.ts";
import { writeBackup } from "../../../../local/backups/writeBackup.ts";
import { BackupFormatError, type ProvedSpan } from "../../../../shared/backup/backupFormatError.ts";
import { readBackupHeader } from "../../../../shared/backup/readBackupHeader.ts";
import { countingSource } from "../../../support/countingSource.ts";
import { expectedHeaders, noRealBackups, realBackup } from "../../../support/realBackups.ts";

async function refused(bytes: Uint8Array): Promise<{ span: ProvedSpan | undefined; code: string; reads: number }> {
  const source = countingSource(bytes);
  try {
    await readBackupHeader(source);
  } catch (error) {
    assert.ok(error instanceof BackupFormatError, String(error));
    return { span: error.provedSpan, code: error.code, reads: source.reads };
  }
  throw new assert.AssertionError({ message: "the file was accepted" });
}

const log: BackupSpec = {
  backupType: 2,
  databaseName: "Orders",
  serverName: "SQL01",
  backupStartDate: "2025-11-24T21:00:00",
  firstLsn: 37000000006400001n,
  lastLsn: 37000000012000001n,
  checkpointLsn: 37000000006400001n,
  softwareVersion: sqlServer2019,
  payloadBytes: 200_000,
};
const cutOff = (spec: BackupSpec): Uint8Array => {
  const bytes = writeBackup(spec);
  return bytes.subarray(0, Math.floor(bytes.length * 0.9) - 7);
};

describe("a log backup that was cut off still tells its LSNs", () => {
  for (const isCompressed of [false, true])
    for (const blockSize of [512, 4096, 65536])
      test(`${isCompressed ? "compressed" : "plain"}, block size ${blockSize}`, async () => {
        const { span, code, reads } = await refused(
          cutOff({ ...log, isCompressed, blockSize, payloadBytes: 3_000_000 }),
        );
        assert.deepEqual([code, span?.firstLsn, span?.lastLsn], ["TRUNCATED", 37000000006400001n, 37000000012000001n]);
        assert.ok(reads <= (blockSize > 4096 ? 4 : 2), `${reads} reads`);
      });
});

test("a full backup that was cut off tells nothing from 2019 on: its LSNs move while it is written", async () => {
  const full: BackupSpec = { ...log, backupType: 1 };
  assert.equal((await refused(cutOff(full))).span, undefined);
  const older = { ...full, softwareVersion: { ...sqlServer2019, major: 14 } };
  assert.equal((await refused(cutOff(older))).span?.lastLsn, 37000000012000001n);
});

describe("that another set follows is known by the closing filemark alone", () => {
  const next: BackupSpec = { ...log, firstLsn: 37000000020000001n, lastLsn: 37000000030000001n };
  /** The file is complete; the final configuration of its last set is damaged. */
  const damaged = (...specs: readonly [BackupSpec, ...BackupSpec[]]): Uint8Array => {
    const [first, ...later] = specs;
    const bytes = Buffer.from(writeBackup(first, ...later));
    bytes.write("xxxx", bytes.lastIndexOf("MSLS"));
    return bytes;
  };

  test("a file that was cut off holds what its head tells, and perhaps more: appended logs have the same head", async () => {
    const appended = writeBackup(log, next);
    for (const bytes of [cutOff(log), appended.subarray(0, appended.length - 512)]) {
      const { span } = await refused(bytes);
      assert.deepEqual([span?.lastLsn, span?.isOnlySet], [log.lastLsn, undefined]);
    }
  });

  test("a file that has its end tells whether there is one set in it", async () => {
    const one = await refused(damaged(log));
    assert.deepEqual([one.span?.lastLsn, one.span?.isOnlySet], [log.lastLsn, true]);
    const two = await refused(damaged(log, next));
    assert.deepEqual([two.span?.lastLsn, two.span?.isOnlySet], [log.lastLsn, undefined]);
  });
});

test("nothing is proved by a file that is encrypted, empty, foreign, or cut off inside its head", async () => {
  for (const bytes of [
    brokenBackup("encrypted"),
    new Uint8Array(0),
    Buffer.from("PK\x03\x04 and more"),
    writeBackup(log).subarray(0, 1_000),
  ])
    assert.equal((await refused(bytes)).span, undefined);
});

test("logs of real servers, cut off, tell what an independent reader finds in the whole file", {
  skip: noRealBackups,
}, async () => {
  const logs = expectedHeaders.filter((header) => header["backupType"] === 2 && header.backupSetCount === 1);
  assert.ok(logs.length > 0);
  for (const expected of logs) {
    const bytes = realBackup(expected.file);
    const { span } = await refused(bytes.subarray(0, bytes.length - 512));
    assert.deepEqual([`${span?.firstLsn}`, `${span?.lastLsn}`], [`${expected["firstLsn"]}`, `${expected["lastLsn"]}`]);
  }
});
