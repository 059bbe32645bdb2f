// Decompresses one compressed piece of a backup: XPRESS Huffman, [MS-XCA] section 2.2 (backup-format, section 6).

/** What is wrong with the input. */
export interface XpressFault {
  readonly fault: string;
  /** It does not even begin as this algorithm's output does. */
  readonly isOtherAlgorithm: boolean;
}

const TABLE_BYTES = 256;
const SYMBOLS = 512;
const LONGEST_CODE = 15;
/** Bytes that may be left, with room to spare: in each of 778 records of SQL Server there were none or two. */
const MOST_LEFT = 8;

/**
 * Decompresses to exactly `length` bytes. A fault when the code lengths are no complete Huffman code (another
 * algorithm), or when the input holds fewer bytes than that, or more, or points before its start.
 */
export function decompressXpress(input: Uint8Array, length: number): Uint8Array | XpressFault {
  if (!hasXpressTable(input)) return { fault: "no complete Huffman table", isOtherAlgorithm: true };
  const codes = codesOf(input);
  const output = new Uint8Array(length);
  let written = 0;
  let at = TABLE_BYTES;
  const word = (): number => {
    const value = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8);
    at += 2; // behind the end there are zeros: the two words that are fetched ahead are often never used
    return value;
  };
  let bits = (word() << 16) | word(); // signed throughout: larger numbers would be allocated one by one
  let spare = 16; // bits at hand beyond the 16 that every step may use
  const skip = (count: number): void => {
    bits <<= count;
    spare -= count;
    if (spare < 0) {
      bits |= word() << -spare;
      spare += 16;
    }
  };
  while (written < length) {
    if (at > input.length + 4) return damage("the end of the input");
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
        if (matchLength < 15) return damage(`the match length ${matchLength}`);
      } else matchLength += more;
    }
    matchLength += 3;
    const distance = (1 << offsetBits) | (offsetBits === 0 ? 0 : bits >>> (32 - offsetBits));
    skip(offsetBits);
    if (distance > written) return damage(`a match ${distance} bytes back after ${written} bytes`);
    const end = written + matchLength;
    if (end > length) return damage(`more than ${length} bytes`);
    for (; written < end; written++) output[written] = output[written - distance] ?? 0;
  }
  const left = input.length - at;
  return left < 0 || left > MOST_LEFT ? damage(`${left} bytes behind the ${length}th`) : output;
}

const damage = (fault: string): XpressFault => ({ fault, isOtherAlgorithm: false });

/** By the next 15 bits: symbol and code length, `symbol << 4 | length`. */
function codesOf(input: Uint8Array): Uint16Array {
  const codes = new Uint16Array(1 << LONGEST_CODE);
  let next = 0;
  for (let length = 1; length <= LONGEST_CODE; length++)
    for (let symbol = 0; symbol < SYMBOLS; symbol++)
      if (codeLength(input, symbol) === length) {
        const end = next + (1 << (LONGEST_CODE - length));
        codes.fill((symbol << 4) | length, next, end);
        next = end;
      }
  return codes;
}

/**
 * Whether the input begins with 512 code lengths of four bits, of which Kraft's sum is exactly one: no other
 * algorithm's does.
 */
export function hasXpressTable(input: Uint8Array): boolean {
  if (input.length < TABLE_BYTES) return false;
  let sum = 0;
  for (let symbol = 0; symbol < SYMBOLS; symbol++) {
    const length = codeLength(input, symbol);
    if (length > 0) sum += 1 << (LONGEST_CODE - length);
    if (sum > 1 << LONGEST_CODE) return false;
  }
  return sum === 1 << LONGEST_CODE;
}

/** Two to a byte, the lower symbol in the lower four bits. */
const codeLength = (table: Uint8Array, symbol: number): number => {
  const pair = table[symbol >> 1] ?? 0;
  return symbol % 2 === 0 ? pair & 0xf : pair >> 4;
};
