// Tests that SQL Server's own files are read correctly: against another reader's results, and against relations between
// the values.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BackupHeader, BackupSetHeader } from "../../../../shared/backup/backupHeader.ts";
import { lsnOf } from "../../../../shared/backup/lsn.ts";
import { readBackupHeader } from "../../../../shared/backup/readBackupHeader.ts";
import { countingSource } from "../../../support/countingSource.ts";
import { type ExpectedHeader, expectedHeaders, noRealBackups, realBackup } from "../../../support/realBackups.ts";

const skip = noRealBackups;
/** headers.json has the first of its two sets only, as read from the head. */
const APPENDED = "SharePoint_Config/SharePoint_Config.bak";

const headers = new Map<string, BackupHeader>();
for (const { file } of expectedHeaders) headers.set(file, await readBackupHeader(countingSource(realBackup(file))));

const headerOf = (file: string): BackupHeader => {
  const header = headers.get(file);
  assert.ok(header, file);
  return header;
};
const setOf = (file: string): BackupSetHeader => {
  const [set] = headerOf(file).backupSets;
  assert.ok(set, file);
  return set;
};
const setsIn = (folder: string): BackupSetHeader[] =>
  [...headers.keys()].filter((file) => file.startsWith(`${folder}/`)).map(setOf);

/** What headers.json has besides columns, or under another name. */
const NOT_COLUMNS = [
  "file",
  "container",
  "error",
  "truncated",
  "isEncrypted",
  "backupSetCount",
  "finalized",
  "mediaPassword",
  "backupTypeDescription",
  "bytesRead",
  "files",
];

/** The columns that the other reader knows, with null for an absent one and LSNs as text. */
function columnsOf(file: string, names: readonly string[]): Record<string, unknown> {
  const { size, media } = headerOf(file);
  const fields: Record<string, unknown> = { size, ...media, ...setOf(file) };
  return Object.fromEntries(names.map((name) => [name, plain(fields[name])]));
}

const plain = (value: unknown): unknown => (typeof value === "bigint" ? value.toString() : (value ?? null));

function filesOf(file: string, expected: readonly Record<string, unknown>[]): unknown[] {
  return (setOf(file).files ?? []).map((one, index) => {
    const fields: Record<string, unknown> = { ...one };
    return Object.fromEntries(Object.keys(expected[index] ?? {}).map((name) => [name, plain(fields[name])]));
  });
}

for (const expected of expectedHeaders.filter(({ file }) => file !== APPENDED))
  test(`${expected.file} says what an independent reader finds in it`, () => {
    const names = Object.keys(expected).filter((name) => !NOT_COLUMNS.includes(name));
    assert.deepEqual(columnsOf(expected.file, names), Object.fromEntries(names.map((name) => [name, expected[name]])));
    assert.equal(headerOf(expected.file).media.isPasswordProtected, expected["mediaPassword"]);
    assert.equal(headerOf(expected.file).backupSets.length, expected.backupSetCount);
    const files = expected["files"] as readonly Record<string, unknown>[];
    assert.deepEqual(filesOf(expected.file, files), files);
  });

test("two backups appended to one compressed file are both listed, from their own tails", { skip }, () => {
  const { backupSets } = headerOf(APPENDED);
  assert.deepEqual(
    backupSets.map(({ position }) => position),
    [1, 2],
  );
  const [first, second] = backupSets;
  assert.ok(first && second);
  assert.equal(first.databaseName, "SharePoint_Config");
  assert.equal(second.databaseName, first.databaseName);
  assert.notEqual(first.backupSetGuid, second.backupSetGuid);
  assert.ok(first.lastLsn < second.firstLsn && first.backupFinishDate < second.backupStartDate);
  for (const { backupSetGuid, files } of backupSets)
    assert.equal(
      files?.[0]?.differentialBaseGuid,
      backupSetGuid,
      "only a final configuration names itself as the base",
    );
  const expected = expectedHeaders.find(({ file }) => file === APPENDED) as ExpectedHeader;
  assert.equal(first.backupSetGuid, expected["backupSetGuid"]);
});

const isType = (type: number) => (set: BackupSetHeader) => set.backupType === type;
const FOLDERS = ["RestoreTimeClean", "OlaMsFilter", "RestoreTimeStripe/Stripe1", "RestoreTimeStripe/Stripe2", "ft1"];

for (const folder of FOLDERS)
  test(`the log chain of ${folder} closes exactly: each log begins where the one before it ends`, { skip }, () => {
    const logs = setsIn(folder)
      .filter(isType(2))
      .toSorted((a, b) => (a.firstLsn < b.firstLsn || (a.firstLsn === b.firstLsn && a.lastLsn < b.lastLsn) ? -1 : 1));
    assert.ok(logs.length >= 2);
    const chains = Map.groupBy(logs, ({ recoveryForkId }) => recoveryForkId);
    for (const chain of chains.values())
      for (const [index, log] of chain.entries()) {
        if (index > 0) assert.equal(log.firstLsn, chain[index - 1]?.lastLsn);
        assert.equal(log.lastLogBackupLsn, log.beginsLogChain ? null : log.firstLsn);
      }
  });

test("every differential names a full backup of its folder as its base, by LSN and by GUID", { skip }, () => {
  for (const folder of ["DoubleDiffing", "OlaMsFilter", "ft1"]) {
    const sets = setsIn(folder);
    const differentials = sets.filter(isType(5));
    assert.ok(differentials.length >= 2, folder);
    for (const { differentialBaseGuid, differentialBaseLsn, databaseBackupLsn } of differentials) {
      const base = sets.find(({ backupSetGuid }) => backupSetGuid === differentialBaseGuid);
      assert.equal(base?.backupType, 1);
      assert.equal(base?.checkpointLsn, differentialBaseLsn);
      assert.equal(base?.checkpointLsn, databaseBackupLsn);
    }
  }
});

test("a full backup's checkpoint lies within it, and no full backup here is taken for copy-only", { skip }, () => {
  const fulls = [...headers.keys()].map(setOf).filter(isType(1));
  assert.equal(fulls.length, 10);
  for (const { firstLsn, checkpointLsn, lastLsn, isCopyOnly } of fulls) {
    assert.ok(firstLsn <= checkpointLsn && checkpointLsn <= lastLsn);
    assert.equal(isCopyOnly, false);
  }
});

test("the two files of a striped backup agree about everything but their number", { skip }, () => {
  for (const [one, other] of [
    ["Stripe1/RestoreTimeStripe.bak", "Stripe2/RestoreTimeStripe1.bak"],
    ["Stripe1/RestoreTimeStripe_1.trn", "Stripe2/RestoreTimeStripe_1a.trn"],
    ["Stripe1/RestoreTimeStripe_2.trn", "Stripe2/RestoreTimeStripe_2a.trn"],
  ]) {
    const [a, b] = [headerOf(`RestoreTimeStripe/${one}`), headerOf(`RestoreTimeStripe/${other}`)];
    assert.equal(a.media.mediaSetId, b.media.mediaSetId);
    assert.deepEqual([a.media.familyCount, a.media.familySequenceNumber, b.media.familySequenceNumber], [2, 1, 2]);
    const [first, second] = [a.backupSets[0], b.backupSets[0]];
    assert.deepEqual(first, second);
  }
});

test("the log records stored in an uncompressed file end at LastLSN: the tail tells the truth", { skip }, () => {
  let compared = 0;
  for (const [file, { media, backupSets }] of headers) {
    if (media.isCompressed) continue;
    const end = endOfStoredLog(Buffer.from(realBackup(file)));
    if (end === undefined) continue;
    const { lastLsn } = backupSets[0] as BackupSetHeader;
    assert.equal(lastLsn / 10n ** 5n, end / 10n ** 5n, file);
    compared += 1;
  }
  assert.ok(compared >= 25, `${compared} files hold log records`);
});

/** Section 5: of the last MSTL block that holds log records, where they end; its slot is not stored. */
function endOfStoredLog(bytes: Buffer): bigint | undefined {
  let end: bigint | undefined;
  for (let at = bytes.indexOf("MSTL", 0, "latin1"); at >= 0; at = bytes.indexOf("MSTL", at + 4, "latin1")) {
    if (at % 512 !== 0) continue;
    const [from, to, virtualLogFileAt] = [0x3c, 0x44, 0x68].map((field) => Number(bytes.readBigUInt64LE(at + field)));
    if (from !== undefined && to !== undefined && virtualLogFileAt !== undefined && to > from)
      end = lsnOf(bytes.readUInt32LE(at + 0x5c), (to - virtualLogFileAt) / 512, 0);
  }
  return end;
}

test("a real compressed file whose locator is lost is read all the same", { skip }, async () => {
  const file = "SchoolDb/SchoolDb.bak";
  const bytes = Buffer.from(realBackup(file));
  const filemark = Number(bytes.readBigUInt64LE(bytes.length - headerOf(file).media.blockSize + 0x48));
  bytes.fill(0, filemark - bytes.readUInt32LE(filemark - 8), filemark);
  assert.deepEqual(await readBackupHeader(countingSource(bytes)), headerOf(file));
});

test("a real file of one set costs at most two reads and 48 KiB", { skip }, async () => {
  for (const { file } of expectedHeaders.filter((one) => one.file !== APPENDED)) {
    const source = countingSource(realBackup(file));
    await readBackupHeader(source);
    assert.ok(source.reads <= 2 && source.bytesRead <= 48 * 1024, `${file}: ${source.reads}, ${source.bytesRead}`);
  }
  const appended = countingSource(realBackup(APPENDED));
  await readBackupHeader(appended);
  assert.ok(appended.reads <= 3, `one more for the second set: ${appended.reads}`);
});
