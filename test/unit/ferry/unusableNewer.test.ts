// Tests that the dry run makes no promise where a file beyond the plan cannot be used, on files made after public
// incident reports.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BackupFormatError } from "../../../shared/backup/backupFormatError.ts";
import { readBackupHeader } from "../../../shared/backup/readBackupHeader.ts";
import { assessChain } from "../../../shared/chain/assessChain.ts";
import type { BackupContent, BackupRecord } from "../../../shared/chain/backupRecord.ts";
import { context } from "../../support/backupRecords.ts";
import { countingSource } from "../../support/countingSource.ts";
import { ferry } from "./run.ts";

const CASES = "../shared/cases";
const skip = existsSync(CASES) ? false : `${CASES} is not here`;

const UNUSABLE: Readonly<Record<string, readonly [file: string, reason: string]>> = {
  "06-newest-log-unusable/truncated": ["Shop_tail.trn", "TRUNCATED"],
  "06-newest-log-unusable/encrypted": ["Shop_tail.trn", "ENCRYPTED_MEDIA"],
  "06-newest-log-unusable/appended": ["Shop_log_2.trn", "APPENDED_SETS"],
  "06-newest-log-unusable/damaged": ["Shop_log_2.trn", "DAMAGED"],
};
for (const [folder, [file, reason]] of Object.entries(UNUSABLE))
  test(`${folder}: restorable so far, but not as it is`, { skip }, async () => {
    const [{ exitCode, out }, json] = await Promise.all([
      ferry(["plan", join(CASES, folder)]),
      ferry(["plan", join(CASES, folder), "--json"]),
    ]);
    assert.equal(exitCode, 3);
    assert.match(out, /^NOT AS IT IS: Shop restorable to .*, but 1 file beyond it cannot be used\.\n/);
    assert.ok(out.includes(`${file} (${reason}): `), out);
    const { verdict, unusableNewer } = JSON.parse(json.out);
    assert.deepEqual([verdict, unusableNewer.length, unusableNewer[0].file], ["restorable", 1, file]);
    assert.equal(unusableNewer[0].reason, reason);
  });

test("07: a broken tail counts against the cutover although a good log came after it", { skip }, async () => {
  const folder = join(CASES, "07-gate-broken-tail-arrived-earlier");
  const records = await Promise.all(readdirSync(folder).map((name) => recordOf(folder, name)));
  const before = assessChain(records, context());
  assert.equal(before.verdict, "restorable");
  const anchorSetGuid = before.plan[0]?.setGuid ?? "";
  const positionLsn = before.restorableTo?.lsn ?? 0n;
  const progress = { started: true, anchorSetGuid, positionLsn, restoredSetGuids: [] };
  const report = assessChain(records, context({ progress }));
  assert.deepEqual(
    report.unusableNewer.map(({ file, reason }) => [file, reason]),
    [["Sales/tail-broken.trn", "TRUNCATED"]],
  );
  assert.ok(!report.canCutOver);
});

/** Reads a file as the service does. Files later in the list arrived later, so that the broken tail log comes first. */
async function recordOf(folder: string, name: string): Promise<BackupRecord> {
  const bytes = readFileSync(join(folder, name));
  const minute = name.startsWith("tail") ? "10" : name === "l2.trn" ? "20" : "00";
  return {
    name: `Sales/${name}`,
    etag: name,
    sizeBytes: bytes.length,
    blobType: "BlockBlob",
    arrivedAt: `2025-11-24T00:${minute}:00.000Z`,
    content: await contentOf(bytes),
  };
}

async function contentOf(bytes: Uint8Array): Promise<BackupContent> {
  try {
    const { media, backupSets } = await readBackupHeader(countingSource(bytes));
    return { kind: "header", media, backupSets };
  } catch (error) {
    if (!(error instanceof BackupFormatError)) throw error;
    const { code, message, provedSpan } = error;
    return { kind: "unreadable", code, message, ...(provedSpan && { provedSpan }) };
  }
}
