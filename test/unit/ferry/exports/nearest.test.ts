// Tests which word is suggested for a misspelt one.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nearest } from "../../../../ferry/exports/nearest.ts";

test("a slip of the finger is understood, another word is not", () => {
  const verbs = ["show", "start", "restart", "list"];
  for (const [given, meant] of [
    ["shwo", "show"],
    ["SHOW", "show"],
    ["strat", "start"],
    ["lst", "list"],
    ["sail", undefined],
    ["x", undefined],
    ["", undefined],
  ] as const)
    assert.equal(nearest(given, verbs), meant, given);
  assert.equal(nearest("Slaes", ["Stock", "Sales"]), "Sales");
  assert.equal(nearest("Slaes", []), undefined);
});

test("a known word of three letters or more is its own nearest, also with two neighbours swapped", () => {
  const word = fc.stringMatching(/^[a-z]{3,12}$/);
  fc.assert(
    fc.property(word, fc.nat(), (known, at) => {
      const index = at % (known.length - 1);
      const letters = [...known];
      letters.splice(index, 2, known[index + 1] ?? "", known[index] ?? "");
      assert.equal(nearest(known, [known]), known);
      assert.equal(nearest(letters.join(""), [known]), known);
    }),
  );
});
