// Tests that a process's cache is bounded, whatever it is given.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { recentlyUsed } from "../../../../../shared/azure/tables/recentlyUsed.ts";

const memory = (most: number) => recentlyUsed<{ readonly weight: number }>(most, ({ weight }) => weight);

test("what was not used for longest makes room for what is new", () => {
  const { get, set, weight } = memory(10);
  for (const key of ["a", "b", "c"]) set(key, { weight: 3 });
  get("a");
  set("d", { weight: 3 });
  assert.deepEqual(
    ["a", "b", "c", "d"].map((key) => get(key) !== undefined),
    [true, false, true, true],
  );
  assert.equal(weight(), 9);
});

test("what is heavier than the whole memory is not kept, and its older value is not either", () => {
  const { get, set, weight } = memory(10);
  set("a", { weight: 5 });
  set("b", { weight: 5 });
  set("a", { weight: 11 });
  assert.deepEqual([get("a"), get("b")?.weight, weight()], [undefined, 5, 5]);
});

test("never more than the bound is kept, and what was given last is known as long as it fits", () => {
  const step = fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e"), weight: fc.integer({ min: 0, max: 12 }) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { get, set, weight } = memory(10);
      for (const { key, weight: one } of steps) {
        const value = { weight: one };
        set(key, value);
        assert.equal(get(key), one <= 10 ? value : undefined);
        const kept = ["a", "b", "c", "d", "e"].map((other) => get(other)?.weight ?? 0);
        assert.equal(
          weight(),
          kept.reduce((sum, other) => sum + other, 0),
        );
        assert.ok(weight() <= 10);
      }
    }),
  );
});
