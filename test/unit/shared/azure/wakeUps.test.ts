// Tests when a wake-up still counts as pending.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isUnderWay } from "../../../../shared/azure/tables/tableMigrationStore.ts";

const NOON = "2025-11-24T12:00:00.000Z";
const after = (milliseconds: number): Date => new Date(Date.parse(NOON) + milliseconds);

test("a wake-up is under way for ten seconds; then it was lost, and the next fact wakes again", () => {
  assert.equal(isUnderWay(undefined, after(0)), false);
  assert.equal(isUnderWay(NOON, after(0)), true);
  assert.equal(isUnderWay(NOON, after(10_000)), true);
  assert.equal(isUnderWay(NOON, after(10_001)), false);
});

test("a clock that is a little behind another does not wake twice", () => {
  assert.equal(isUnderWay(NOON, after(-500)), true);
});
