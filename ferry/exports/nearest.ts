// Finds the known word that is nearest to a mistyped one, if it is near enough.

const MOST_EDITS = 2;

/**
 * By letters that are missing, too many, wrong or swapped with the next, whatever their case; undefined when nothing
 * is nearer than three.
 */
export function nearest(given: string, known: readonly string[]): string | undefined {
  let found: string | undefined;
  let fewest = Math.min(MOST_EDITS, Math.ceil(given.length / 3)) + 1;
  for (const word of known) {
    const edits = editsBetween(given.toLowerCase(), word.toLowerCase());
    if (edits < fewest) [found, fewest] = [word, edits];
  }
  return found;
}

/** " Did you mean show?" with its blank, or nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  const word = nearest(given, known);
  return word === undefined ? "" : ` Did you mean ${word}?`;
}

/** Optimal string alignment distance. */
function editsBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (last[j - 1] ?? 0) + (isSame ? 0 : 1),
          isSwapped ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
