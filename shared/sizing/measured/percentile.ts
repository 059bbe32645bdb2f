// Computes the value that a percentage of the measurements does not exceed.

/**
 * Nearest rank: always one of the values, so that 100 is the maximum. 0 where there are no values; `percent` above 0,
 * up to 100.
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}

/** The same where each value stands for some seconds: that many per cent of the time do not exceed it. */
export function percentileOfTime(
  values: readonly { readonly value: number; readonly seconds: number }[],
  percent: number,
): number {
  const sorted = values.toSorted((a, b) => a.value - b.value);
  const total = sorted.reduce((sum, { seconds }) => sum + seconds, 0);
  let until = 0;
  for (const { value, seconds } of sorted) {
    until += seconds;
    if (until >= (percent / 100) * total * (1 - 1e-12)) return value;
  }
  return sorted.at(-1)?.value ?? 0;
}

/**
 * How many standard deviations above the mean that many per cent of a normal distribution end: 95 -> 1.645. Never
 * below the mean.
 */
export function deviationsAt(percent: number): number {
  if (percent <= 50) return 0;
  // Abramowitz and Stegun 26.2.23, off by less than 0.00045; 100 per cent has no end and is taken as 99.99.
  const t = Math.sqrt(-2 * Math.log(1 - Math.min(percent, 99.99) / 100));
  return t - (2.515517 + 0.802853 * t + 0.010328 * t ** 2) / (1 + 1.432788 * t + 0.189269 * t ** 2 + 0.001308 * t ** 3);
}
