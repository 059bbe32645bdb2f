// Tests that a compressed backup follows the container's rules, and that its compression follows [MS-XCA].
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { type BackupSpec, sqlServer2012 } from "../../../../local/backups/backupSpec.ts";
import { guidFor } from "../../../../local/backups/guidFor.ts";
import { writeBackup } from "../../../../local/backups/writeBackup.ts";
import { xpressHuffman } from "../../../../local/backups/xpressHuffman.ts";
import { decodeXpress } from "./decodeXpress.ts";
import { unwrap, walk } from "./tapeWalk.ts";

const spec: BackupSpec = {
  backupType: 1,
  databaseName: "Orders",
  serverName: "SQL01",
  backupStartDate: "2025-11-24T21:00:00",
  firstLsn: 37000000006400001n,
  checkpointLsn: 37000000006400001n,
  lastLsn: 37000000007200001n,
  isCompressed: true,
  payloadBytes: 300_000,
};
const second = { ...spec, backupSetGuid: guidFor("second") };
const written = (...sets: readonly [BackupSpec, ...BackupSpec[]]) => Buffer.from(writeBackup(...sets));
const startOf = (tape: Buffer, type: string) => walk(tape).find((block) => block.type === type)?.at;

/** The plain decoder must agree: it shares no code with the encoder. */
const survives = (data: Buffer) => assert.deepEqual(decodeXpress(Buffer.from(xpressHuffman(data)), data.length), data);

test("any bytes come back from their compressed form", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 4096 }), (bytes) => survives(Buffer.from(bytes))));
});

test("repetitions of any length and distance come back from their compressed form", () => {
  const parts = fc.array(
    fc.record({ pattern: fc.uint8Array({ minLength: 1, maxLength: 40 }), times: fc.integer({ min: 1, max: 300 }) }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(parts, (repeated) =>
      survives(
        Buffer.concat(repeated.map(({ pattern, times }) => Buffer.alloc(pattern.length * times, pattern))).subarray(
          0,
          65_536,
        ),
      ),
    ),
  );
});

test("matches of every coded length come back: in the symbol, in a byte, in two bytes, over the whole record", () => {
  for (const length of [1, 2, 3, 4, 17, 18, 19, 271, 272, 273, 274, 5000, 65_536]) survives(Buffer.alloc(length, 7));
});

test("codes of 15 bits come back", () => {
  // Noise with few repetitions, and values that are each twice as frequent as the one before, which give the deepest
  // code.
  const data = Buffer.from(
    createHash("shake256", { outputLength: 65_536 })
      .update("noise")
      .digest()
      .map((byte) => 16 + (byte % 240)),
  );
  for (let value = 0, at = 0; value < 8; value++)
    for (let times = 0; times < 2 ** value; times++, at += 251) data[at] = value;
  const table = Buffer.from(xpressHuffman(data)).subarray(0, 256);
  assert.equal(Math.max(...[...table].flatMap((pair) => [pair & 15, pair >> 4])), 15);
  survives(data);
});

test("a compressed backup holds the blocks of the plain one", () => {
  const plain = written({ ...spec, isCompressed: false }, { ...second, isCompressed: false });
  const { tape } = unwrap(written(spec, second));
  const shape = (bytes: Buffer) => walk(bytes).map(({ type, at, end }) => ({ type, at, end }));
  assert.deepEqual(shape(tape), shape(plain));
  const data = (bytes: Buffer) => {
    const stream = walk(bytes)
      .find(({ type }) => type === "MSDA")
      ?.streams.find(({ id }) => id === "MQDA");
    assert.ok(stream && stream.length > 300_000);
    return bytes.subarray(stream.at, stream.at + stream.length);
  };
  assert.deepEqual(data(tape), data(plain));
});

test("up to SQL Server 2012 the container is of version 1: shorter headers around the same records", () => {
  const older = written({ ...spec, softwareVersion: sqlServer2012 }, { ...second, softwareVersion: sqlServer2012 });
  const newer = written(spec, second);
  assert.deepEqual([older.readUInt32LE(8), newer.readUInt32LE(8)], [1, 2]);
  const shape = (file: Buffer) => unwrap(file).records.map(({ kind, units, logical }) => ({ kind, units, logical }));
  assert.deepEqual(shape(older), shape(newer));
  const gap = (file: Buffer) => Number(unwrap(file).records[0]?.at);
  assert.deepEqual([gap(older), gap(newer)], [0x10, 0x1e0]);
});

test("records hold at most 64 KiB, and page data have records of their own", () => {
  const { tape, records } = unwrap(written(spec));
  const data = walk(tape)
    .find(({ type }) => type === "MSDA")
    ?.streams.find(({ id }) => id === "MQDA");
  assert.ok(data);
  for (const { units } of records) assert.ok(units <= 0x80);
  assert.ok(records.some(({ logical }) => logical === data.at + 2));
});

test("each filemark has its padding before it, and the one behind the data the end of data with its locator", () => {
  const { records, filemarks } = unwrap(written(spec, second));
  assert.deepEqual(
    records.filter(({ kind }) => kind !== 0x01).map(({ kind }) => kind),
    [0x04, 0x0c, 0x04, 0x0c, 0x04],
  );
  assert.equal(filemarks.length, 5);
});

test("a locator's entries name records in which blocks begin, counted from their set's start; the last holds the final configuration", () => {
  const { tape, records, locators } = unwrap(written(spec, second));
  const starts = walk(tape).filter(({ type }) => type === "SSET");
  const ends = walk(tape).filter(({ type }) => type === "MSLS");
  for (const [index, locator] of locators.entries()) {
    assert.ok(locator.length > 0);
    for (const { logical, at } of locator)
      assert.ok(records.some((record) => record.at === at && record.logical === logical + (starts[index]?.at ?? 0)));
    const last = records.find(({ at }) => at === locator.at(-1)?.at);
    const final = ends[index]?.at ?? 0;
    assert.ok(last && final >= last.logical && final < last.logical + last.units * 512);
  }
});

test("the raw filemark behind a locator says so", () => {
  const file = written(spec);
  const { filemarks } = unwrap(file);
  assert.deepEqual(
    filemarks.map((at) => file.readUInt32LE(at + 4)),
    [0x80000000, 0x80040000, 0x80000000],
  );
});

test("the sizes before and after compression stand in the final configuration", () => {
  const file = written(spec);
  const { tape } = unwrap(file);
  const database = (startOf(tape, "MSLS") ?? 0) + 0x38 + 22;
  const [plain, compressed] = [tape.readBigUInt64LE(database + 0x60), tape.readBigUInt64LE(database + 0x158)];
  assert.ok(plain > 300_000n);
  assert.ok(compressed > 0n && compressed < BigInt(file.length));
});

test("an encrypted backup shows its filemarks and nothing of its blocks", () => {
  for (const isCompressed of [false, true]) {
    const file = written({ ...spec, isCompressed, isEncrypted: true });
    assert.equal(file.readUInt32LE(12), isCompressed ? 7 : 5);
    assert.equal(file.toString("latin1", file.length - 512, file.length - 508), "SFMB");
    assert.equal(file.readUInt32LE(file.length - 512 + 0x38), 2);
    for (const secret of ["TAPE", "SSET", "MQCI", "SCIN"]) assert.ok(!file.includes(secret, 0, "latin1"), secret);
    assert.ok(!file.includes(Buffer.from("Orders", "utf16le")));
  }
});
