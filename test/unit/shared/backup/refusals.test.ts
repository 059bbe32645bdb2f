// Tests that every file that is no readable backup is refused with the right code, place and message.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type BrokenBackupName, brokenBackup, brokenBackups } from "../../../../local/backups/brokenBackup.ts";
import { thumbprintFor } from "../../../../local/backups/guidFor.ts";
import { type BackupFormatCode, BackupFormatError } from "../../../../shared/backup/backupFormatError.ts";
import { describeForeign } from "../../../../shared/backup/foreignFormat.ts";
import { readBackupHeader } from "../../../../shared/backup/readBackupHeader.ts";
import { countingSource } from "../../../support/countingSource.ts";

async function refusalOf(bytes: Uint8Array): Promise<BackupFormatError> {
  try {
    await readBackupHeader(countingSource(bytes));
  } catch (error) {
    assert.ok(error instanceof BackupFormatError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "the file was accepted" });
}

/** Zeros up to the end cannot be told from a page blob that is still being filled. */
const endsInZeros = (bytes: Uint8Array): boolean =>
  bytes.length % 512 === 0 && bytes.length > 32_768 && bytes.subarray(-32_768).every((byte) => byte === 0);

for (const name of Object.keys(brokenBackups) as BrokenBackupName[])
  test(`${name} is refused`, async () => {
    const bytes = brokenBackup(name);
    const code: BackupFormatCode = endsInZeros(bytes) ? "STILL_WRITING" : brokenBackups[name].code;
    const refusal = await refusalOf(bytes);
    assert.equal(refusal.code, code, refusal.message);
    assert.ok(refusal.offset >= 0 && refusal.offset <= bytes.length, `offset ${refusal.offset}`);
    assert.ok(refusal.expected !== "" && refusal.found !== "" && /^[A-Z].*\.$/.test(refusal.sentence));
    assert.equal(
      refusal.message,
      `${code} at byte ${refusal.offset}: expected ${refusal.expected}, found ${refusal.found}.`,
    );
  });

test("an encrypted backup says how many sets it holds and whether it is complete, since its filemarks are not encrypted", async () => {
  const bytes = brokenBackup("encrypted");
  assert.match(
    (await refusalOf(bytes)).found,
    new RegExp(
      `^WITH ENCRYPTION, complete, 1 backup set, block size 512, ${bytes.length} bytes, certificate probably 0x`,
    ),
  );
  assert.match((await refusalOf(bytes.subarray(0, -1))).found, /^WITH ENCRYPTION, incomplete: no filemark/);
});

const THUMBPRINT = /^[0-9A-F]{40}$/;

test("an encrypted backup tells its certificate's thumbprint, probably, and nothing that only its key would tell", async () => {
  const { encrypted } = await refusalOf(brokenBackup("encrypted"));
  const { encryptorThumbprint = "", ...told } = encrypted ?? {};
  assert.match(encryptorThumbprint, THUMBPRINT);
  assert.deepEqual(told, {
    isBackupEncrypted: true,
    isTde: false,
    isComplete: true,
    backupSetCount: 1,
    blockSize: 512,
  });
});

test("a database with TDE that SQL Server 2016 or later compressed tells the thumbprint that the target needs", async () => {
  const bytes = brokenBackup("encryptedByTde");
  const { encrypted, found } = await refusalOf(bytes);
  assert.deepEqual([encrypted?.isTde, encrypted?.isBackupEncrypted], [true, false]);
  assert.equal(encrypted?.tdeThumbprint, thumbprintFor("certificate"));
  assert.match(found, /^TDE compressed by SQL Server 2016 or later, complete, .* TDE certificate probably 0x/);
});

test("where no thumbprint of a certificate stands, none is told", async () => {
  for (const [name, at] of [
    ["encrypted", 0x14],
    ["encrypted", 0x2c],
    ["encryptedByTde", 0x1fc],
  ] as const) {
    const bytes = Uint8Array.from(brokenBackup(name));
    bytes[at] = 19;
    const { encrypted } = await refusalOf(bytes);
    assert.equal(encrypted?.encryptorThumbprint ?? encrypted?.tdeThumbprint, undefined, `${name} ${at}`);
  }
});

test("a compression that is not known tells what a maintainer needs: version, flags, type and first bytes", async () => {
  assert.match(
    (await refusalOf(brokenBackup("unknownCompression"))).found,
    /container version 2, flags 0x3, record type 0x21 of \d+ units, beginning 17 17 17 17 17 17 17 17$/,
  );
  assert.equal((await refusalOf(brokenBackup("unknownContainerVersion"))).found, "version 3, flags 0x3");
  assert.equal((await refusalOf(brokenBackup("unknownContainerFlag"))).found, "version 2, flags 0x103");
  assert.match((await refusalOf(brokenBackup("unknownRecordType"))).found, /record type 0x29/);
});

test("a file of a few bytes is the start of a backup only if it begins as one", async () => {
  const start = (text: string) => refusalOf(Buffer.from(text, "latin1"));
  for (const text of ["T", "TAP", "TAPE", "MSSQ", "MSSQLBAK"])
    assert.equal((await start(text)).code, "TRUNCATED", text);
  for (const text of ["t", "TAPf", "MSSQLBAX", "\0"]) assert.equal((await start(text)).code, "NOT_A_BACKUP", text);
});

test("what a foreign file is, is told by how it begins", () => {
  const described = (text: string) => describeForeign(Buffer.from(text, "latin1"));
  assert.equal(described("PK\x03\x04..model.xml"), "a bacpac or dacpac");
  assert.equal(described("PK\x03\x04..Orders.bak"), "a zip archive");
  assert.equal(described("\x1f\x8b\x08"), "gzip data");
  assert.match(described("version https://git-lfs.github.com/spec/v1"), /git lfs pull/);
  assert.match(described("<?xml version='1.0'?><Error><Code>BlobNotFound"), /error message/);
  assert.match(described("..R.e.d. .G.a.t.e.".replaceAll(".", "\0")), /Redgate/);
  assert.match(described("\x02LiteSpeed for SQL Server"), /LiteSpeed/);
  assert.match(described("\x02Idera SQLsafe"), /Idera/);
  assert.equal(described("-- a considerable script\nUSE [master];\n"), "an SQL script");
  assert.equal(describeForeign(Buffer.from("\ufeffCREATE TABLE t (n int)", "utf16le")), "an SQL script");
  assert.equal(described("nothing to restore"), "text");
  assert.equal(described("\x01\x02\x03\x04"), "bytes 01 02 03 04");
  assert.equal(describeForeign(new Uint8Array(4096)), "zeros");
});
