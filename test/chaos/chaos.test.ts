// Tests that fifty migrations of every kind end as they must while faults of every kind are injected. For more seeds:
// npm run chaos -- --seed N.
import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { chaos } from "./chaos.ts";

/** Seeds that once found a fault, and a few more. */
const KEPT_SEEDS = [1, 6, 14, 23];

mock.timers.enable({ apis: ["setTimeout"] }); // time is virtual; the deadline of a dead request would hold up the end
describe("fifty migrations of every kind, killed, failed, lost and told twice", () => {
  for (const seed of KEPT_SEEDS)
    test(`seed ${seed}: every one ends as it has to, nothing is lost, and each alarm is raised once`, async (t) => {
      const { faults, figures } = await chaos(seed);
      t.diagnostic(JSON.stringify(figures));
      assert.deepEqual(faults, []);
    });
});
