// Compresses a record's payload as SQL Server's backup compression does: LZ77 and Huffman codes, [MS-XCA] 2.1
// "LZ77+Huffman".

const literalCount = 256;
const symbolCount = 512;
const longestCode = 15;
const shortestMatch = 3;
/** Follows the data; a decoder that knows the size never needs it (symbol 256 is a match as well). */
const endOfData = 256;

/** A byte as it is, or `length` bytes that stand `distance` back. */
type Token = number | { readonly length: number; readonly distance: number };

/** The payload for at most 65,536 bytes: 256 bytes with the code lengths of 512 symbols, then the bit stream. */
export function xpressHuffman(data: Uint8Array): Uint8Array {
  const tokens = tokensOf(data);
  const weights = new Array<number>(symbolCount).fill(0);
  weights[endOfData] = 1;
  for (const token of tokens) {
    const symbol = symbolOf(token);
    weights[symbol] = (weights[symbol] ?? 0) + 1;
  }
  // A complete code has at least two symbols; one that does not occur does no harm.
  if (weights.filter((weight) => weight > 0).length < 2) weights[0] = 1;
  const lengths = codeLengths(weights);
  const table = Uint8Array.from(
    { length: symbolCount / 2 },
    (_, index) => (lengths[2 * index] ?? 0) | ((lengths[2 * index + 1] ?? 0) << 4),
  );
  return Buffer.concat([table, bitStream(tokens, lengths)]);
}

/** Greedy: the latest place where the same three bytes stood, for as long as the bytes agree. */
function tokensOf(data: Uint8Array): Token[] {
  const tokens: Token[] = [];
  const latest = new Map<number, number>();
  const note = (at: number): void => {
    if (at + shortestMatch <= data.length) latest.set(keyAt(data, at), at);
  };
  for (let at = 0; at < data.length; ) {
    const earlier = at + shortestMatch <= data.length ? latest.get(keyAt(data, at)) : undefined;
    let length = 0;
    if (earlier !== undefined)
      while (at + length < data.length && data[earlier + length] === data[at + length]) length++;
    if (earlier !== undefined && length >= shortestMatch) tokens.push({ length, distance: at - earlier });
    else tokens.push(data[at] ?? 0);
    const next = at + Math.max(1, length);
    // The last positions of a long match are enough: what repeats is found from its end.
    for (let seen = Math.max(at, next - 16); seen < next; seen++) note(seen);
    at = next;
  }
  return tokens;
}

const keyAt = (data: Uint8Array, at: number): number =>
  ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);

/**
 * Low four bits: the length less three, 15 for "more follows"; high four bits: how many bits the distance has below
 * its first.
 */
function symbolOf(token: Token): number {
  if (typeof token === "number") return token;
  return literalCount + Math.min(15, token.length - shortestMatch) + 16 * distanceBits(token.distance);
}

const distanceBits = (distance: number): number => 31 - Math.clz32(distance);

/** Huffman code lengths of at most 15 bits by package-merge; they fill the code space exactly. */
function codeLengths(weights: readonly number[]): number[] {
  interface Package {
    readonly weight: number;
    readonly symbols: readonly number[];
  }
  const byWeight = (a: Package, b: Package): number => a.weight - b.weight;
  const leaves = weights
    .map((weight, symbol): Package => ({ weight, symbols: [symbol] }))
    .filter(({ weight }) => weight > 0)
    .sort(byWeight);
  let packages: Package[] = [];
  for (let level = 0; level < longestCode; level++) {
    const pairs: Package[] = [];
    for (let at = 0; at + 1 < packages.length; at += 2) {
      const [a, b] = packages.slice(at, at + 2) as [Package, Package];
      pairs.push({ weight: a.weight + b.weight, symbols: [...a.symbols, ...b.symbols] });
    }
    packages = [...leaves, ...pairs].sort(byWeight);
  }
  const lengths = new Array<number>(symbolCount).fill(0);
  for (const { symbols } of packages.slice(0, 2 * leaves.length - 2))
    for (const symbol of symbols) lengths[symbol] = (lengths[symbol] ?? 0) + 1;
  return lengths;
}

/** Codes in order of length, then of symbol. */
function codesOf(lengths: readonly number[]): number[] {
  const codes = new Array<number>(symbolCount).fill(0);
  let code = 0;
  for (let length = 1; length <= longestCode; length++) {
    for (let symbol = 0; symbol < symbolCount; symbol++) if (lengths[symbol] === length) codes[symbol] = code++;
    code <<= 1;
  }
  return codes;
}

function bitStream(tokens: readonly Token[], lengths: readonly number[]): Uint8Array {
  const codes = codesOf(lengths);
  const stream = bitWriter(tokens.length * 8 + 64);
  const put = (symbol: number): void => stream.bits(lengths[symbol] ?? 0, codes[symbol] ?? 0);
  for (const token of tokens) {
    put(symbolOf(token));
    if (typeof token === "number") continue;
    const more = token.length - shortestMatch;
    if (more >= 15) stream.byte(Math.min(255, more - 15));
    if (more >= 15 + 255) {
      stream.byte(more & 0xff);
      stream.byte(more >> 8);
    }
    const bits = distanceBits(token.distance);
    stream.bits(bits, token.distance - (1 << bits));
  }
  put(endOfData);
  return stream.finish();
}

/**
 * Bits in little-endian words, the first bit highest. A decoder holds two words ahead, so that the places of the next
 * two words are set aside before any byte is written between them ([MS-XCA] 2.1.4.3).
 */
function bitWriter(capacity: number) {
  const bytes = Buffer.alloc(capacity);
  let [thisWord, nextWord, end] = [0, 2, 4];
  let word = 0;
  let free = 16;
  const closeWord = (): void => {
    bytes.writeUInt16LE(word, thisWord);
    [thisWord, nextWord, end] = [nextWord, end, end + 2];
    word = 0;
    free = 16;
  };
  const bit = (value: number): void => {
    if (free === 0) closeWord();
    free--;
    word |= value << free;
  };
  return {
    bits: (count: number, value: number): void => {
      for (let at = count - 1; at >= 0; at--) bit((value >> at) & 1);
    },
    byte: (value: number): void => {
      bytes[end++] = value;
    },
    finish: (): Uint8Array => {
      bytes.writeUInt16LE(word, thisWord);
      return bytes.subarray(0, end);
    },
  };
}
