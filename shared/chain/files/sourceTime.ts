// Converts header dates to UTC: they are the source's wall clock, whose offset is read, set or estimated (never used
// for an order).
import type { BackupSetHeader } from "../../backup/backupHeader.ts";
import type { ChainContext } from "../backupRecord.ts";
import type { SetOfFile } from "./mediaSets.ts";

export interface SourceClock {
  /** Minutes east of UTC; undefined when neither the offset nor an estimate is known. */
  offsetOf(header: BackupSetHeader): number | undefined;
  /** True when the offset of this header is an estimate. */
  estimates(header: BackupSetHeader): boolean;
}

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
/** No place on earth is further from UTC; beyond it the files are simply old, and nothing can be estimated. */
const FURTHEST = 14 * 60 * MINUTE;
const NEWEST = 20;

/** Milliseconds of a wall clock text as if it were UTC: for differences and comparisons between such texts. */
export function wallClock(text: string | undefined): number | undefined {
  const time = text ? Date.parse(`${text.slice(0, 19)}Z`) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** When the backup finished, as an instant; undefined where its header does not tell the source's offset. */
export function instantOf({ backupFinishDate, utcOffsetMinutes }: BackupSetHeader): number | undefined {
  const finished = wallClock(backupFinishDate);
  return finished === undefined || utcOffsetMinutes === undefined ? undefined : finished - utcOffsetMinutes * MINUTE;
}

/** Milliseconds from one finish to the next: between instants where both are known, else between wall clocks. */
export function between(a: BackupSetHeader, b: BackupSetHeader): number | undefined {
  const [from, to] = [instantOf(a), instantOf(b)];
  if (from !== undefined && to !== undefined) return to - from;
  const [earlier, later] = [wallClock(a.backupFinishDate), wallClock(b.backupFinishDate)];
  return earlier === undefined || later === undefined ? undefined : later - earlier;
}

/** The offset comes from the header, else from the setting, else from the quickest of the newest uploads. */
export function sourceClock(files: readonly SetOfFile[], context: ChainContext): SourceClock {
  const set = context.settings.sourceUtcOffsetMinutes;
  let estimate: number | undefined | "not asked" = set ?? "not asked";
  const offsetOf = (header: BackupSetHeader): number | undefined => {
    if (header.utcOffsetMinutes !== undefined) return header.utcOffsetMinutes;
    if (estimate === "not asked") estimate = estimatedOffset(files);
    return estimate;
  };
  return {
    offsetOf,
    estimates: (header) => header.utcOffsetMinutes === undefined && set === undefined && offsetOf(header) !== undefined,
  };
}

/**
 * The instant of a wall clock text, ISO 8601; undefined when the text is no time or the offset, minutes east of UTC,
 * is not known.
 */
export function utcOf(wallClockText: string, utcOffsetMinutes: number | undefined): string | undefined {
  const time = wallClock(wallClockText);
  return time === undefined || utcOffsetMinutes === undefined ? undefined : isoText(time - utcOffsetMinutes * MINUTE);
}

/** A text of ISO 8601 plus minutes; the text itself when it is no time. */
export function minutesAfter(text: string, minutes: number): string {
  return isoText(Date.parse(text) + minutes * MINUTE) ?? text;
}

function isoText(milliseconds: number): string | undefined {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** An upload follows its backup, so the least difference between arrival and finish is close to the negated offset. */
function estimatedOffset(files: readonly SetOfFile[]): number | undefined {
  const delays = files
    .map(({ files: [file], header }) => ({
      arrived: Date.parse(file.arrivedAt),
      finished: header.utcOffsetMinutes === undefined ? wallClock(header.backupFinishDate) : undefined,
    }))
    .flatMap(({ arrived, finished }) =>
      finished === undefined || Number.isNaN(arrived) ? [] : [{ arrived, delay: arrived - finished }],
    )
    .sort((a, b) => b.arrived - a.arrived || a.delay - b.delay)
    .slice(0, NEWEST)
    .map(({ delay }) => delay);
  if (delays.length === 0) return undefined;
  const offset = Math.round(-Math.min(...delays) / QUARTER) * QUARTER;
  return Math.abs(offset) > FURTHEST ? undefined : offset / MINUTE + 0;
}
