// Decodes an XPRESS Huffman payload for the writer's tests, as simply as possible: [MS-XCA] 2.2, one bit at a time.
import assert from "node:assert/strict";

/** Decodes exactly `size` bytes; fails on a table that is no complete code. */
export function decodeXpress(payload: Buffer, size: number): Buffer {
  const symbols = symbolsByCode(payload);
  const out = Buffer.alloc(size);
  let at = 256;
  const nextWord = () => {
    at += 2;
    return at <= payload.length ? payload.readUInt16LE(at - 2) : 0;
  };
  let [word, ahead, used] = [nextWord(), nextWord(), 0];
  /** A decoder holds two words; the next is fetched when a bit of the second is taken. */
  const bit = () => {
    if (used === 16) [word, ahead, used] = [ahead, nextWord(), 0];
    return (word >> (15 - used++)) & 1;
  };
  const bits = (count: number) => {
    let value = 0;
    for (let taken = 0; taken < count; taken++) value = (value << 1) | bit();
    return value;
  };
  const symbol = () => {
    for (let code = 1; ; ) {
      code = (code << 1) | bit();
      const found = symbols[code] ?? none;
      if (found !== none) return found;
      assert.ok(code < 1 << 15, "no such code");
    }
  };
  for (let done = 0; done < size; ) {
    const next = symbol();
    if (next < 256) {
      out[done++] = next;
      continue;
    }
    let length = next & 15;
    if (length === 15) {
      const more = payload.readUInt8(at++);
      length = more === 255 ? payload.readUInt16LE(at) : 15 + more;
      if (more === 255) at += 2;
    }
    const distanceBits = (next - 256) >> 4;
    const distance = (1 << distanceBits) + bits(distanceBits);
    assert.ok(
      distance <= done && done + length + 3 <= size,
      `match of ${length + 3} bytes, ${distance} back, at ${done}`,
    );
    for (const end = done + length + 3; done < end; done++) out[done] = out[done - distance] ?? 0;
  }
  return out;
}

const none = -1;

/** Symbols by code; codes have a leading 1, so that their lengths count. */
function symbolsByCode(payload: Buffer): Int16Array {
  const lengths = [...payload.subarray(0, 256)].flatMap((pair) => [pair & 15, pair >> 4]);
  const symbols = new Int16Array(1 << 16).fill(none);
  let code = 0;
  for (let length = 1; length <= 15; length++) {
    for (const [symbol, its] of lengths.entries()) if (its === length) symbols[(1 << length) | code++] = symbol;
    code <<= 1;
  }
  assert.equal(code, 1 << 16, "the code is complete");
  return symbols;
}
