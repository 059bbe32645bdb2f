// Reads what a dry run is asked besides: a time to stop at, and the release of the target.
import type { BackupRecord } from "../chain/backupRecord.ts";
import { majorOfRelease } from "../chain/files/releases.ts";
import type { KnownFile } from "./headerRows.ts";

export interface Asked {
  /** The time to stop at: the source's wall clock, or an instant with its zone. */
  readonly stopAt?: string;
  /** SoftwareVersionMajor of the target. */
  readonly targetVersionMajor?: number;
}

/** As people say it. */
export interface AskedInWords {
  /** The source's wall clock, "2025-11-24 21:45" or with seconds; or an instant, "2025-11-24T20:45:00Z". */
  readonly at?: string | undefined;
  /** "2019", or SQL Server's own number, "15". */
  readonly targetVersion?: string | undefined;
}

/** What the headers know of their times. */
export interface KnownTimes {
  /** They tell their times in UTC only. */
  readonly areUtc: boolean;
  /** Each of them tells the source's offset from UTC. */
  readonly offsetsAreKnown: boolean;
}

/** Rows that were left out do not count. */
export function timesOf(all: readonly KnownFile[]): KnownTimes {
  const files = all.filter(({ leftOut }) => leftOut === undefined);
  return {
    areUtc: files.some(({ timesAreUtc }) => timesAreUtc),
    offsetsAreKnown: files.every(({ backupSets = [] }) => backupSets.every(tellsOffset)),
  };
}

/** Headers that the service has read tell the source's clock. */
export const timesOfRecords = (records: readonly BackupRecord[]): KnownTimes => ({
  areUtc: false,
  offsetsAreKnown: records.every(({ content }) => content.kind !== "header" || content.backupSets.every(tellsOffset)),
});

const tellsOffset = ({ utcOffsetMinutes }: { readonly utcOffsetMinutes?: number }): boolean =>
  utcOffsetMinutes !== undefined;

/** Which word cannot be taken, and why. */
export interface NotTaken {
  readonly word: "at" | "targetVersion";
  readonly why: string;
  /** It would be taken with other headers. */
  readonly isOfTheHeaders: boolean;
}

export function askedOf({ at, targetVersion }: AskedInWords, times: KnownTimes): Asked | NotTaken {
  const stop = at === undefined ? {} : stopTime(at, times);
  if ("why" in stop) return stop;
  const version = targetVersion === undefined ? {} : majorVersion(targetVersion);
  return "why" in version ? version : { ...stop, ...version };
}

/** An instant is one only where the headers tell the offset. */
function stopTime(at: string, { areUtc, offsetsAreKnown }: KnownTimes): Pick<Asked, "stopAt"> | NotTaken {
  const no = (why: string, isOfTheHeaders = true): NotTaken => ({ word: "at", why, isOfTheHeaders });
  const [, wall = "", zone = ""] = /^(.*?)(Z|[+-]\d\d:\d\d)?$/.exec(at.trim().replace(" ", "T")) ?? [];
  const text = wall.padEnd(19, ":00");
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) || Number.isNaN(Date.parse(`${text}Z`)))
    return no(`a time of the source's clock is expected, "2025-11-24 21:45:00", not "${at}"`, false);
  if (zone === "" && areUtc) return no(`these headers tell their times in UTC only: say it in UTC as well, "${text}Z"`);
  if (zone !== "" && !offsetsAreKnown)
    return no("these headers do not tell the source's offset from UTC: say it by the source's clock");
  return { stopAt: `${text}${zone}` };
}

function majorVersion(text: string): Pick<Asked, "targetVersionMajor"> | NotTaken {
  const targetVersionMajor = majorOfRelease(text) ?? (/^\d{1,2}$/.test(text) ? Number(text) : undefined);
  if (targetVersionMajor !== undefined) return { targetVersionMajor };
  const why = `a release such as 2019 or 2022 is expected, not "${text}"`;
  return { word: "targetVersion", why, isOfTheHeaders: false };
}
