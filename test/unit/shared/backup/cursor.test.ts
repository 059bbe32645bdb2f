// Tests that values are read as they were written, and nothing beyond the end.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { draftRecord } from "../../../../local/backups/draftRecord.ts";
import { BackupFormatError } from "../../../../shared/backup/backupFormatError.ts";
import { type Cursor, cursorOver, textOf } from "../../../../shared/backup/cursor.ts";
import { lsnOf } from "../../../../shared/backup/lsn.ts";

const over = (bytes: Uint8Array): Cursor => cursorOver(bytes, { offset: 1000, code: "TRUNCATED" });
const laidDown = (length: number, lay: (record: ReturnType<typeof draftRecord>) => void): Cursor => {
  const record = draftRecord(length);
  lay(record);
  return over(record.finish());
};

test("an LSN is a virtual log file, a block and a slot", () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(0xffff), (file, block, slot) => {
      const lsn = lsnOf(file, block, slot);
      const cursor = laidDown(12, (record) => record.lsn(1, lsn));
      assert.equal(cursor.lsn(1, "LSN"), lsn === 0n ? null : lsn);
    }),
  );
});

test("a GUID is printed as SQL Server prints it, and all zeros are NULL", () => {
  fc.assert(
    fc.property(fc.uuid({ version: 4 }), (uuid) => {
      assert.equal(laidDown(16, (record) => record.guid(0, uuid)).guid(0, "GUID"), uuid.toUpperCase());
    }),
  );
  assert.equal(over(new Uint8Array(16)).guid(0, "GUID"), null);
  const bytes = Buffer.from("33221100554477668899aabbccddeeff", "hex");
  assert.equal(over(bytes).guid(0, "GUID"), "00112233-4455-6677-8899-AABBCCDDEEFF");
});

test("a date is the server's wall clock to the second; zeros are NULL, and no date is none", () => {
  const days = fc.date({
    min: new Date("0001-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59Z"),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(days, (day) => {
      const text = day.toISOString().slice(0, 19);
      assert.equal(laidDown(5, (record) => record.date(0, text)).date(0, "date"), text);
    }),
  );
  const dated = (hex: string) => over(Buffer.from(hex, "hex")).date(0, "date");
  assert.equal(dated("0000000000"), null);
  assert.equal(dated("ffffffffff"), undefined);
  assert.equal(laidDown(5, (record) => record.date(0, "2025-02-30T00:00:00")).date(0, "date"), undefined);
  assert.equal(laidDown(5, (record) => record.date(0, "2024-02-29T23:59:59")).date(0, "date"), "2024-02-29T23:59:59");
});

test("text is UTF-16 without its trailing NULs", () => {
  const cursor = laidDown(8, (record) => record.text(4, "売上 🐟\0\0"));
  assert.equal(textOf(cursor.addressed(4, "name"), 2), "売上 🐟");
  assert.equal(cursor.addressed(0, "name"), undefined);
  assert.equal(textOf(Buffer.from("Müller", "latin1"), 1), "Müller");
});

test("no read goes past the end: it is a BackupFormatError that names field and place in the file", () => {
  const reads: readonly (readonly [length: number, read: (cursor: Cursor, at: number) => unknown])[] = [
    [1, (cursor, at) => cursor.u8(at, "field")],
    [1, (cursor, at) => cursor.i8(at, "field")],
    [2, (cursor, at) => cursor.u16(at, "field")],
    [4, (cursor, at) => cursor.u32(at, "field")],
    [8, (cursor, at) => cursor.u64(at, "field")],
    [4, (cursor, at) => cursor.letters(at, 4, "field")],
    [5, (cursor, at) => cursor.date(at, "field")],
    [10, (cursor, at) => cursor.lsn(at, "field")],
    [16, (cursor, at) => cursor.guid(at, "field")],
    [7, (cursor, at) => cursor.part(at, 7, "field")],
  ];
  for (const [length, read] of reads) {
    const bytes = new Uint8Array(32);
    read(over(bytes), 32 - length);
    for (const at of [32 - length + 1, 32, 1e9, -1])
      assert.throws(
        () => read(over(bytes), at),
        (error: BackupFormatError) => {
          assert.ok(error instanceof BackupFormatError);
          assert.match(error.expected, /field/);
          assert.equal(error.offset, 1000 + Math.min(at, 32));
          return true;
        },
      );
  }
});

test("an address that points outside its record is refused, as is a size beyond 2^53", () => {
  const pointing = Buffer.from([4, 0, 6, 0, 1, 2, 3, 4]);
  assert.throws(() => over(pointing).addressed(0, "name"), BackupFormatError);
  assert.throws(() => over(new Uint8Array(8).fill(0xff)).u64(0, "size"), /below 2\^53/);
});
