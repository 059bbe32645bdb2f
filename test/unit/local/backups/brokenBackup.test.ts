// Tests that each broken file is broken in the way that its name says, and in no other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, inflateRawSync } from "node:zlib";
import { type BrokenBackupName, brokenBackup, brokenBackups } from "../../../../local/backups/brokenBackup.ts";
import { unwrap, walk } from "./tapeWalk.ts";

const names = Object.keys(brokenBackups) as BrokenBackupName[];
const bytesOf = (name: BrokenBackupName) => Buffer.from(brokenBackup(name));
const startOf = (name: BrokenBackupName) => bytesOf(name).toString("latin1", 0, 8);

test("every code of a refusal has a file, and each file is the same each time", () => {
  assert.deepEqual(
    new Set(names.map((name) => brokenBackups[name].code)),
    new Set([
      "ZERO_BYTES",
      "TRUNCATED",
      "CHECKSUM_MISMATCH",
      "NOT_A_BACKUP",
      "ENCRYPTED_MEDIA",
      "UNSUPPORTED_COMPRESSION",
      "STILL_WRITING",
    ]),
  );
  for (const name of names) assert.deepEqual(bytesOf(name), bytesOf(name), name);
});

for (const name of names)
  test(`${name} is not sound`, () => {
    const bytes = bytesOf(name);
    const isComplete = () => {
      const blocks = walk(bytes);
      const filemarks = blocks.filter(({ type }) => type === "SFMB").length;
      assert.equal(filemarks % 2, 1);
      const last = blocks.at(-1);
      assert.ok(last);
      assert.equal(bytes.readUInt32LE(last.at + 0x38), filemarks - 1);
      // Damage that walking the blocks does not find: who wrote the tape, and where the filemarks point.
      assert.equal(bytes.readUInt16LE(0x56), 4608);
      assert.ok(bytes.includes(Buffer.from("Microsoft SQL Server", "utf16le")));
      assert.equal(
        bytes.toString("latin1", Number(bytes.readBigUInt64LE(last.at + 0x48)), last.at).slice(0, 4),
        "SFMB",
      );
    };
    assert.throws(isComplete);
  });

test("truncated files begin as the sound file does", () => {
  const sound = gunzipSync(bytesOf("gzipArchive"));
  walk(sound);
  for (const name of names.filter((candidate) => /^truncated(?!Compressed)/.test(candidate))) {
    const bytes = bytesOf(name);
    assert.ok(bytes.length < sound.length, name);
    assert.deepEqual(bytes, sound.subarray(0, bytes.length), name);
  }
});

test("a file that was cut behind its n-th filemark ends in that filemark", () => {
  for (const [name, used] of [
    ["truncatedAfterFirstFilemark", 0],
    ["truncatedAfterSecondFilemark", 1],
    ["truncatedCompressedAfterFirstFilemark", 0],
    ["truncatedCompressedAfterSecondFilemark", 1],
  ] as const) {
    const last = bytesOf(name).subarray(-512);
    assert.equal(last.toString("latin1", 0, 4), "SFMB", name);
    assert.equal(last.readUInt32LE(0x38), used, name);
  }
});

test("a bacpac is an archive that can be unpacked", () => {
  const bytes = bytesOf("bacpac");
  assert.equal(startOf("bacpac").slice(0, 4), "PK\u0003\u0004");
  const nameLength = bytes.readUInt16LE(26);
  assert.equal(bytes.toString("latin1", 30, 30 + nameLength), "model.xml");
  const content = bytes.subarray(30 + nameLength, 30 + nameLength + bytes.readUInt32LE(18));
  assert.equal(inflateRawSync(content).toString(), "<DataSchemaModel/>");
});

test("what a tool of another maker wrote begins with its own letters", () => {
  assert.ok(startOf("redgateBackup").startsWith("SQLB"));
  assert.ok(startOf("tapeOfNtBackup").startsWith("TAPE"));
  assert.ok(startOf("encrypted").startsWith("MSSQLBAK"));
});

test("a page blob that still grows has a sound head and zeros up to its end", () => {
  const bytes = bytesOf("growingPageBlob");
  assert.equal(startOf("growingPageBlob").slice(0, 4), "TAPE");
  assert.ok(bytes.subarray(96 * 1024).every((byte) => byte === 0));
  assert.ok(bytesOf("unfilledPageBlob").every((byte) => byte === 0));
});

test("a damaged file is unwrapped up to the checksum that is wrong", () => {
  for (const name of names.filter((candidate) => /^damaged(?!RecordType|DecodedSize)/.test(candidate)))
    assert.throws(() => unwrap(bytesOf(name)), /checksum/, name);
});

test("the payload of an unknown compression is no complete Huffman table", () => {
  const table = bytesOf("unknownCompression").subarray(0x1e0 + 28, 0x1e0 + 28 + 256);
  const space = [...table].flatMap((pair) => [pair & 15, pair >> 4]).reduce((sum, bits) => sum + 2 ** (15 - bits), 0);
  assert.notEqual(space, 2 ** 15);
});
