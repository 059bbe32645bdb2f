// Tests that any bytes give a header, or the one typed error.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type SampleBackupName, sampleBackup, sampleBackups } from "../../../../local/backups/sampleBackups.ts";
import { BackupFormatError } from "../../../../shared/backup/backupFormatError.ts";
import type { BackupHeader } from "../../../../shared/backup/backupHeader.ts";
import { BackupChangedError } from "../../../../shared/backup/byteSource.ts";
import { readBackupHeader } from "../../../../shared/backup/readBackupHeader.ts";
import { countingSource } from "../../../support/countingSource.ts";
import { expectedHeaders, noRealBackups, realBackup } from "../../../support/realBackups.ts";
import { stingySource } from "../../../support/stingySource.ts";

const SAMPLES = (Object.keys(sampleBackups) as SampleBackupName[])
  .map((name) => ({ name, bytes: sampleBackup(name) }))
  .filter(({ bytes }) => bytes.length < 200_000);
const anySample = fc.constantFrom(...SAMPLES);
const sample = (name: SampleBackupName): Uint8Array => sampleBackup(name);

/** The header, or the refusal; any other outcome fails the test. */
async function outcomeOf(bytes: Uint8Array): Promise<BackupHeader | BackupFormatError> {
  try {
    return await readBackupHeader(countingSource(bytes));
  } catch (error) {
    if (error instanceof BackupFormatError) return error;
    throw error;
  }
}

test("a backup that is cut off anywhere is refused", async () => {
  const cut = fc.tuple(fc.constantFrom<SampleBackupName>("full", "log", "compressed", "blockSize4096"), fc.nat());
  await fc.assert(
    fc.asyncProperty(cut, async ([name, at]) => {
      const bytes = sample(name);
      const outcome = await outcomeOf(bytes.subarray(0, at % bytes.length));
      assert.ok(outcome instanceof BackupFormatError);
      assert.ok(["TRUNCATED", "ZERO_BYTES", "STILL_WRITING"].includes(outcome.code), outcome.message);
    }),
    { numRuns: 500 },
  );
});

test("a real backup that is cut off anywhere is refused", { skip: noRealBackups }, async () => {
  for (const { file } of expectedHeaders) {
    const bytes = realBackup(file);
    for (let part = 0; part < 40; part++) {
      const at = Math.floor((bytes.length * part) / 40);
      const outcome = await outcomeOf(bytes.subarray(0, at));
      assert.ok(outcome instanceof BackupFormatError, `${file} cut off at ${at}`);
    }
  }
});

test("two sets in one file that is cut off between them are the first set; anywhere else they are refused", async () => {
  const bytes = sample("appended");
  const [first] = (await readBackupHeader(countingSource(bytes))).backupSets;
  for (let at = 512; at < bytes.length; at += 512) {
    const outcome = await outcomeOf(bytes.subarray(0, at));
    if (!(outcome instanceof BackupFormatError)) assert.deepEqual(outcome.backupSets, [first]);
  }
});

test("any bytes at all are a header or a refusal", async () => {
  const starts = fc.constantFrom("", "TAPE", "MSSQLBAK\x02\0\0\0\x03\0\0\0", "PK\x03\x04", "-- ");
  await fc.assert(
    fc.asyncProperty(starts, fc.uint8Array({ maxLength: 4096 }), async (start, rest) => {
      await outcomeOf(Buffer.concat([Buffer.from(start, "latin1"), rest]));
    }),
    { numRuns: 500 },
  );
});

test("a backup with some bytes changed is a header or a refusal", async () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(anySample, changes, async ({ bytes }, changed) => {
      const copy = Uint8Array.from(bytes);
      for (const [at, value] of changed) copy[at % copy.length] = value;
      await outcomeOf(copy);
    }),
    { numRuns: 2000 },
  );
});

test("a source that hands out a few bytes at a time gives the same header", async () => {
  await fc.assert(
    fc.asyncProperty(anySample, fc.integer({ min: 64, max: 5000 }), async ({ bytes }, most) => {
      assert.deepEqual(
        await readBackupHeader(stingySource(bytes, most)),
        await readBackupHeader(countingSource(bytes)),
      );
    }),
    { numRuns: 100 },
  );
});

test("a source that becomes shorter while it is read has changed: read it again", async () => {
  const bytes = sample("full");
  await assert.rejects(readBackupHeader(stingySource(bytes, 1000, bytes.length - 1)), BackupChangedError);
});
