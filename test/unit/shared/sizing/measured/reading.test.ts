// Tests that the difference of two readings of counters is recognized as load, restart, failover or interruption.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { between, type Reading, type SourceFile } from "../../../../../shared/sizing/measured/reading.ts";

const FILES: readonly SourceFile[] = [
  { databaseId: 2, fileId: 1, database: "tempdb", isLog: false, gib: 8 },
  { databaseId: 5, fileId: 1, database: "Sales", isLog: false, gib: 100 },
  { databaseId: 5, fileId: 2, database: "Sales", isLog: true, gib: 10 },
  { databaseId: 6, fileId: 1, database: "Archive", isLog: false, gib: 100 },
];

const counters = (databaseId: number, fileId: number, count = 0) => ({
  databaseId,
  fileId,
  reads: count,
  bytesRead: count * 8_192,
  readStallMs: count * 4,
  writes: count * 2,
  bytesWritten: count * 4_096,
  writeStallMs: count,
});

const reading = (more: Partial<Reading> = {}): Reading => ({
  at: 0,
  server: "SRC01",
  startedAt: "2026-01-01T00:00:00",
  node: "SRC01",
  processors: 8,
  processCpuMs: 0,
  memoryKb: 8 * 2 ** 20,
  isMemoryLow: false,
  cachedKb: 4 * 2 ** 20,
  grantsPending: 0,
  pageLifeSeconds: 4_000,
  pageReads: 0,
  batches: 0,
  tempdbKb: 2 ** 20,
  backups: 0,
  files: FILES.map(({ databaseId, fileId }) => counters(databaseId, fileId)),
  sessionCpuMs: 0,
  ...more,
});

const sampleOf = (before: Reading, after: Reading) => {
  const seen = between(before, after, FILES, 30);
  assert.equal(seen.lost, undefined);
  if (seen.lost !== undefined) throw new Error("no sample");
  return seen;
};

test("cores are the processor time of the process by the time that went by", () => {
  const { sample } = sampleOf(reading(), reading({ at: 30_000, processCpuMs: 96_000, batches: 3_000 }));
  assert.deepEqual([sample.cores, sample.seconds, sample.batchesPerSecond], [3.2, 30, 100]);
  assert.deepEqual([sample.memoryGib, sample.cachedGib, sample.tempdbGib], [8, 4, 1]);
});

test("data, log and tempdb are apart, and each database that did anything is told", () => {
  const files = [counters(2, 1, 30), counters(5, 1, 300), counters(5, 2, 60), counters(6, 1, 0)];
  const { sample, databases } = sampleOf(reading(), reading({ at: 30_000, files }));
  assert.deepEqual([sample.data.reads, sample.data.writes, sample.log.writes, sample.tempdb.reads], [10, 20, 4, 1]);
  assert.deepEqual([sample.data.readMs, sample.log.writeMs], [4, 0.5]);
  assert.deepEqual(Object.keys(databases.databases), ["Sales"]);
  assert.deepEqual(databases.databases["Sales"]?.data.slice(0, 2), [10, 20]);
});

test("latency of what did not happen is unknown, not zero", () => {
  const { sample } = sampleOf(reading(), reading({ at: 30_000 }));
  assert.deepEqual([sample.data.readMs, sample.data.writeMs], [null, null]);
});

for (const [what, after, lost] of [
  ["a restart", { at: 30_000, startedAt: "2026-01-02T00:00:00", processCpuMs: 10 }, "restarted"],
  ["a failover", { at: 30_000, node: "SRC02" }, "failed over"],
  ["an interruption", { at: 61_000, processCpuMs: 1_000 }, "interrupted"],
  ["a clock that was set back", { at: -5_000 }, "clock set back"],
  ["counters that begin anew", { at: 30_000, processCpuMs: -1 }, "counters reset"],
] as const)
  test(`${what} is no load: the sample is lost, and it is said why`, () => {
    assert.deepEqual(between(reading(), reading(after), FILES, 30), { lost });
  });

test("a database that is new or gone between two readings counts in neither, and one that came back does not count below nothing", () => {
  const before = reading({ files: [counters(5, 1, 1_000), counters(6, 1, 500)] });
  const after = reading({ at: 30_000, files: [counters(5, 1, 1_300), counters(6, 1, 3), counters(5, 2, 900)] });
  assert.deepEqual([sampleOf(before, after).sample.data.reads, sampleOf(before, after).sample.log.reads], [10, 0]);
});

test("memory is short when queries wait for it, Windows asks for it back, or pages leave the cache and are read again", () => {
  const short = (more: Partial<Reading>) =>
    sampleOf(reading(), reading({ at: 30_000, ...more })).sample.isShortOfMemory;
  assert.equal(short({ grantsPending: 2 }), true);
  assert.equal(short({ isMemoryLow: true }), true);
  assert.equal(short({ pageLifeSeconds: 60, pageReads: 30_000 }), true);
  assert.equal(short({ pageLifeSeconds: 60, pageReads: 30 }), undefined, "a cache that was just begun is not short");
  assert.equal(short({}), undefined);
});

test("a backup that runs at either end marks the sample", () => {
  assert.equal(sampleOf(reading({ backups: 1 }), reading({ at: 30_000 })).sample.hasBackup, true);
  assert.equal(sampleOf(reading(), reading({ at: 30_000 })).sample.hasBackup, undefined);
});

test("no rate is ever negative, whatever the counters do", () => {
  const count = fc.nat(1_000_000);
  fc.assert(
    fc.property(count, count, count, count, fc.integer({ min: 1, max: 60_000 }), (a, b, c, d, at) => {
      const seen = between(
        reading({ processCpuMs: a, batches: a, pageReads: b, files: [counters(5, 1, a), counters(5, 2, b)] }),
        reading({ at, processCpuMs: b, batches: c, pageReads: d, files: [counters(5, 1, c), counters(5, 2, d)] }),
        FILES,
        30,
      );
      if (seen.lost !== undefined) return;
      const { sample } = seen;
      for (const value of [
        sample.cores,
        sample.batchesPerSecond,
        ...Object.values(sample.data),
        ...Object.values(sample.log),
      ])
        assert.ok(value === null || value >= 0);
    }),
  );
});
