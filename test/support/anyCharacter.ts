// Generates characters from all of Unicode for property tests of texts.
import fc from "fast-check";

const SURROGATES = 0xd800;
const SURROGATES_COUNT = 0x800;
const CODE_POINTS = 0x110000;

/**
 * The unit for `fc.string`. Its own unit "binary" builds a table of a million entries first, which costs a second in
 * each process.
 */
export const anyCharacter: fc.Arbitrary<string> = fc
  .integer({ min: 0, max: CODE_POINTS - SURROGATES_COUNT - 1 })
  .map((n) => String.fromCodePoint(n < SURROGATES ? n : n + SURROGATES_COUNT));
