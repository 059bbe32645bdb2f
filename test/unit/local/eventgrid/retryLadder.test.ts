// Tests that a delivery is retried when Event Grid would retry it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { afterAttempt } from "../../../../local/eventgrid/retryLadder.ts";

test("any answer of success ends the delivery", () => {
  for (const status of [200, 202, 204]) assert.deepEqual(afterAttempt(1, status, 1), { step: "delivered" });
});

test("answers that no repetition can change go to the dead letters at once", () => {
  for (const status of [400, 403, 413]) assert.equal(afterAttempt(1, status, 1).step, "deadLetter");
});

test("everything else is tried again on Event Grid's schedule", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((attempts) => {
    const next = afterAttempt(attempts, 500, 1);
    return next.step === "retry" ? next.afterMs / 1_000 : next.step;
  });
  assert.deepEqual(waits, [10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 43_200]);
});

test("a host that does not answer is a reason to try again", () => {
  assert.deepEqual(afterAttempt(1, undefined, 20), { step: "retry", afterMs: 500 });
});

test("the thirtieth failure is the last", () => {
  assert.equal(afterAttempt(29, 500, 1).step, "retry");
  assert.equal(afterAttempt(30, 500, 1).step, "deadLetter");
});
