// Reduces a source map to our own sources: Node expands a whole map at the first stack trace, and that of all packages
// takes 100 MiB.

/** Version 3, without sections: https://tc39.es/ecma426/. */
export interface SourceMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/**
 * Column in the made line, and where that comes from: source, line, column, and perhaps a name. All from 0; sources and
 * names by index.
 */
type Segment = readonly [column: number, ...from: readonly number[]];

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Map([...DIGITS].map((digit, value) => [digit, value]));

/**
 * The same places of the sources that `isOurs` picks, and none for the rest. Throws on a character that is no base64
 * digit.
 */
export function ownSourceMap<Map extends SourceMap>(map: Map, isOurs: (source: string) => boolean): Map {
  const [sources, names] = [kept(map.sources), kept(map.names)];
  const lines = decode(map.mappings).map((line) => {
    let wasOurs = false;
    return line.flatMap(([column, source, ...from]): Segment[] => {
      const ours = source !== undefined && isOurs(map.sources[source] ?? "");
      const endsOurs = wasOurs && !ours;
      wasOurs = ours;
      if (!ours) return endsOurs ? [[column]] : []; // a segment holds up to the next one
      const [line = 0, at = 0, name] = from;
      return [[column, sources.index(source), line, at, ...(name === undefined ? [] : [names.index(name)])]];
    });
  });
  return { ...map, mappings: encode(lines), sources: sources.list, names: names.list };
}

/** What is used of a list, in the order of its use. */
function kept(all: readonly string[]) {
  const [list, places] = [[] as string[], new Map<number, number>()];
  return {
    list,
    index: (old: number): number => {
      const known = places.get(old) ?? list.push(all[old] ?? "") - 1;
      places.set(old, known);
      return known;
    },
  };
}

/** Numbers are differences to the segment before; the column begins anew on each line. */
function decode(mappings: string): Segment[][] {
  let before: readonly number[] = [];
  return mappings.split(";").map((line) => {
    before = [0, ...before.slice(1)];
    return line
      .split(",")
      .filter(Boolean)
      .map((text) => {
        const segment = numbersOf(text).map((difference, field) => difference + (before[field] ?? 0));
        before = [...segment, ...before.slice(segment.length)];
        return segment as readonly number[] as Segment;
      });
  });
}

function encode(lines: readonly (readonly Segment[])[]): string {
  let before: readonly number[] = [];
  return lines
    .map((line) => {
      before = [0, ...before.slice(1)];
      return line
        .map((segment) => {
          const text = segment.map((value, field) => textOf(value - (before[field] ?? 0))).join("");
          before = [...segment, ...before.slice(segment.length)];
          return text;
        })
        .join(",");
    })
    .join(";");
}

/**
 * Base64 digits of five bits, the lowest first; the sixth bit says that more follow, the lowest bit of all is the sign.
 */
function numbersOf(text: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of text) {
    const bits = VALUES.get(digit);
    if (bits === undefined) throw new Error(`"${digit}" is no digit of a source map.`);
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

function textOf(number: number): string {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  let text = "";
  do {
    const bits = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest > 0 ? bits | 32 : bits];
  } while (rest > 0);
  return text;
}
