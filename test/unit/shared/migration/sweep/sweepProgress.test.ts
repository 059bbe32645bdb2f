// Tests the order of a sweep's stages, what it adds up, and when one that died is continued.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  afterPart,
  isFreshFault,
  isUnfinished,
  newSweep,
  type PartFound,
  reportOf,
  type SweepProgress,
  stageBehind,
} from "../../../../../shared/migration/sweep/sweepProgress.ts";

const NOON = new Date("2025-11-24T12:00:00.000Z");
const minutesLater = (minutes: number): Date => new Date(NOON.getTime() + minutes * 60_000);
const NOTHING: PartFound = { folders: 0, missed: 0, deleted: 0, failed: [], faults: [] };

/** The stages up to the end, one part each. */
function stagesFrom(begun: SweepProgress, now: Date): string[] {
  const stages: string[] = [begun.stage];
  for (let at = begun; at.stage !== "done"; ) {
    at = afterPart(at, stageBehind(at, now), NOTHING, now);
    stages.push(at.stage);
  }
  return stages;
}

test("open migrations come first, ended ones last, and the records once an hour", () => {
  const begun = newSweep(NOON, undefined);
  assert.deepEqual(stagesFrom(begun, NOON), ["open", "records", "folders", "ended", "rest", "done"]);
  const last = { recordsAt: NOON.toISOString() };
  const soon = minutesLater(59);
  assert.deepEqual(stagesFrom(newSweep(soon, last), soon), ["open", "folders", "ended", "rest", "done"]);
  const hour = minutesLater(60);
  assert.equal(stagesFrom(newSweep(hour, last), hour).includes("records"), true);
});

test("when all records were looked through is told once they were, and from sweep to sweep", () => {
  const begun: SweepProgress = { ...newSweep(NOON, undefined), stage: "records" };
  const half = afterPart(begun, { stage: "records", after: "m" }, NOTHING, minutesLater(1));
  assert.equal(half.recordsAt, undefined);
  const whole = afterPart(half, { stage: "folders" }, NOTHING, minutesLater(2));
  assert.equal(whole.recordsAt, minutesLater(2).toISOString());
  assert.equal(newSweep(minutesLater(9), reportOf(whole, "e")).recordsAt, whole.recordsAt);
});

test("a part adds what it has found, and the next one begins at its place alone", () => {
  const begun: SweepProgress = { ...newSweep(NOON, undefined), stage: "folders", page: "p1", after: "Sales" };
  const found = { folders: 3, missed: 2, deleted: 1, failed: ["Bad"], faults: ["a row"] };
  const once = afterPart(begun, { stage: "folders", page: "p2" }, found, minutesLater(1));
  const twice = afterPart(once, { stage: "ended" }, found, minutesLater(2));
  assert.deepEqual(twice, {
    ...newSweep(NOON, undefined),
    stage: "ended",
    at: minutesLater(2).toISOString(),
    parts: 2,
    folders: 6,
    missed: 4,
    deleted: 2,
    failed: 2,
    named: ["Bad", "Bad"],
    faults: ["a row"],
  });
  assert.equal(once.after, undefined);
  assert.equal(afterPart(twice, { stage: "rest" }, found, NOON).ended, 3);
  assert.equal(isFreshFault(once, "a row"), false);
  assert.equal(isFreshFault(once, "another row"), true);
});

test("however much fails, the progress fits into a message of Durable Functions", () => {
  const long = (n: number) => `${n} ${"漢".repeat(1_000)}`;
  const many = Array.from({ length: 200 }, (_, n) => long(n));
  const progress = afterPart(
    { ...newSweep(NOON, undefined), page: "x".repeat(2_000) },
    { stage: "open", after: "漢".repeat(250) },
    { ...NOTHING, failed: many, faults: many },
    NOON,
  );
  assert.equal(progress.failed, 200);
  assert.ok(Buffer.byteLength(JSON.stringify(progress)) < 45_000);
  assert.equal(isFreshFault(progress, long(0)), false);
});

test("a sweep that died is gone on with for a day, one that ended is not", () => {
  const begun = newSweep(NOON, undefined);
  assert.equal(isUnfinished(undefined, NOON), false);
  assert.equal(isUnfinished(begun, minutesLater(24 * 60 - 1)), true);
  assert.equal(isUnfinished(begun, minutesLater(24 * 60)), false);
  assert.equal(isUnfinished({ ...begun, stage: "done" }, NOON), false);
});
