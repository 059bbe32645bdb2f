// Computes when a schedule fires next: NCRONTAB with six fields, in UTC: second minute hour day month day-of-week.
// Pure.

type Values = ReadonlySet<number>;

/** The values at which each of the six fields fires. */
export interface Schedule {
  readonly text: string;
  readonly fields: readonly Values[];
}

const FIELDS = [
  { name: "second", least: 0, most: 59 },
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day", least: 1, most: 31 },
  { name: "month", least: 1, most: 12 },
  { name: "day of week", least: 0, most: 6 },
] as const;
type Field = (typeof FIELDS)[number];

const DAY = 86_400_000;
/** 29 February comes back after eight years at the latest. */
const FAR = 8 * 366 * DAY;

/** Reads numbers, *, lists, ranges and steps; throws, naming the field, on anything else. */
export function parseSchedule(text: string): Schedule {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== FIELDS.length)
    throw new Error(`The schedule "${text}" has ${parts.length} fields; it needs six, from seconds to day of week.`);
  return {
    text,
    fields: FIELDS.map(
      (field, index) => new Set((parts[index] ?? "").split(",").flatMap((part) => valuesOf(part, field, text))),
    ),
  };
}

function valuesOf(part: string, { name, least, most }: Field, schedule: string): readonly number[] {
  const [, star, first, last, step] = /^(?:(\*)|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part) ?? [];
  const from = star ? least : Number(first);
  const single = step === undefined ? from : most; // "5/15" goes on to the end of the range
  const to = star ? most : last === undefined ? single : Number(last);
  const by = Number(step ?? 1);
  if (!(from >= least && to <= most && from <= to && by > 0))
    throw new Error(`The schedule "${schedule}": "${part}" is no ${name} from ${least} to ${most}.`);
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, index) => from + index * by);
}

/**
 * The first time after this one (milliseconds since 1970) at which the schedule fires; both days must fit. Throws
 * when there is none.
 */
export function nextAfter({ text, fields }: Schedule, time: number): number {
  const [seconds, minutes, hours, days, months, weekdays] = fields as [Values, Values, Values, Values, Values, Values];
  const end = time + FAR;
  let next = Math.floor(time / 1_000) * 1_000 + 1_000;
  while (next <= end) {
    const at = new Date(next);
    if (!months.has(at.getUTCMonth() + 1)) next = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1);
    else if (!days.has(at.getUTCDate()) || !weekdays.has(at.getUTCDay())) next = ceilTo(next, DAY);
    else if (!hours.has(at.getUTCHours())) next = ceilTo(next, 3_600_000);
    else if (!minutes.has(at.getUTCMinutes())) next = ceilTo(next, 60_000);
    else if (!seconds.has(at.getUTCSeconds())) next += 1_000;
    else return next;
  }
  throw new Error(`The schedule "${text}" never fires.`);
}

/** The next whole unit after this time. */
const ceilTo = (time: number, unit: number): number => (Math.floor(time / unit) + 1) * unit;
