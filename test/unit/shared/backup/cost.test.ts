// Tests that reading a header costs what is promised, whatever the size of the file.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type BackupSpec, sqlServer2008, sqlServer2012 } from "../../../../local/backups/backupSpec.ts";
import { sparseBackup, writeBackup } from "../../../../local/backups/writeBackup.ts";
import { readBackupHeader } from "../../../../shared/backup/readBackupHeader.ts";
import { countingSource } from "../../../support/countingSource.ts";

const MIB = 2 ** 20;
const TIB = 2 ** 40;

const full: BackupSpec = {
  backupType: 1,
  databaseName: "Sales",
  serverName: "SQL01",
  backupStartDate: "2025-11-24T21:00:00",
  firstLsn: 46000000000100001n,
  lastLsn: 46000000000200001n,
  checkpointLsn: 46000000000100001n,
};

async function costOf(...sets: readonly [BackupSpec, ...BackupSpec[]]): Promise<{ reads: number; kib: number }> {
  const source = countingSource(sparseBackup(...sets));
  const { backupSets } = await readBackupHeader(source);
  assert.equal(backupSets.length, sets.length);
  return { reads: source.reads, kib: source.bytesRead / 1024 };
}

/** Zeros compress to a two-hundredth: a tebibyte of them would still be gigabytes. */
const SMALL = { plain: MIB, compressed: 256 * MIB };

for (const medium of ["plain", "compressed"] as const)
  for (const blockSize of [512, 1024, 2048, 4096])
    test(`${medium}, block size ${blockSize}: two reads, 48 KiB, for a small file as for a tebibyte`, async () => {
      for (const payloadBytes of [SMALL[medium], TIB])
        assert.deepEqual(await costOf({ ...full, isCompressed: medium === "compressed", blockSize, payloadBytes }), {
          reads: 2,
          kib: 48,
        });
    });

/** The costs with the final configuration at each of sixteen places in its last block. */
async function costsOf(medium: "plain" | "compressed", blockSize: number): Promise<{ reads: number; kib: number }[]> {
  const costs = [];
  for (const size of [SMALL[medium], TIB])
    for (let sixteenth = 0; sixteenth < 16; sixteenth++) {
      const payloadBytes = size + (sixteenth * blockSize) / 16;
      costs.push(await costOf({ ...full, isCompressed: medium === "compressed", blockSize, payloadBytes }));
    }
  return costs;
}

for (const medium of ["plain", "compressed"] as const)
  for (const blockSize of [8192, 16384, 32768])
    test(`${medium}, block size ${blockSize}: four reads and 64 KiB at most, for a small file as for a tebibyte`, async () => {
      for (const { reads, kib } of await costsOf(medium, blockSize))
        assert.ok(reads <= 4 && kib <= 64, `${reads} reads, ${kib} KiB`);
    });

test("plain, block size 65536: four reads and 64 KiB at most, where the data end at a block boundary", async () => {
  for (const { reads, kib } of await costsOf("plain", 65536))
    assert.ok(reads <= 4 && kib <= 64, `${reads} reads, ${kib} KiB`);
});

test("compressed, block size 65536: one read more when a long locator fills the last block", async () => {
  for (const { reads, kib } of await costsOf("compressed", 65536))
    assert.ok((reads <= 4 && kib <= 64) || (reads === 5 && kib <= 80), `${reads} reads, ${kib} KiB`);
});

test("a list of two hundred files costs one more read, of what it takes", async () => {
  const files = Array.from({ length: 200 }, (_, index) => ({
    logicalName: `Sales_${index}`,
    physicalName: `E:\\Data\\Sales_${index}.ndf`,
  }));
  const cost = await costOf({ ...full, payloadBytes: TIB, fileGroups: [{ name: "PRIMARY", files }] });
  assert.equal(cost.reads, 3);
  assert.ok(cost.kib <= 48 + 256, `${cost.kib} KiB`);
});

test("each further backup set costs one more read", async () => {
  const set = { ...full, payloadBytes: 256 * MIB };
  for (const isCompressed of [false, true])
    for (const count of [2, 3, 10]) {
      const appended = Array.from({ length: count - 1 }, () => set);
      const cost = await costOf({ ...set, isCompressed }, ...appended);
      assert.equal(cost.reads, 2 + count - 1, `${count} sets`);
      assert.ok(cost.kib <= 48 + 32 * (count - 1), `${cost.kib} KiB`);
    }
});

test("small backup sets that lie together are read together: six of them take no more than three reads, not seven", async () => {
  const set = { ...full, payloadBytes: 8 * 1024 };
  for (const isCompressed of [false, true]) {
    const cost = await costOf({ ...set, isCompressed }, ...Array.from({ length: 5 }, () => set));
    assert.ok(cost.reads <= 3, `${cost.reads} reads`);
    assert.ok(cost.kib <= 48 + 128, `${cost.kib} KiB`);
  }
});

for (const version of [sqlServer2008, sqlServer2012])
  for (const blockSize of [512, 4096])
    test(`compressed by SQL Server version ${version.major}, block size ${blockSize}: two reads, 48 KiB, as later ones`, async () => {
      for (const payloadBytes of [SMALL.compressed, TIB])
        assert.deepEqual(
          await costOf({ ...full, softwareVersion: version, isCompressed: true, blockSize, payloadBytes }),
          {
            reads: 2,
            kib: 48,
          },
        );
    });

/** Moves the final configuration of a plain file towards its filemark: there is less padding behind it. */
function movedTowardsTheEnd(bytes: Buffer, by: number): void {
  const at = bytes.lastIndexOf("MSLS", undefined, "latin1");
  const padding = bytes.indexOf("SPAD", at, "latin1");
  bytes.writeBigUInt64LE(bytes.readBigUInt64LE(padding + 8) - BigInt(by), padding + 8);
  let checksum = 0;
  for (let word = 0; word < 10; word++) checksum ^= bytes.readUInt16LE(padding + 2 * word);
  bytes.writeUInt16LE(checksum, padding + 20);
  bytes.copyWithin(at + by, at, padding + 22);
  bytes.fill(0, at, at + by);
}

test("block size 65536: wherever in its last block the final configuration lies, it is found, with one more read at most", async () => {
  const spec = { ...full, blockSize: 65536, payloadBytes: 65_536 };
  const expected = await readBackupHeader(countingSource(writeBackup(spec)));
  for (let kib = 0; kib <= 56; kib += 4) {
    const bytes = Buffer.from(writeBackup(spec));
    if (kib > 0) movedTowardsTheEnd(bytes, kib * 1024);
    const source = countingSource(bytes);
    assert.deepEqual(await readBackupHeader(source), expected, `${kib} KiB`);
    assert.ok(source.reads <= 5 && source.bytesRead <= 96 * 1024, `${source.reads} reads, ${source.bytesRead} bytes`);
  }
});
