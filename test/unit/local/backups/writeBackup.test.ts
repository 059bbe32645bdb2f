// Tests that the bytes of a generated backup are laid out as the specification says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inflateRawSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { type BackupSpec, headerFlags } from "../../../../local/backups/backupSpec.ts";
import { guidFor } from "../../../../local/backups/guidFor.ts";
import { type SampleBackupName, sampleBackup, sampleBackups } from "../../../../local/backups/sampleBackups.ts";
import { sparseBackup, writeBackup, writeStripes } from "../../../../local/backups/writeBackup.ts";
import type { CompressionAlgorithm } from "../../../../shared/backup/backupHeader.ts";
import { anyCharacter } from "../../../support/anyCharacter.ts";
import { decodeXpress } from "./decodeXpress.ts";
import { type Block, type Decode, filemarksIn, unwrap, walk } from "./tapeWalk.ts";

const full: BackupSpec = {
  backupType: 1,
  databaseName: "Orders",
  serverName: "SQL01\\PROD",
  backupStartDate: "2025-11-24T21:00:00",
  firstLsn: 37000000006400001n,
  checkpointLsn: 37000000006400001n,
  lastLsn: 37000000007200001n,
};
const blockSizes = [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];
const written = (...sets: readonly [BackupSpec, ...BackupSpec[]]) => Buffer.from(writeBackup(...sets));
const typesOf = (blocks: readonly Block[]) => blocks.map(({ type }) => type).join(" ");
const found = (blocks: readonly Block[], type: string) => {
  const block = blocks.find((candidate) => candidate.type === type);
  assert.ok(block, `a block ${type}`);
  return block;
};
/** The configuration in a block's MQCI stream. */
const configurationIn = (tape: Buffer, block: Block) => {
  const stream = block.streams.find(({ id }) => id === "MQCI");
  assert.ok(stream);
  return tape.subarray(stream.at, stream.at + stream.length);
};
/** Tag and bytes of each record of a configuration. */
function recordsOf(configuration: Buffer) {
  const records: { tag: string; bytes: Buffer }[] = [];
  for (let at = 0; at < configuration.length; ) {
    const length = configuration.readUInt32LE(at + 4);
    records.push({ tag: configuration.toString("latin1", at, at + 4), bytes: configuration.subarray(at, at + length) });
    at += length;
    assert.ok(at <= configuration.length, "records exactly fill the stream");
  }
  return records;
}
const textAt = (record: Buffer, at: number) => {
  const [size, offset] = [record.readUInt16LE(at), record.readUInt16LE(at + 2)];
  return record.toString("utf16le", offset, offset + size);
};
const lsnAt = (record: Buffer, at: number) =>
  BigInt(record.readUInt32LE(at)) * 10n ** 15n +
  BigInt(record.readUInt32LE(at + 4)) * 10n ** 5n +
  BigInt(record.readUInt16LE(at + 8));

test("a full backup is the sequence of blocks that SQL Server writes", () => {
  assert.equal(typesOf(walk(written(full))), "TAPE SFMB SSET VOLB MSCI MSDA MSTL MSLS SFMB ESET ESET SFMB");
});

test("a log backup holds no data pages", () => {
  assert.equal(
    typesOf(walk(written({ ...full, backupType: 2 }))),
    "TAPE SFMB SSET VOLB MSCI MSTL MSLS SFMB ESET ESET SFMB",
  );
});

for (const blockSize of blockSizes)
  for (const isCompressed of [false, true])
    test(`with a block size of ${blockSize}${isCompressed ? " and compression" : ""} filemarks are one block, at multiples of it, and know all earlier ones`, () => {
      const file = written({ ...full, blockSize, isCompressed }, { ...full, backupSetGuid: guidFor("second") });
      assert.equal(file.length % blockSize, 0);
      const { tape, filemarks } = isCompressed
        ? unwrap(file)
        : { tape: file, filemarks: walk(file).flatMap(({ type, at }) => (type === "SFMB" ? [at] : [])) };
      assert.equal(filemarks.length, 5);
      for (const [index, at] of filemarks.entries()) {
        assert.equal(at % blockSize, 0);
        assert.deepEqual(filemarksIn(file, at), filemarks.slice(0, index).toReversed());
      }
      assert.equal(filemarks.at(-1), file.length - blockSize);
      assert.equal(walk(tape)[0]?.type, "TAPE");
    });

const decoders: Record<CompressionAlgorithm, Decode> = {
  MS_XPRESS: decodeXpress,
  QAT_DEFLATE: (payload) => inflateRawSync(payload),
  ZSTD: (payload) => zstdDecompressSync(payload),
};

for (const name of Object.keys(sampleBackups) as SampleBackupName[])
  test(`the sample ${name} is sound from its first block to its last, and the same each time`, () => {
    const { sets, trailingZeros = 0 }: { sets: readonly BackupSpec[]; trailingZeros?: number } = sampleBackups[name];
    const padded = Buffer.from(sampleBackup(name));
    assert.deepEqual(sampleBackup(name), padded);
    const file = padded.subarray(0, padded.length - trailingZeros);
    const tape = sets[0]?.isCompressed
      ? unwrap(file, decoders[sets[0].compressionAlgorithm ?? "MS_XPRESS"]).tape
      : file;
    const blocks = walk(tape);
    const perSet = blocks.filter(({ type }) => type === "MSLS");
    assert.equal(perSet.length, sets.length);
    for (const [index, block] of perSet.entries()) {
      const [database] = recordsOf(configurationIn(tape, block));
      const spec = sets[index];
      assert.ok(database && spec);
      assert.equal(database.tag, "SCIN");
      assert.deepEqual(
        [0x20, 0x2a, 0x34].map((at) => lsnAt(database.bytes, at)),
        [spec.firstLsn, spec.lastLsn, spec.checkpointLsn],
      );
      assert.equal(textAt(database.bytes, 0x68), spec.databaseName);
      assert.equal(textAt(database.bytes, 0x6c), spec.serverName);
      assert.equal(
        database.bytes.toString("latin1", 0x57, 0x58),
        { 1: "D", 2: "L", 4: "F", 5: "I", 6: "G", 7: "P", 8: "Q" }[spec.backupType],
      );
    }
  });

test("blocks of a set lie at multiples of 1 KiB from its SSET and are numbered", () => {
  const blocks = walk(written({ ...full, payloadBytes: 100_000 }));
  const start = found(blocks, "SSET").at;
  for (const [index, block] of blocks.slice(2, 8).entries()) {
    assert.equal(block.logicalAddress * 1024 + start, block.at, block.type);
    assert.equal(block.controlBlockId, index);
  }
});

test("the final configuration ends exactly at the filemark behind it", () => {
  for (const blockSize of blockSizes) {
    const file = written({ ...full, blockSize });
    const blocks = walk(file);
    const [newest] = filemarksIn(file, file.length - blockSize);
    assert.equal(found(blocks, "MSLS").end, newest);
  }
});

test("data pages begin at a block boundary, behind a prefix of two bytes", () => {
  for (const blockSize of blockSizes) {
    const file = written({ ...full, blockSize });
    const blocks = walk(file);
    const data = found(blocks, "MSDA").streams.find(({ id }) => id === "MQDA");
    assert.ok(data);
    assert.equal((data.at + 2 - found(blocks, "SSET").at) % Math.max(1024, blockSize), 0);
  }
});

test("the software name is SQL Server's, as the format requires, and the media description says who wrote the file", () => {
  const file = written(full);
  assert.equal(textAt(file, 0x50).replaceAll("\0", ""), "Microsoft SQL Server");
  assert.equal(file.readUInt16LE(0x56), 4608);
  assert.match(textAt(file, 0x48), /Generated by sqlferry/);
});

test("the stripes of one backup agree on the set, each with its own number and family", () => {
  const stripes = writeStripes(full, 3).map((bytes) => Buffer.from(bytes));
  const raids = stripes.map((file) => {
    const { at } = found(walk(file), "TAPE").streams.find(({ id }) => id === "RAID") ?? { at: 0 };
    return file.subarray(at, at + 32);
  });
  assert.deepEqual(
    raids.map((raid) => [raid.readUInt16LE(0x18), raid.readUInt16LE(0x14)]),
    [
      [1, 3],
      [2, 3],
      [3, 3],
    ],
  );
  assert.equal(new Set(raids.map((raid) => raid.toString("hex", 0, 16))).size, 1);
  assert.equal(new Set(stripes.map((file) => file.readUInt32LE(0x34))).size, 3);
  assert.equal(
    new Set(stripes.map((file) => file.toString("hex", found(walk(file), "SSET").at + 0x64, 0x674))).size,
    1,
  );
});

test("each appended set knows its position and its own offset in the file, compressed or not", () => {
  for (const isCompressed of [false, true]) {
    const file = written({ ...full, isCompressed }, { ...full, backupType: 5 }, { ...full, backupType: 2 });
    const tape = isCompressed ? unwrap(file).tape : file;
    const marks = filemarksIn(file, file.length - 512);
    const starts = walk(tape).filter(({ type }) => type === "SSET");
    for (const [index, { at }] of starts.entries()) {
      assert.equal(tape.readUInt16LE(at + 0x3e), index + 1);
      assert.equal(Number(tape.readBigUInt64LE(at + 0x50)), (marks[marks.length - 1 - 2 * index] ?? 0) + 512);
    }
  }
});

test("the set map lists every set so far, and the second ESET points at the first", () => {
  const file = written(full, { ...full, backupType: 2 });
  const blocks = walk(file);
  const starts = blocks.filter(({ type }) => type === "SSET").map(({ at }) => at);
  const ends = blocks.filter(({ type }) => type === "ESET");
  assert.equal(ends.length, 4);
  for (const position of [1, 2]) {
    const [first, second] = ends.slice(2 * position - 2, 2 * position);
    const map = first?.streams.find(({ id }) => id === "TSMP");
    assert.ok(first && second && map);
    assert.equal(Number(file.readBigUInt64LE(second.at + 0x3c)), first.at);
    assert.equal(file.readUInt16LE(second.at + 0x4e), position);
    assert.equal(file.readUInt32LE(map.at), file.readUInt32LE(0x34));
    assert.equal(file.readUInt16LE(map.at + 4), position);
    // Entries of sets, each followed by one of its volume.
    let at = map.at + 8;
    for (let listed = 1; listed <= position; listed++) {
      assert.equal(Number(file.readBigUInt64LE(at + 0x0c)), starts[listed - 1]);
      assert.equal(file.readUInt16LE(at + 0x1e), listed);
      at += file.readUInt16LE(at);
      assert.equal(file.toString("latin1", at + 2, at + 6), "VOLB");
      at += file.readUInt16LE(at);
    }
    assert.equal(at, map.at + map.length);
  }
});

test("the head's finish date and LSNs are provisional, the tail's are true", () => {
  const provisional = { firstLsn: 37000000004800001n, checkpointLsn: 37000000004800001n, lastLsn: 37000000005600001n };
  const file = written({ ...full, provisional, backupFinishDate: "2025-11-24T21:00:07" });
  const blocks = walk(file);
  const [head, tail] = ["MSCI", "MSLS"].map((type) => recordsOf(configurationIn(file, found(blocks, type)))[0]?.bytes);
  assert.ok(head && tail);
  assert.equal(lsnAt(head, 0x20), provisional.firstLsn);
  assert.equal(lsnAt(tail, 0x20), full.firstLsn);
  assert.equal(head.readUIntBE(0x52, 5), 0);
  assert.notEqual(tail.readUIntBE(0x52, 5), 0);
});

test("the log in the file is the log that the LSNs name", () => {
  const file = written({ ...full, backupType: 2 });
  const { at } = found(walk(file), "MSTL");
  const blockOf = (field: number) => (file.readBigUInt64LE(at + field) - file.readBigUInt64LE(at + 0x68)) / 512n;
  assert.equal(blockOf(0x3c), (full.firstLsn / 100_000n) % 10n ** 10n);
  assert.equal(blockOf(0x44), (full.lastLsn / 100_000n) % 10n ** 10n);
});

test("filegroups come with their files, the log last, and file 2 is the log", () => {
  const files = ["a", "b"].map((name) => ({ logicalName: name, physicalName: `E:\\${name}.ndf` }));
  const file = written({
    ...full,
    fileGroups: [
      { name: "PRIMARY", files: files.slice(0, 1) },
      { name: "Old", files },
    ],
  });
  const records = recordsOf(configurationIn(file, found(walk(file), "MSLS")));
  assert.equal(records.map(({ tag }) => tag).join(" "), "SCIN SFGI SFIN SFGI SFIN SFIN SFIN");
  assert.deepEqual(
    records
      .filter(({ tag }) => tag === "SFIN")
      .map(({ bytes }) => [bytes.readUInt32LE(0x14), bytes.readUInt32LE(0x24), bytes.readUInt32LE(0x1c)]),
    [
      [1, 1, 1],
      [3, 2, 1],
      [4, 2, 1],
      [2, 0, 2],
    ],
  );
});

test("a full backup is the differential base of its files from then on, a copy-only one never", () => {
  const previous = { checkpointLsn: 36000000000100001n, backupSetGuid: guidFor("previous full") };
  const basesIn = (spec: BackupSpec) => {
    const file = written({ ...spec, databaseBackup: previous });
    const records = recordsOf(configurationIn(file, found(walk(file), "MSLS")));
    const data = records.find(({ tag }) => tag === "SFIN")?.bytes ?? Buffer.alloc(0);
    return { lsn: lsnAt(data, 0x9e), isItself: data.subarray(0xaa, 0xba).equals(setGuidIn(file)) };
  };
  assert.deepEqual(basesIn(full), { lsn: full.checkpointLsn, isItself: true });
  assert.deepEqual(basesIn({ ...full, isCopyOnly: true }), { lsn: previous.checkpointLsn, isItself: false });
  assert.deepEqual(basesIn({ ...full, backupType: 5 }), { lsn: previous.checkpointLsn, isItself: false });
});

const setGuidIn = (file: Buffer) => file.subarray(0x600 + 0x64, 0x600 + 0x74);

test("WITH CHECKSUM adds a checksum stream behind pages and log records", () => {
  const blocks = walk(written({ ...full, flags: headerFlags.hasBackupChecksums }));
  assert.deepEqual(
    found(blocks, "MSDA").streams.map(({ id }) => id),
    ["APAD", "MQDA", "CSUM", "MQDA", "SPAD"],
  );
  assert.deepEqual(
    found(blocks, "MSTL").streams.map(({ id }) => id),
    ["APAD", "MQTL", "CSUM", "SPAD"],
  );
});

test("SQL Server 2005 writes its filemarks without the offset of their array", () => {
  const file = Buffer.from(sampleBackup("sqlServer2005"));
  const last = file.length - 512;
  assert.equal(file.readUInt32LE(last + 4), 0);
  assert.equal(Number(file.readBigUInt64LE(last + 0x3c)), filemarksIn(file, last)[0]);
});

test("any LSN, time zone and block size gives a sound file whose size is a multiple of its blocks", () => {
  const lsn = fc
    .tuple(fc.nat({ max: 0xffffffff }), fc.nat({ max: 0xffffffff }), fc.nat({ max: 0xffff }))
    .map(([file, block, slot]) => BigInt(file) * 10n ** 15n + BigInt(block) * 10n ** 5n + BigInt(slot));
  fc.assert(
    fc.property(
      fc.record({
        backupType: fc.constantFrom(1, 2, 4, 5, 6, 7, 8),
        firstLsn: lsn,
        lastLsn: lsn,
        checkpointLsn: lsn,
        databaseName: fc.string({ unit: anyCharacter, minLength: 1, maxLength: 60 }),
        utcOffsetMinutes: fc.integer({ min: -56, max: 56 }).map((quarters) => quarters * 15),
        blockSize: fc.constantFrom(...blockSizes.slice(0, 4)),
        isCompressed: fc.boolean(),
        payloadBytes: fc.nat({ max: 70_000 }),
      }),
      (chosen) => {
        const spec = { ...full, ...chosen } as BackupSpec & typeof chosen;
        const file = written(spec);
        assert.equal(file.length % chosen.blockSize, 0);
        const tape = chosen.isCompressed ? unwrap(file).tape : file;
        const [database] = recordsOf(configurationIn(tape, found(walk(tape), "MSLS")));
        assert.equal(lsnAt(database?.bytes ?? Buffer.alloc(0x40), 0x2a), chosen.lastLsn);
      },
    ),
    { numRuns: 30 },
  );
});

test("a sparse backup has the bytes of the written one, in ranges of any size", async () => {
  for (const isCompressed of [false, true]) {
    const spec = { ...full, isCompressed, payloadBytes: 250_000 };
    const file = writeBackup(spec);
    const source = sparseBackup(spec);
    assert.equal(source.size, file.length);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: file.length }), fc.nat({ max: 5000 }), async (offset, length) => {
        assert.deepEqual(
          Buffer.from(await source.read(offset, length)),
          Buffer.from(file.subarray(offset, offset + length)),
        );
      }),
      { numRuns: 100 },
    );
  }
});

test("a terabyte that is written sparsely ends in a filemark like any other", async () => {
  for (const isCompressed of [false, true]) {
    const source = sparseBackup({ ...full, isCompressed, payloadBytes: 2 ** 40 });
    assert.ok(source.size > (isCompressed ? 2 ** 32 : 2 ** 40));
    const last = Buffer.from(await source.read(source.size - 512, 512));
    assert.equal(last.toString("latin1", 0, 4), "SFMB");
    const [newest = 0] = filemarksIn(last, 0);
    assert.equal(Buffer.from(await source.read(newest, 4)).toString("latin1"), "SFMB");
  }
});

test("a spec that no backup could have is refused", () => {
  assert.throws(() => written({ ...full, blockSize: 513 }), /BLOCKSIZE/);
  assert.throws(() => written({ ...full, familyCount: 2, familySequenceNumber: 3 }), /stripe/);
  assert.throws(() => written({ ...full, backupName: "x".repeat(40_000) }), RangeError);
  assert.throws(() => written({ ...full, firstLsn: 10n ** 25n }), RangeError);
  assert.throws(() => written({ ...full, backupStartDate: "yesterday" }), /date/);
  assert.throws(() => written({ ...full, backupSetGuid: "no guid" }), /GUID/);
});
