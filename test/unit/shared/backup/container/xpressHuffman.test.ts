// Tests that decompression follows the specification, and refuses everything else.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { xpressHuffman } from "../../../../../local/backups/xpressHuffman.ts";
import { decompressXpress } from "../../../../../shared/backup/container/xpressHuffman.ts";

/** A code table in which these bytes are not zero. */
function table(bytes: Readonly<Record<number, number>>): Uint8Array {
  const lengths = new Uint8Array(256);
  for (const [at, pair] of Object.entries(bytes)) lengths[Number(at)] = pair;
  return lengths;
}
const fives = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [49 + index, 0x55]));

test("the two examples of [MS-XCA] 3.2 decompress to what it says", () => {
  const alphabet = Buffer.concat([
    table({ 48: 0x50, ...fives, 59: 0x45, 60: 0x44, 61: 0x04, 128: 0x04 }),
    Buffer.from("d8523ed794115be9195ff9d67cdf8d0400000000", "hex"),
  ]);
  assert.equal(Buffer.from(decompressXpress(alphabet, 26) as Uint8Array).toString(), "abcdefghijklmnopqrstuvwxyz");
  const repeated = Buffer.concat([
    table({ 48: 0x30, 49: 0x23, 128: 0x02, 143: 0x20 }),
    Buffer.from("a8dc0000ff2601", "hex"),
  ]);
  assert.equal(Buffer.from(decompressXpress(repeated, 300) as Uint8Array).toString(), "abc".repeat(100));
});

/** Bytes with repeated pieces, which become matches. */
const compressible = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 400 })), { maxLength: 12 })
  .map((pieces) => Buffer.concat(pieces.flatMap(([piece, times]) => Array.from({ length: times }, () => piece))))
  .map((bytes) => bytes.subarray(0, 65_536));

test("what was compressed comes back, byte by byte", () => {
  fc.assert(
    fc.property(compressible, (bytes) => {
      if (bytes.length === 0) return;
      assert.deepEqual(Buffer.from(decompressXpress(xpressHuffman(bytes), bytes.length) as Uint8Array), bytes);
    }),
  );
});

test("damaged input gives a fault or other bytes, never more or fewer than asked for, and never an exception", () => {
  fc.assert(
    fc.property(
      compressible,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
      fc.nat(),
      (bytes, damages, cut) => {
        if (bytes.length === 0) return;
        const input = Uint8Array.from(xpressHuffman(bytes));
        for (const [at, value] of damages) input[256 + (at % Math.max(1, input.length - 256))] = value;
        const result = decompressXpress(input.subarray(0, 256 + (cut % Math.max(1, input.length - 255))), bytes.length);
        assert.ok(result instanceof Uint8Array ? result.length === bytes.length : result.fault.length > 0);
      },
    ),
  );
});

test("a table that is no complete Huffman code is another algorithm's output", () => {
  for (const lengths of [table({}), table({ 0: 0x11, 1: 0x01 }), table({ 0: 0x21 }), new Uint8Array(100)]) {
    const result = decompressXpress(lengths, 512);
    assert.ok(!(result instanceof Uint8Array) && result.isOtherAlgorithm);
  }
});
