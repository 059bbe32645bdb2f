// Tests that DMS is polled often enough to be useful, and never beyond its budget.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { nextLookSeconds, type PollFacts } from "../../../../shared/migration/polling.ts";

const usual: PollFacts = { pollSeconds: 30, maxGetsPerMinute: 300, activeMigrations: 1 };

const CASES: readonly (readonly [what: string, facts: Partial<PollFacts>, seconds: number])[] = [
  ["the usual interval", {}, 30],
  ["a longer Retry-After counts", { retryAfterSeconds: 45 }, 45],
  ["a shorter Retry-After does not", { retryAfterSeconds: 5 }, 30],
  ["nine minutes without news change nothing", { unchangedSeconds: 9 * 60 }, 30],
  ["after ten minutes without news it is asked once a minute", { unchangedSeconds: 10 * 60 }, 60],
  ["a longer interval of the settings stays", { unchangedSeconds: 10 * 60, pollSeconds: 120 }, 120],
  ["after a cutover or a cancel the end is near", { isEnding: true }, 15],
  ["however long that has been going on", { isEnding: true, unchangedSeconds: 3_600 }, 15],
  ["a shorter interval of the settings stays then", { isEnding: true, pollSeconds: 2 }, 2],
  ["150 migrations fit into half a minute each", { activeMigrations: 150 }, 30],
  ["300 migrations share 300 questions a minute", { activeMigrations: 300 }, 60],
  ["while DMS is at its start or cutover it looks often: others wait for that", { isAtTurn: true }, 5],
  ["a shorter interval of the settings stays then, too", { isAtTurn: true, pollSeconds: 2 }, 2],
  ["a longer Retry-After counts then, too", { isAtTurn: true, retryAfterSeconds: 15 }, 15],
  ["300 restores do not slow down the turns of three VMs", { activeMigrations: 300, turns: 6, isAtTurn: true }, 5],
  ["but wait longer for them: 294 share what is left of the budget", { activeMigrations: 300, turns: 6 }, 78],
  ["the turns of 80 VMs take half the budget at most", { activeMigrations: 8_000, turns: 160, isAtTurn: true }, 64],
  ["8,000 migrations wait for their turn, also at the end", { activeMigrations: 8_000, isEnding: true }, 1_600],
];

describe("the next look", () => {
  for (const [what, facts, seconds] of CASES)
    test(what, () => assert.equal(nextLookSeconds({ ...usual, ...facts }), seconds));

  test("turns and all others together keep within the budget, however many they are", () => {
    const counts = fc.record({
      pollSeconds: fc.integer({ min: 1, max: 3_600 }),
      maxGetsPerMinute: fc.integer({ min: 1, max: 10_000 }),
      turns: fc.integer({ min: 0, max: 1_000 }),
      others: fc.integer({ min: 0, max: 10_000 }),
    });
    fc.assert(
      fc.property(counts, ({ turns, others, ...settings }) => {
        const facts = { ...settings, turns, activeMigrations: turns + others };
        const ofTurns = turns === 0 ? 0 : (turns * 60) / nextLookSeconds({ ...facts, isAtTurn: true });
        const ofOthers = others === 0 ? 0 : (others * 60) / nextLookSeconds(facts);
        assert.ok(ofTurns + ofOthers <= settings.maxGetsPerMinute + 1e-9);
      }),
    );
  });

  test("whatever is going on, the budget of the service is kept and Retry-After honoured", () => {
    const anyFacts = fc.record({
      pollSeconds: fc.integer({ min: 1, max: 3_600 }),
      maxGetsPerMinute: fc.integer({ min: 1, max: 10_000 }),
      activeMigrations: fc.integer({ min: 1, max: 100_000 }),
      retryAfterSeconds: fc.option(fc.integer({ min: 0, max: 600 }), { nil: undefined }),
      unchangedSeconds: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
      isEnding: fc.boolean(),
    });
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const seconds = nextLookSeconds(facts);
        assert.ok((facts.activeMigrations * 60) / seconds <= facts.maxGetsPerMinute);
        assert.ok(seconds >= (facts.retryAfterSeconds ?? 0) && seconds >= 1);
      }),
    );
  });
});
