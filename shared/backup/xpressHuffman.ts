// How is one compressed piece of a backup decompressed? XPRESS Huffman, [MS-XCA] section 2.2 (backup-format, section 6).

/** What is wrong with the input, and at which byte of it. */
export interface XpressFault {
  readonly fault: string;
  readonly at: number;
}

const TABLE_BYTES = 256;
const SYMBOLS = 512;
const LONGEST_CODE = 15;

/**
 * Decompresses to exactly `length` bytes; the input may be longer than that needs. A fault when the code lengths are no
 * complete Huffman code (another algorithm), or when the input ends early or points before its start.
 */
export function decompressXpress(input: Uint8Array, length: number): Uint8Array | XpressFault {
  const codes = input.length < TABLE_BYTES ? undefined : codesOf(input);
  if (!codes) return { fault: "no complete Huffman table", at: 0 };
  const output = new Uint8Array(length);
  let written = 0;
  let at = TABLE_BYTES;
  const word = (): number => {
    const value = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8);
    at += 2; // behind the end there are zeros: the two words that are fetched ahead are often never used
    return value;
  };
  let bits = ((word() << 16) | word()) >>> 0;
  let spare = 16; // bits at hand beyond the 16 that every step may use
  const skip = (count: number): void => {
    bits = (bits << count) >>> 0;
    spare -= count;
    if (spare < 0) {
      bits = (bits | (word() << -spare)) >>> 0;
      spare += 16;
    }
  };
  while (written < length) {
    if (at > input.length + 4) return { fault: "the end of the input", at: input.length };
    const code = codes[bits >>> (32 - LONGEST_CODE)] ?? 0;
    skip(code & 0xf);
    const symbol = code >> 4;
    if (symbol < 256) {
      output[written++] = symbol;
      continue;
    }
    let matchLength = symbol & 0xf;
    const offsetBits = (symbol >> 4) & 0xf;
    if (matchLength === 15) {
      const more = input[at++] ?? 0;
      if (more === 255) {
        matchLength = word();
        if (matchLength < 15) return { fault: `the match length ${matchLength}`, at: at - 2 };
      } else matchLength += more;
    }
    matchLength += 3;
    const distance = (1 << offsetBits) | (offsetBits === 0 ? 0 : bits >>> (32 - offsetBits));
    skip(offsetBits);
    if (distance > written) return { fault: `a match ${distance} bytes back after ${written}`, at };
    const end = Math.min(length, written + matchLength);
    for (; written < end; written++) output[written] = output[written - distance] ?? 0;
  }
  return output;
}

/** By the next 15 bits: symbol and code length, `symbol << 4 | length`. Undefined when the lengths make no complete code. */
function codesOf(input: Uint8Array): Uint16Array | undefined {
  const lengths = new Uint8Array(SYMBOLS);
  for (let symbol = 0; symbol < SYMBOLS; symbol += 2) {
    const pair = input[symbol / 2] ?? 0;
    lengths[symbol] = pair & 0xf;
    lengths[symbol + 1] = pair >> 4;
  }
  if (!isComplete(lengths)) return undefined;
  const codes = new Uint16Array(1 << LONGEST_CODE);
  let next = 0;
  for (let length = 1; length <= LONGEST_CODE; length++)
    for (let symbol = 0; symbol < SYMBOLS; symbol++)
      if (lengths[symbol] === length) {
        const span = 1 << (LONGEST_CODE - length);
        codes.fill((symbol << 4) | length, next, next + span);
        next += span;
      }
  return codes;
}

/** Kraft's sum is exactly one. */
function isComplete(lengths: Uint8Array): boolean {
  let sum = 0;
  for (const length of lengths) if (length > 0) sum += 1 << (LONGEST_CODE - length);
  return sum === 1 << LONGEST_CODE;
}
