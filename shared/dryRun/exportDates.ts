// Reads the times of exports as people's tools write them: wall clocks of the source, or instants in UTC.
import { isRow } from "./exportCells.ts";

/** To the second, "2025-11-24T21:45:00". */
export interface ExportedTime {
  readonly text: string;
  /** The text is UTC, not the source's wall clock. */
  readonly isUtc?: true;
  /** East of UTC, minutes, where the text itself names it. */
  readonly offset?: number;
}

/** Undefined where it is not understood: a day and month that cannot be told apart are not guessed. */
export function exportedTime(value: unknown): ExportedTime | undefined {
  if (!isRow(value)) return timeOf(String(value).trim());
  const { Year, Month, Day, Hour, Minute, Second } = value as Readonly<Record<string, unknown>>;
  if ([Year, Month, Day, Hour, Minute].every((part) => typeof part === "number"))
    return wallClock([Year, Month, Day, Hour, Minute, Second ?? 0].map(Number));
  const nested = value["value"] ?? value["Value"] ?? value["DateTime"] ?? value["Date"];
  return nested === undefined || isRow(nested) ? undefined : timeOf(String(nested).trim());
}

function timeOf(text: string): ExportedTime | undefined {
  const ticks = /^\\?\/Date\((-?\d+)(?:[+-]\d{4})?\)\\?\/$/.exec(text)?.[1];
  if (ticks !== undefined) return { text: new Date(Number(ticks)).toISOString().slice(0, 19), isUtc: true };
  const iso = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?(?:[.,]\d+)?\s*(Z|[+-]\d\d:?\d\d)?$/.exec(text);
  if (iso) return withZone(wallClock(iso.slice(1, 7).map((part) => Number(part ?? 0))), iso[7]);
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4})[ ,]+(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(text);
  if (german) return dayFirst(german);
  const slashes = /^(\d{1,2})\/(\d{1,2})\/(\d{4})[ ,]+(\d{1,2}):(\d\d)(?::(\d\d))?(?:\s*(AM|PM))?$/i.exec(text);
  if (!slashes) return undefined;
  const [, first = "", second = "", year = "", hour = "", minute = "", seconds = "0", half] = slashes;
  if (half === undefined && Number(first) > 12) return dayFirst(slashes);
  if (half === undefined && first !== second && Number(second) <= 12) return undefined;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (/pm/i.test(half) ? 12 : 0);
  return wallClock([year, first, second, hours, minute, seconds].map(Number));
}

const dayFirst = ([, day, month, year, hour, minute, second]: RegExpExecArray): ExportedTime | undefined =>
  wallClock([year, month, day, hour, minute, second].map((part) => Number(part ?? 0)));

function wallClock([year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0]: readonly number[]):
  | ExportedTime
  | undefined {
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  if (Number.isNaN(time.getTime()) || time.getUTCMonth() !== month - 1) return undefined;
  return { text: time.toISOString().slice(0, 19) };
}

function withZone(time: ExportedTime | undefined, zone: string | undefined): ExportedTime | undefined {
  if (!time || zone === undefined) return time;
  if (zone === "Z") return { ...time, isUtc: true };
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  const offset = Number(hours) * 60 + Number(minutes);
  return { ...time, offset: sign === "-" ? -offset : offset };
}

/** The source's wall clock of a time in UTC. */
export const shifted = (text: string, minutes: number): string =>
  new Date(Date.parse(`${text}Z`) + minutes * 60_000).toISOString().slice(0, 19);
