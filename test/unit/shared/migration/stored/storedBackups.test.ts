// Tests that a backup's header comes back from its row, and that rows of earlier versions stay readable.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type SampleBackupName, sampleBackup, sampleBackups } from "../../../../../local/backups/sampleBackups.ts";
import type { EncryptedMedia } from "../../../../../shared/backup/backupHeader.ts";
import { readBackupHeader } from "../../../../../shared/backup/readBackupHeader.ts";
import type { BackupRecord } from "../../../../../shared/chain/backupRecord.ts";
import { StoredBackupRecord } from "../../../../../shared/migration/stored/storedBackups.ts";
import { readStored, storedJson } from "../../../../../shared/migration/stored/storedJson.ts";
import { countingSource } from "../../../../support/countingSource.ts";
import { aBackupSet, aRecord } from "../../../../support/facts.ts";

const again = (record: BackupRecord): BackupRecord => readStored(StoredBackupRecord, storedJson(record));

test("the header of every kind of backup comes back from its row, without the list of files", async () => {
  for (const name of Object.keys(sampleBackups) as SampleBackupName[]) {
    const { media, backupSets } = await readBackupHeader(countingSource(sampleBackup(name)));
    const stored = backupSets.map(({ files: _, ...set }) => set);
    const record: BackupRecord = { ...aRecord(name), content: { kind: "header", media, backupSets: stored } };
    assert.deepEqual(again(record), record, name);
  }
});

test("what an encrypted file tells comes back from its row", () => {
  const encrypted: Required<EncryptedMedia> = {
    isBackupEncrypted: true,
    isTde: true,
    encryptorThumbprint: "A1",
    tdeThumbprint: "B2",
    isComplete: true,
    backupSetCount: 1,
    blockSize: 512,
  };
  const record: BackupRecord = {
    ...aRecord("secret.bak"),
    content: { kind: "unreadable", code: "ENCRYPTED_MEDIA", message: "m", encrypted },
  };
  assert.deepEqual(again(record), record);
});

test("a row that was written when fewer kinds had been seen is read, without the kinds that have been seen since", () => {
  const record = aRecord("Sales/copy.bak", [aBackupSet({ isCopyOnly: true, unverified: ["mediaName"] })]);
  const old = storedJson(record).replace(
    '["mediaName"]',
    '["copyOnly","mediaName","backupDescription","expirationDate"]',
  );
  assert.notEqual(old, storedJson(record));
  assert.deepEqual(readStored(StoredBackupRecord, old), record);
});
