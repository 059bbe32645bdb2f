// Tests that the kept files are still read as they were when a person checked the expected values.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BackupFormatError } from "../../../../shared/backup/backupFormatError.ts";
import { readBackupHeader } from "../../../../shared/backup/readBackupHeader.ts";
import { countingSource } from "../../../support/countingSource.ts";
import { asJson, invalidFixtures, validFixtures } from "../../../support/fixtures.ts";

for (const { name, bytes, expected } of validFixtures())
  test(`the kept backup ${name} has the header that is kept beside it`, async () => {
    assert.deepEqual(JSON.parse(asJson(await readBackupHeader(countingSource(bytes)))), expected);
  });

for (const { name, code, bytes } of invalidFixtures())
  test(`the kept file ${name} is refused as ${code}`, async () => {
    await assert.rejects(
      readBackupHeader(countingSource(bytes)),
      (error) => error instanceof BackupFormatError && error.code === code,
    );
  });
