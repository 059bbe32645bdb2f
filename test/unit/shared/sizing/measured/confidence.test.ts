// Tests that the confidence of a recommendation is no higher than the measurements permit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { confidenceOf } from "../../../../../shared/sizing/measured/confidence.ts";
import { load, minute } from "../support.ts";

const minutes = (from: number, count: number, cores = 1) =>
  Array.from({ length: count }, (_, index) => minute(from + index, { cores }));

test("less than a day is preliminary, some days are fair, a whole week is good", () => {
  const levels = [10 * 60, 2 * 24 * 60, 7 * 24 * 60].map((count) => confidenceOf(load(minutes(0, count))).level);
  assert.deepEqual(levels, ["preliminary", "fair", "good"]);
});

test("hours count as far as they were measured: gaps are no hours", () => {
  const { hours, weekdays } = confidenceOf(load([...minutes(0, 60), ...minutes(24 * 60, 60)]));
  assert.deepEqual([hours, weekdays], [2, 2]);
});

test("a window that has not seen the peak that the server remembers is preliminary, however long it was", () => {
  const week = minutes(0, 7 * 24 * 60, 3);
  const { level, seenOfPeak, reasons } = confidenceOf(load(week, { knownPeakCores: 6 }));
  assert.deepEqual([level, seenOfPeak], ["preliminary", 0.5]);
  assert.match(reasons.join(), /50 % of the peak/);
  assert.equal(confidenceOf(load(week, { knownPeakCores: 4 })).level, "good");
});

test("interruptions are told, and lower nothing by themselves", () => {
  const { level, reasons } = confidenceOf(load(minutes(0, 7 * 24 * 60), { gaps: 3 }));
  assert.deepEqual(
    [level, reasons],
    ["good", ["the measuring was interrupted 3 times: what happened then is not known"]],
  );
});

test("history alone is preliminary", () => {
  assert.equal(confidenceOf(load(minutes(0, 7 * 24 * 60), { origin: "history" })).level, "preliminary");
});
