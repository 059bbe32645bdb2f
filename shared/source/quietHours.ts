// Finds the hours in which the source writes least, for a cutover, from the sizes of its log backups.
import { wallClock } from "../chain/files/sourceTime.ts";
import type { LogHour } from "./facts.ts";

export interface QuietHours {
  /** Hour of the day, the source's wall clock, 0 to 23. */
  readonly from: number;
  /** Exclusive; may be smaller than `from`, past midnight. */
  readonly to: number;
  /** Per hour, on average. */
  readonly bytes: number;
  /** The same of the hour that writes most. */
  readonly peakBytes: number;
  readonly peakHour: number;
  readonly days: number;
}

const HOURS = 24;
const LENGTH = 3;
const DAY = 86_400_000;

/**
 * The three hours in a row with least log; undefined with less than a whole day of history. Hours without backups
 * count as quiet.
 */
export function quietHours(log: readonly LogHour[]): QuietHours | undefined {
  const times = log.flatMap(({ hour }) => wallClock(hour) ?? []);
  if (times.length === 0) return undefined;
  const days = (Math.max(...times) - Math.min(...times)) / DAY;
  if (days < 1) return undefined;
  const byHour = Map.groupBy(log, ({ hour }) => Number(hour.slice(11, 13)));
  const average = Array.from(
    { length: HOURS },
    (_, hour) => (byHour.get(hour) ?? []).reduce((sum, { bytes }) => sum + bytes, 0) / Math.ceil(days),
  );
  const windows = average.map((_, from) => {
    const hours = Array.from({ length: LENGTH }, (_, offset) => average[(from + offset) % HOURS] ?? 0);
    return hours.reduce((sum, bytes) => sum + bytes, 0) / LENGTH;
  });
  const bytes = Math.min(...windows);
  const from = windows.indexOf(bytes);
  const peakBytes = Math.max(...average);
  return {
    from,
    to: (from + LENGTH) % HOURS,
    bytes,
    peakBytes,
    peakHour: average.indexOf(peakBytes),
    days: Math.floor(days),
  };
}
