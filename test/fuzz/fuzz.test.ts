// Tests that the inputs that once made the reader fail, and a few thousand others, give a header or a
// BackupFormatError.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { BackupFormatCode } from "../../shared/backup/backupFormatError.ts";
import { noRealBackups } from "../support/realBackups.ts";
import { fuzzBases, REAL } from "./bases.ts";
import { baseFor, outcomeOf } from "./outcome.ts";

const bases = fuzzBases();
const kept = JSON.parse(readFileSync(new URL("./seeds.json", import.meta.url), "utf8")) as {
  seed: number;
  name: string;
}[];

/** Every permitted outcome of a damaged file. */
const ENDS: Readonly<Record<BackupFormatCode | "header", true>> = {
  header: true,
  ZERO_BYTES: true,
  TRUNCATED: true,
  NOT_A_BACKUP: true,
  ENCRYPTED_MEDIA: true,
  UNSUPPORTED_COMPRESSION: true,
  STILL_WRITING: true,
  CHECKSUM_MISMATCH: true,
};

test("kept seeds, those that once failed among them, end in a header or a refusal, and in each that there is", async () => {
  const ends = new Set<string>();
  for (const { seed, name } of kept) {
    const base = bases.find((one) => one.name === name);
    assert.ok(base || (noRealBackups && name.startsWith(REAL)), `seed ${seed} damages ${name}, which is not there`);
    if (base) ends.add(await outcomeOf(base, seed));
  }
  assert.deepEqual([...ends].sort(), Object.keys(ENDS).sort());
});

for (const container of ["1", "2"])
  test(`damaged backups in a container of version ${container} end in a header or a refusal`, async () => {
    const contained = fuzzBases(container);
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 700; seed++) outcomes.add(await outcomeOf(baseFor(contained, seed), seed));
    for (const outcome of ["header", "TRUNCATED", "CHECKSUM_MISMATCH"])
      assert.ok(outcomes.has(outcome), [...outcomes].join());
  });

test("damaged backups end in a header or a refusal, and both happen", async () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 2000; seed++) outcomes.add(await outcomeOf(baseFor(bases, seed), seed));
  assert.ok(outcomes.has("header") && outcomes.has("TRUNCATED") && outcomes.has("NOT_A_BACKUP"), [...outcomes].join());
});
