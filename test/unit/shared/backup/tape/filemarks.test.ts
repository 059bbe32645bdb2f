// Tests that filemarks give the places of the sets in a file, and whether it is complete.
import assert from "node:assert/strict";
import { test } from "node:test";
import { filemark } from "../../../../../local/backups/tapeFormat.ts";
import { BackupFormatError } from "../../../../../shared/backup/backupFormatError.ts";
import { fileRanges } from "../../../../../shared/backup/fileRanges.ts";
import { filemarksOf } from "../../../../../shared/backup/tape/filemarks.ts";
import { countingSource } from "../../../../support/countingSource.ts";

const NEW = { attributes: 0x80000000, isOldLayout: false };
const OLD = { attributes: 0, isOldLayout: true };

/** A file that is only an end: a closing filemark with these earlier ones. */
const ending = (earlier: readonly number[], { layout = NEW, behind = new Uint8Array(0), blockSize = 512 } = {}) =>
  Buffer.concat([Buffer.alloc(65_536, 1), filemark(blockSize, earlier, layout), behind]);

const marksOf = (bytes: Uint8Array, blockSize = 512) => filemarksOf(fileRanges(countingSource(bytes)), blockSize);

const refusal = (code: string) => (error: unknown) => error instanceof BackupFormatError && error.code === code;

test("the filemarks before and behind each set's data come oldest first", async () => {
  assert.deepEqual(await marksOf(ending([1024, 4096])), [1024, 4096]);
  assert.deepEqual(await marksOf(ending([1024, 4096, 8192, 16_384])), [1024, 4096, 8192, 16_384]);
});

test("SQL Server 2005 begins the list where later versions say where it begins", async () => {
  assert.deepEqual(await marksOf(ending([1024, 4096], { layout: OLD })), [1024, 4096]);
});

test("none or an odd number of earlier filemarks means that the last set has no end", async () => {
  for (const earlier of [[], [1024], [1024, 4096, 8192]])
    await assert.rejects(marksOf(ending(earlier)), refusal("TRUNCATED"));
});

test("a list that has no room for more tells of the newest sets (unverified)", async () => {
  const fiftyFive = Array.from({ length: 55 }, (_, index) => 512 * (index + 1));
  assert.deepEqual(await marksOf(ending(fiftyFive)), fiftyFive.slice(1));
});

test("offsets that are not those of earlier filemarks are refused", async () => {
  for (const earlier of [
    [4096, 1024],
    [1024, 1024],
    [1000, 4096],
    [1024, 65_536],
    [1024, 2 ** 40],
  ])
    await assert.rejects(marksOf(ending(earlier)), refusal("TRUNCATED"), earlier.join());
});

test("zeros behind the closing filemark are a page blob's; anything else is no end", async () => {
  assert.deepEqual(await marksOf(ending([1024, 4096], { behind: Buffer.alloc(10_240) })), [1024, 4096]);
  await assert.rejects(marksOf(ending([1024, 4096], { behind: Buffer.alloc(100) })), refusal("TRUNCATED"));
  await assert.rejects(marksOf(ending([1024, 4096], { behind: Buffer.alloc(512, 1) })), refusal("TRUNCATED"));
  await assert.rejects(marksOf(ending([1024, 4096], { behind: Buffer.alloc(32_768) })), refusal("STILL_WRITING"));
});

test("the closing filemark is one physical block, whatever the block size", async () => {
  for (const blockSize of [1024, 4096, 65_536])
    assert.deepEqual(await marksOf(ending([1024, 4096], { blockSize }), blockSize), [1024, 4096]);
});
