// Tests that samples become minutes of the whole instance, in whatever order they come, and that history is used until
// there are any.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { History } from "../../../../../shared/sizing/measured/history.ts";
import { ALL_DATABASES, type DatabaseFilter } from "../../../../../shared/sizing/measured/load.ts";
import { Minutes } from "../../../../../shared/sizing/measured/minutes.ts";
import type { Io, Sample } from "../../../../../shared/sizing/measured/reading.ts";
import { loadOfSamples } from "../../../../../shared/sizing/measured/samples.ts";
import { SizingError } from "../../../../../shared/sizing/sizingError.ts";

const BEGIN = Date.UTC(2026, 0, 5);

const io = (more: Partial<Io> = {}): Io => ({
  reads: 0,
  writes: 0,
  readMbps: 0,
  writeMbps: 0,
  readMs: null,
  writeMs: null,
  ...more,
});

const sample = (seconds: number, more: Partial<Sample> = {}): Sample => ({
  at: BEGIN + seconds * 1000,
  seconds: 30,
  cores: 1,
  memoryGib: 8,
  cachedGib: 4,
  tempdbGib: 1,
  batchesPerSecond: 0,
  data: io(),
  log: io(),
  tempdb: io(),
  ...more,
});

const minutesOf = (samples: readonly Sample[], filter = ALL_DATABASES): Minutes => {
  const minutes = new Minutes(filter);
  for (const one of samples) minutes.add(one);
  return minutes;
};

const FILES = [
  { databaseId: 1, fileId: 1, database: "master", isLog: false, gib: 1 },
  { databaseId: 2, fileId: 1, database: "tempdb", isLog: false, gib: 8 },
  { databaseId: 5, fileId: 1, database: "Sales", isLog: false, gib: 100 },
  { databaseId: 5, fileId: 2, database: "Sales", isLog: true, gib: 10 },
  { databaseId: 6, fileId: 1, database: "Archive", isLog: false, gib: 50 },
];

const loadOf = (
  minutes: Minutes,
  {
    filter = ALL_DATABASES,
    history = {},
    cpuOf = new Map(),
  }: { filter?: DatabaseFilter; history?: History; cpuOf?: Map<string, number> } = {},
) =>
  loadOfSamples({
    instance: { server: "SRC01", processors: 8, files: FILES },
    minutes,
    filter,
    history,
    restarts: 0,
    gaps: 0,
    cpuOf,
    cacheOf: new Map(),
  });

test("two samples of a minute are its mean; of memory the highest counts", () => {
  const [point, ...none] = minutesOf([
    sample(30, { cores: 2, memoryGib: 8, data: io({ reads: 100 }) }),
    sample(60, { cores: 4, memoryGib: 9, data: io({ reads: 300, writes: 100 }) }),
  ]).points(1, 1);
  assert.deepEqual(none, []);
  assert.deepEqual([point?.seconds, point?.cores, point?.memoryGib, point?.io?.dataIops], [60, 3, 9, 250]);
});

test("latency of a minute is by write, not by sample", () => {
  const [point] = minutesOf([
    sample(30, { log: io({ writes: 300, writeMs: 1 }) }),
    sample(60, { log: io({ writes: 100, writeMs: 5 }) }),
  ]).points(1, 1);
  assert.equal(point?.io?.logWriteMs, 2);
});

test("the order of samples does not matter, and one that is there twice counts once", () => {
  const anySample = fc
    .record({ at: fc.nat(600), cores: fc.integer({ min: 0, max: 64 }), reads: fc.nat(10_000) })
    .map(({ at, cores, reads }) => sample(at * 30, { cores, data: io({ reads }) }));
  const anySamples = fc.uniqueArray(anySample, { selector: ({ at }) => at, minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(anySamples, fc.nat(), (samples, seed) => {
      const shuffled = samples.toSorted((a, b) => ((a.at * 7_919 + seed) % 101) - ((b.at * 7_919 + seed) % 101));
      assert.deepEqual(minutesOf([...shuffled, ...shuffled]).points(1, 1), minutesOf(samples).points(1, 1));
    }),
  );
});

test("sizes are of the user's databases, tempdb apart", () => {
  const { dataGib, logGib, tempdbGib } = loadOf(minutesOf([sample(30)]));
  assert.deepEqual([dataGib, logGib, tempdbGib], [150, 10, 8]);
});

test("chosen databases have their own reads and writes, and their share of the processor", () => {
  const filter = { only: ["sales"], without: [] };
  const minutes = new Minutes(filter);
  minutes.addDatabases({
    at: BEGIN + 30_000,
    databases: {
      Sales: { data: [10, 5, 1, 1], log: [0, 7, 0, 2] },
      Archive: { data: [90, 0, 9, 0], log: [0, 0, 0, 0] },
    },
  });
  minutes.add(sample(30, { cores: 4, data: io({ reads: 105 }) }));
  const load = loadOf(minutes, {
    filter,
    cpuOf: new Map([
      ["Sales", 300],
      ["Archive", 100],
    ]),
  });
  const [point] = load.points;
  assert.deepEqual([point?.cores, point?.io?.dataIops, point?.io?.logIops, load.dataGib], [3, 15, 7, 100]);
  assert.throws(
    () => loadOf(minutesOf([sample(30)]), { filter: { only: ["Seals"], without: [] } }),
    (error) => error instanceof SizingError && /There are: Archive, Sales, tempdb/.test(error.message),
  );
});

test("all but some databases have what the sample has without theirs", () => {
  const filter = { only: [], without: ["archive"] };
  const minutes = new Minutes(filter);
  minutes.addDatabases({
    at: BEGIN + 30_000,
    databases: {
      Sales: { data: [10, 5, 1, 1], log: [0, 7, 0, 2] },
      Archive: { data: [90, 0, 9, 0], log: [0, 0, 0, 0] },
    },
  });
  minutes.add(sample(30, { data: io({ reads: 105, readMbps: 11 }), log: io({ writes: 7 }) }));
  const [point] = loadOf(minutes, { filter }).points;
  assert.deepEqual([point?.io?.dataIops, point?.io?.dataMbps, point?.io?.logIops], [15, 2, 7]);
});

test("samples of which nothing is told by database are left out, and not taken for idle", () => {
  const filter = { only: ["Sales"], without: [] };
  const minutes = new Minutes(filter);
  minutes.addDatabases({ at: BEGIN + 30_000, databases: { Sales: { data: [60, 0, 0, 0], log: [0, 0, 0, 0] } } });
  for (const seconds of [30, 60, 90]) minutes.add(sample(seconds));
  const load = loadOf(minutes, { filter });
  assert.deepEqual(
    load.points.map(({ io }) => io?.dataIops),
    [60],
  );
  assert.match(load.notes.join(), /2 samples are left out/);
  assert.throws(
    () => loadOf(minutesOf([sample(30)], filter), { filter }),
    (error) => error instanceof SizingError && /nothing was measured by database/.test(error.message),
  );
});

test("minutes in which a backup ran are told", () => {
  const load = loadOf(minutesOf([sample(30, { hasBackup: true }), sample(90)]));
  assert.match(load.notes.join(), /In 1 of 2 minutes a backup or a restore ran/);
});

test("memory that was short once in a while is not short; in one sample of ten it is", () => {
  const hundred = (short: number) =>
    Array.from({ length: 100 }, (_, at) => sample(at * 30, at < short ? { isShortOfMemory: true } : {}));
  assert.equal(loadOf(minutesOf(hundred(3))).isShortOfMemory, undefined);
  assert.equal(loadOf(minutesOf(hundred(10))).isShortOfMemory, true);
});

const HISTORY: History = {
  processor: Array.from({ length: 60 }, (_, at) => ({ at: BEGIN - (60 - at) * 60_000, percent: 50 })),
  hours: [{ at: BEGIN - 7_200_000, cpuMs: 6 * 3_600_000, physicalReads: 3_600_000, logicalWrites: 0 }],
  log: [{ at: BEGIN - 7_200_000, bytes: 3_600_000_000 }],
};

test("history alone answers: minutes of the processor, hours of Query Store with the log of that hour", () => {
  const load = loadOf(minutesOf([]), { history: HISTORY });
  assert.equal(load.origin, "history");
  const hour = load.points.find(({ seconds }) => seconds === 3_600);
  assert.deepEqual([hour?.cores, hour?.io?.dataIops, hour?.io?.logMbps], [6, 1_000, 1]);
  assert.equal(load.points.filter(({ cores }) => cores === 4).length, 60);
  assert.match(load.notes.join(), /memory and most of the disks' load are not in the need/);
});

test("beside the first samples the processor's minutes before them count; after a day they do not", () => {
  const few = loadOf(minutesOf([sample(30)]), { history: HISTORY });
  assert.deepEqual([few.origin, few.points.length], ["samples", 61]);
  const day = Array.from({ length: 24 * 60 }, (_, minute) => sample(minute * 60 + 30));
  assert.equal(loadOf(minutesOf(day), { history: HISTORY }).points.length, 24 * 60);
});

test("the known peak is the busiest hour of Query Store or of the ring buffer", () => {
  assert.equal(loadOf(minutesOf([sample(30)]), { history: HISTORY }).knownPeakCores, 6);
  assert.equal(loadOf(minutesOf([sample(30)]), { history: { processor: HISTORY.processor ?? [] } }).knownPeakCores, 4);
  assert.equal(loadOf(minutesOf([sample(30)])).knownPeakCores, undefined);
});

test("without samples and without history there is no answer, and it is said what to wait for", () => {
  assert.throws(
    () => loadOf(minutesOf([])),
    (error) => error instanceof SizingError && /Wait for one interval/.test(error.message),
  );
});
