// Tests that TDE is detected by the certificate's thumbprint wherever it is, and that what is not understood is never
// read as no TDE.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BackupSpec } from "../../../../../local/backups/backupSpec.ts";
import { sqlServer2005 } from "../../../../../local/backups/backupSpec.ts";
import { thumbprintFor } from "../../../../../local/backups/guidFor.ts";
import { sampleBackups } from "../../../../../local/backups/sampleBackups.ts";
import { sparseBackup, writeBackup } from "../../../../../local/backups/writeBackup.ts";
import { cursorOver } from "../../../../../shared/backup/cursor.ts";
import { readBackupHeader } from "../../../../../shared/backup/readBackupHeader.ts";
import { isEncryptedPage, tdeOf, tdeThumbprintOf } from "../../../../../shared/backup/tape/tde.ts";
import { countingSource } from "../../../../support/countingSource.ts";
import { expectedHeaders, noRealBackups, realBackup } from "../../../../support/realBackups.ts";

const AREA = 0x190;
const AREA_END = 0x400;
const LENGTH = 0x404;
const over = (bytes: Uint8Array) => cursorOver(bytes, { offset: 0, code: "TRUNCATED" });

/** A file's record with thumbprint and key at this place. */
function recordWith(at: number, thumbprint: Uint8Array, keyLength: number): Buffer {
  const record = Buffer.alloc(LENGTH);
  record.writeUInt32LE(20, at);
  record.set(thumbprint, at + 4);
  record.writeUInt32LE(keyLength, at + 24);
  record.fill(0xa5, at + 28, Math.min(LENGTH, at + 28 + keyLength));
  return record;
}

const anyThumbprint = fc.uint8Array({ minLength: 20, maxLength: 20 });
const anyKeyLength = fc.constantFrom(128, 256, 384, 512);

test("a thumbprint with its key is found wherever in its area it stands", () => {
  fc.assert(
    fc.property(anyThumbprint, anyKeyLength, fc.nat(), (thumbprint, keyLength, place) => {
      const at = AREA + (place % (AREA_END - AREA - 28 - keyLength + 1));
      const found = tdeThumbprintOf(over(recordWith(at, thumbprint, keyLength)));
      assert.equal(found, Buffer.from(thumbprint).toString("hex").toUpperCase());
    }),
  );
});

test("an area that is not empty is never none, whatever stands there", () => {
  fc.assert(
    fc.property(fc.integer({ min: AREA, max: AREA_END - 1 }), fc.integer({ min: 1, max: 255 }), (at, value) => {
      const record = Buffer.alloc(LENGTH);
      record[at] = value;
      assert.equal(tdeThumbprintOf(over(record)), undefined);
    }),
  );
});

test("a key of another length, or one that reaches out of the area, is not understood", () => {
  const thumbprint = Buffer.from(thumbprintFor("certificate"), "hex");
  for (const record of [recordWith(AREA, thumbprint, 100), recordWith(AREA_END - 200, thumbprint, 256)])
    assert.equal(tdeThumbprintOf(over(record)), undefined);
});

test("an empty area is none, and so is a record from before there was one", () => {
  assert.equal(tdeThumbprintOf(over(Buffer.alloc(LENGTH))), null);
  assert.equal(tdeThumbprintOf(over(Buffer.alloc(AREA))), null);
  assert.equal(tdeThumbprintOf(over(Buffer.alloc(AREA + 16))), undefined, "there in part only");
});

const file = (type: "D" | "L", tdeThumbprint?: string | null) => ({
  logicalName: "Sales",
  physicalName: "D:\\Sales.mdf",
  type,
  fileGroupName: null,
  fileId: 1,
  size: 0,
  maxSize: 0,
  ...(tdeThumbprint !== undefined && { tdeThumbprint }),
});

test("one encrypted data file makes the database encrypted, one that is not understood makes it unknown", () => {
  const [none, a, b, unknown] = [file("D", null), file("D", "A"), file("D", "B"), file("D")];
  assert.deepEqual(tdeOf([none, a, unknown, b, a]), { state: "encrypted", thumbprints: ["A", "B"] });
  assert.deepEqual(tdeOf([none, unknown]), { state: "unknown" });
  assert.deepEqual(tdeOf([none, none, file("L")]), { state: "none" });
  assert.equal(tdeOf([file("L", null)]), undefined);
});

const [full] = sampleBackups.full.sets;
const tdeIn = async (spec: Partial<BackupSpec>) => {
  const source = countingSource(sparseBackup({ ...full, payloadBytes: 2 ** 30, ...spec }));
  const { backupSets } = await readBackupHeader(source);
  return { tde: backupSets[0]?.tde, reads: source.reads };
};

test("a large backup of a database with TDE costs as much as any other", async () => {
  const tdeThumbprint = thumbprintFor("certificate");
  assert.deepEqual(await tdeIn({ tdeThumbprint }), {
    tde: { state: "encrypted", thumbprints: [tdeThumbprint] },
    reads: 2,
  });
  assert.deepEqual(await tdeIn({}), { tde: { state: "none" }, reads: 2 });
});

test("where the area is not understood, a page that says it is encrypted decides, for one read more; one that does not proves nothing", async () => {
  assert.deepEqual(await tdeIn({ blockSize: 4096, hasUnknownTde: true, hasEncryptedPages: true }), {
    tde: { state: "encrypted" },
    reads: 3,
  });
  assert.deepEqual(await tdeIn({ blockSize: 4096, hasUnknownTde: true }), { tde: { state: "unknown" }, reads: 3 });
});

test("a page that is at hand is looked at also when the area is empty", async () => {
  const bytes = writeBackup({ ...full, payloadBytes: 16_384, hasEncryptedPages: true });
  const { backupSets } = await readBackupHeader(countingSource(bytes));
  assert.deepEqual(backupSets[0]?.tde, { state: "encrypted" });
});

test("SQL Server 2005 had no TDE", async () => {
  assert.deepEqual((await tdeIn({ softwareVersion: sqlServer2005 })).tde, { state: "none" });
});

test("no real backup here is of a database with TDE, by either sign", { skip: noRealBackups }, async () => {
  let pages = 0;
  for (const { file: name } of expectedHeaders) {
    const bytes = Buffer.from(realBackup(name));
    const { backupSets, media } = await readBackupHeader(countingSource(bytes));
    for (const { tde, files } of backupSets) {
      assert.deepEqual(tde, { state: "none" }, name);
      assert.ok(files?.every(({ tdeThumbprint }) => tdeThumbprint === null));
    }
    const page = media.isCompressed ? undefined : secondPageOf(bytes);
    if (page === undefined) continue;
    pages++;
    assert.equal(isEncryptedPage(over(page)), false, name);
    page.writeUInt16LE(page.readUInt16LE(4) | 0x0800, 4);
    assert.equal(isEncryptedPage(over(page)), true, "the page would tell");
  }
  assert.ok(pages >= 6, `${pages} second pages found`);
});

/** The page free space page of the first file, found by its own header. */
function secondPageOf(bytes: Buffer): Buffer | undefined {
  const data = bytes.indexOf("MQDA", 0, "latin1");
  if (data < 0) return undefined;
  const page = bytes.subarray(data + 22 + 2 + 8192, data + 22 + 2 + 8192 + 96);
  return page[1] === 11 && page.readUInt32LE(0x20) === 1 ? page : undefined;
}
