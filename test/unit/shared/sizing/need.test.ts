// Tests that a need is what was measured, with headroom: from sums, in any order, and no less.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Load, type LoadPoint, together } from "../../../../shared/sizing/measured/load.ts";
import { deviationsAt, percentile } from "../../../../shared/sizing/measured/percentile.ts";
import { MEASURED, type Need, needOf, notKnown, SYSTEM_GIB, USUAL } from "../../../../shared/sizing/need.ts";
import { anyPoints, load, minute } from "./support.ts";

const EXACT = { percentile: 95, comfort: 1, growth: 1 };

test("a percentile is a value that was measured, and 100 is the maximum", () => {
  const values = [5, 1, 4, 2, 3];
  assert.deepEqual(
    [50, 95, 100].map((one) => percentile(values, one)),
    [3, 5, 5],
  );
  assert.equal(percentile([], 95), 0);
  const twenty = Array.from({ length: 20 }, (_, index) => index + 1);
  assert.equal(percentile(twenty, 95), 19);
});

test("deviations of the normal distribution are those of its table", () => {
  for (const [percent, expected] of [
    [50, 0],
    [90, 1.2816],
    [95, 1.6449],
    [99, 2.3263],
    [99.9, 3.0902],
  ] as const)
    assert.ok(Math.abs(deviationsAt(percent) - expected) < 0.0006, `${percent}: ${deviationsAt(percent)}`);
});

test("a percentile of a sum is not the sum of percentiles: data and log that never peak together need less than both peaks", () => {
  const points = Array.from({ length: 100 }, (_, index) =>
    minute(index, { io: index % 2 === 0 ? { dataIops: 1_000, logIops: 100 } : { dataIops: 100, logIops: 1_000 } }),
  );
  const need = needOf(load(points), EXACT);
  assert.deepEqual([need.dataIops, need.logIops, need.iops], [1_000, 1_000, 1_100]);
});

test("and it can be more: rare peaks at different times, each below its own percentile, are seen in the sum", () => {
  const points = Array.from({ length: 100 }, (_, index) =>
    minute(index, { io: { dataIops: index < 4 ? 900 : 0, logIops: index >= 96 ? 900 : 0 } }),
  );
  const need = needOf(load(points), EXACT);
  assert.deepEqual([need.dataIops, need.logIops, need.iops], [0, 0, 900]);
});

test("comfort is on rates, memory and tempdb, growth on space", () => {
  const points = [minute(0, { cores: 2, memoryGib: 10, io: { dataIops: 100, logMbps: 10 } })];
  const need = needOf(load(points), { percentile: 95, comfort: 1.2, growth: 1.3 });
  assert.deepEqual(
    [need.cores, need.memoryGib, need.dataIops, need.logMbps, need.dataGib, need.logGib, need.tempdbGib].map(
      (value = Number.NaN) => Math.round(value * 1e6) / 1e6,
    ),
    [2.4, 12 + SYSTEM_GIB, 120, 12, 130, 13, 9.6],
  );
});

test("memory is a range: from the pages that are cached to what SQL Server was allowed to hold", () => {
  const points = [minute(0, { memoryGib: 100, cachedGib: 20 })];
  const need = needOf(load(points), EXACT);
  assert.deepEqual([need.memoryLeastGib, need.memoryGib], [24, 104]);
});

test("memory that is short today has no lower end, and tables in memory ask for twice their size", () => {
  const points = [minute(0, { memoryGib: 100, cachedGib: 20 })];
  assert.equal(needOf(load(points, { isShortOfMemory: true }), EXACT).memoryLeastGib, 104);
  assert.equal(needOf(load(points, { inMemoryGib: 80 }), EXACT).memoryGib, 164);
  assert.equal(needOf(load(points, { inMemoryGib: 30 }), EXACT).memoryLeastGib, 64);
});

test("the latency of a log counts only while it is busy", () => {
  const points = [
    minute(0, { io: { logIops: 5, logWriteMs: 0.1 } }),
    minute(1, { io: { logIops: 500, logWriteMs: 3 } }),
    minute(2, { io: { logIops: 600, logWriteMs: 4 } }),
  ];
  assert.equal(needOf(load(points), EXACT).logWriteMs, 3);
  assert.equal(needOf(load(points.slice(0, 1)), EXACT).logWriteMs, undefined);
});

test("the order of the points does not matter", () => {
  fc.assert(
    fc.property(anyPoints, fc.infiniteStream(fc.nat()), (points, random) => {
      const keyed = points.map((point) => [random.next().value ?? 0, point] as const);
      const shuffled = keyed.toSorted(([a], [b]) => a - b).map(([, point]) => point);
      assert.deepEqual(needOf(load(shuffled)), needOf(load(points)));
    }),
  );
});

test("whatever was measured in that share of the minutes fits into the need", () => {
  const dimensions: [keyof Need, (point: LoadPoint) => number][] = [
    ["cores", ({ cores = 0 }) => cores],
    ["memoryGib", ({ memoryGib = 0 }) => memoryGib],
    ["dataIops", ({ io }) => io?.dataIops ?? 0],
    ["logMbps", ({ io }) => io?.logMbps ?? 0],
    ["iops", ({ io }) => (io?.dataIops ?? 0) + (io?.logIops ?? 0)],
    ["allMbps", ({ io }) => (io?.dataMbps ?? 0) + (io?.logMbps ?? 0) + (io?.tempdbMbps ?? 0)],
  ];
  fc.assert(
    fc.property(anyPoints, fc.integer({ min: 50, max: 100 }), (points, percent) => {
      const need = needOf(load(points), { ...USUAL, percentile: percent });
      for (const [name, of] of dimensions) {
        const carried = points.filter((point) => of(point) <= (need[name] ?? 0)).length;
        assert.ok(carried >= Math.floor((percent / 100) * points.length), `${name} at ${percent} %`);
      }
    }),
  );
});

test("instances that were measured together are added minute by minute", () => {
  const a = load([minute(0, { cores: 4 }), minute(1, { cores: 1 })], { server: "A" });
  const b = load([minute(0, { cores: 1 }), minute(1, { cores: 4 })], { server: "B" });
  const sum = together([a, b]);
  assert.deepEqual(
    sum.points.map(({ cores }) => cores),
    [5, 5],
  );
  assert.deepEqual([sum.server, sum.processors, sum.dataGib], ["A + B", 16, 200]);
  assert.deepEqual(sum.notes, []);
});

test("in minutes that one alone was measured it meets the other's peak, and that is said", () => {
  const week = Array.from({ length: 7 * 1_440 }, (_, at) => minute(at, { cores: at < 1_440 ? 1 : 30 }));
  const idleDay = Array.from({ length: 1_440 }, (_, at) => minute(at, { cores: at === 7 ? 2 : 0.5 }));
  const sum = together([load(week, { server: "A" }), load(idleDay, { server: "B" })]);
  assert.equal(needOf(sum, EXACT).cores, 32);
  assert.match(sum.notes.join(), /not measured at the same time in 8640 of 10080 points/);
  const apart = together([load([minute(0, { cores: 4 })]), load([minute(5_000, { cores: 3 })])]);
  assert.deepEqual(
    apart.points.map(({ cores }) => cores),
    [7, 7],
  );
});

test("instances together never need less than each of them", () => {
  fc.assert(
    fc.property(anyPoints, anyPoints, fc.integer({ min: 50, max: 100 }), (some, others, percent) => {
      const [a, b] = [some, others].map((points) =>
        load([...new Map(points.map((point) => [point.at, point])).values()]),
      ) as [Load, Load];
      const of = (one: Load) => needOf(one, { ...EXACT, percentile: percent });
      const sum = of(together([a, b]));
      for (const one of [of(a), of(b)])
        for (const name of MEASURED)
          assert.ok((sum[name] ?? Number.NaN) >= (one[name] ?? Number.NaN) - 1e-9, `${name} at ${percent} %`);
    }),
  );
});

test("of two logs the faster one decides how fast the disk has to be", () => {
  const of = (logWriteMs: number) => load([minute(0, { io: { logIops: 200, logWriteMs } })]);
  assert.equal(needOf(together([of(0.5), of(3)]), EXACT).logWriteMs, 0.5);
});

test("what one instance does not tell is not known of both", () => {
  const { io: _, memoryGib: __, ...processorAlone } = minute(0, { cores: 2 });
  const need = needOf(together([load([minute(0, { cores: 3 })]), load([processorAlone])]), EXACT);
  assert.deepEqual([need.cores, need.memoryGib, need.dataIops], [5, undefined, undefined]);
});

test("what no point tells is not known, and no zero", () => {
  const need = needOf(load([{ at: 0, seconds: 60, cores: 2, isRemembered: true }]), EXACT);
  assert.deepEqual(need, { cores: 2, dataGib: 100, logGib: 10, tempdbGib: 8 });
  assert.deepEqual(notKnown(need), [
    "memory",
    "data IOPS",
    "data MB/s",
    "log IOPS",
    "log MB/s",
    "tempdb IOPS",
    "tempdb MB/s",
  ]);
});

test("an hour counts as sixty minutes", () => {
  const hour = minute(0, { cores: 8, seconds: 3_600 });
  const minutes = Array.from({ length: 60 }, (_, at) => minute(60 + at, { cores: 1 }));
  assert.equal(needOf(load([hour, ...minutes]), EXACT).cores, 8);
  assert.equal(needOf(load([minute(0, { cores: 8 }), ...minutes]), EXACT).cores, 1);
});
