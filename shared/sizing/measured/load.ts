// Defines what one instance did, point by point: the common form of our own samples, official counters, and history.

/**
 * A minute, or what one point of a coarser measurement stands for. Rates are of the whole instance: sums over its
 * files.
 */
export interface LoadPoint {
  /** Begin, milliseconds since 1970, UTC or whatever clock the source wrote; points of one load share it. */
  readonly at: number;
  readonly seconds: number;
  /** Processors kept busy by SQL Server. What is absent of a point is not known, which is not zero. */
  readonly cores?: number;
  readonly io?: IoRates;
  /** GiB that the process holds. */
  readonly memoryGib?: number;
  /** GiB of it that are data pages. */
  readonly cachedGib?: number;
  readonly tempdbGib?: number;
  /** Of the server's own memory, not measured by us. */
  readonly isRemembered?: true;
  /** A backup or a restore ran: its reads and writes are in the numbers. */
  readonly hasBackup?: true;
}

/** Per second; MB of 10^6 bytes. */
export interface IoRates extends Partial<Readonly<Record<Rate, number>>> {
  /** Milliseconds for one write to a log; absent where there were none. */
  readonly logWriteMs?: number;
  readonly dataReadMs?: number;
}

export const RATES = ["dataIops", "dataMbps", "logIops", "logMbps", "tempdbIops", "tempdbMbps"] as const;
export type Rate = (typeof RATES)[number];

/** Of what is known alone: members that are undefined are left out. */
export const known = <Name extends string>(
  values: Readonly<Record<Name, number | undefined>>,
): Partial<Record<Name, number>> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<
    Record<Name, number>
  >;

export interface Load {
  /** "SRC01\PROD". */
  readonly server: string;
  readonly productVersion?: string;
  readonly edition?: string;
  readonly processors: number;
  /** Where the points come from. */
  readonly origin: "samples" | "official counters" | "history";
  readonly points: readonly LoadPoint[];
  /** File sizes, GiB, of the databases that are looked at; tempdb's files. */
  readonly dataGib: number;
  readonly logGib: number;
  readonly tempdbGib: number;
  /** Memory that tables in memory hold, GiB. */
  readonly inMemoryGib?: number;
  /** Memory was short at the source: grants waited, or pages were read again and again. */
  readonly isShortOfMemory?: boolean;
  readonly restarts: number;
  readonly gaps: number;
  /** The busiest known hour of the history, as cores; what the points have seen of it is the confidence. */
  readonly knownPeakCores?: number;
  /** What a reader has to know of these numbers. */
  readonly notes: readonly string[];
}

/** Which databases are looked at; names compare as SQL Server's do by default, without regard to case. */
export interface DatabaseFilter {
  /** Empty: all. */
  readonly only: readonly string[];
  readonly without: readonly string[];
}

export const ALL_DATABASES: DatabaseFilter = { only: [], without: [] };

export function isChosen({ only, without }: DatabaseFilter, database: string): boolean {
  const isIn = (names: readonly string[]): boolean =>
    names.some((name) => name.toLowerCase() === database.toLowerCase());
  return (only.length === 0 || isIn(only)) && !isIn(without);
}

export const isFiltered = ({ only, without }: DatabaseFilter): boolean => only.length > 0 || without.length > 0;

/** Databases of SQL Server itself: tempdb is told apart, the others are small and move with nobody. */
export const isSystem = (database: string): boolean =>
  ["master", "model", "msdb", "mssqlsystemresource"].includes(database.toLowerCase());

export const isTempdb = (database: string): boolean => database.toLowerCase() === "tempdb";

/**
 * Several instances as one, minute by minute. In a minute of which one alone is known nobody knows what the others
 * did: it meets their peaks, and a note says so. So the sum never asks for less than each of them.
 */
export function together(loads: readonly Load[]): Load {
  const [first, ...others] = loads;
  if (first === undefined) throw new Error("There is no load to put together.");
  return others.reduce<Load>(both, first);
}

function both(a: Load, b: Load): Load {
  const minuteOf = (point: LoadPoint): number => Math.floor(point.at / 60_000);
  const ofB = new Map(b.points.map((point) => [minuteOf(point), point]));
  const minutesOfA = new Set(a.points.map(minuteOf));
  const [peakOfA, peakOfB] = [busiest(a.points), busiest(b.points)];
  const withA = a.points.map((point) =>
    sum(filled(point, peakOfA), filled(ofB.get(minuteOf(point)) ?? peakOfB, peakOfB)),
  );
  const onlyB = b.points
    .filter((point) => !minutesOfA.has(minuteOf(point)))
    .map((point) => sum(filled(point, peakOfB), peakOfA));
  const alone = onlyB.length + a.points.filter((point) => !ofB.has(minuteOf(point))).length;
  const inMemory = (a.inMemoryGib ?? 0) + (b.inMemoryGib ?? 0);
  return {
    server: `${a.server} + ${b.server}`,
    processors: a.processors + b.processors,
    origin: a.origin,
    points: [...withA, ...onlyB].sort((one, other) => one.at - other.at),
    dataGib: a.dataGib + b.dataGib,
    logGib: a.logGib + b.logGib,
    tempdbGib: a.tempdbGib + b.tempdbGib,
    ...(inMemory > 0 && { inMemoryGib: inMemory }),
    ...((a.isShortOfMemory || b.isShortOfMemory) && { isShortOfMemory: true }),
    restarts: a.restarts + b.restarts,
    gaps: a.gaps + b.gaps,
    notes: [
      ...new Set([
        ...a.notes,
        ...b.notes,
        ...(alone > 0
          ? [
              `${a.server} and ${b.server} were not measured at the same time in ${alone} of ${withA.length + onlyB.length} points: there it is assumed that the one meets the peak of the other.`,
            ]
          : []),
      ]),
    ],
  };
}

/** What is not known of the point is that of the peak. */
const filled = (point: LoadPoint, peak: LoadPoint): LoadPoint => ({
  ...peak,
  ...point,
  io: { ...peak.io, ...point.io },
});

const added = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

/** When and how long is of `a`. What is not known of one is not known of the sum. */
function sum(a: LoadPoint, b: LoadPoint): LoadPoint {
  return {
    at: a.at,
    seconds: a.seconds,
    ...known({
      cores: added(a.cores, b.cores),
      memoryGib: added(a.memoryGib, b.memoryGib),
      cachedGib: added(a.cachedGib, b.cachedGib),
      tempdbGib: added(a.tempdbGib, b.tempdbGib),
    }),
    io: sumOfRates(a.io ?? {}, b.io ?? {}),
    ...(a.isRemembered && b.isRemembered && { isRemembered: true }),
    ...((a.hasBackup || b.hasBackup) && { hasBackup: true }),
  };
}

/** Of latencies the shorter one: what is asked of the disks has to suit the more demanding. */
function sumOfRates(a: IoRates, b: IoRates): IoRates {
  const shorter = (x: number | undefined, y: number | undefined): number | undefined =>
    x === undefined || y === undefined ? (x ?? y) : Math.min(x, y);
  const rates = Object.fromEntries(RATES.map((rate) => [rate, added(a[rate], b[rate])])) as Record<
    Rate,
    number | undefined
  >;
  return known({
    ...rates,
    logWriteMs: shorter(a.logWriteMs, b.logWriteMs),
    dataReadMs: shorter(a.dataReadMs, b.dataReadMs),
  });
}

/** A point that has the highest of each, as if they came together; what no point knows is not known. */
function busiest(points: readonly LoadPoint[]): LoadPoint {
  const most = (of: (point: LoadPoint) => number | undefined): number | undefined =>
    points.reduce<number | undefined>((highest, point) => {
      const value = of(point);
      return value === undefined ? highest : Math.max(highest ?? value, value);
    }, undefined);
  const rates = Object.fromEntries(RATES.map((rate) => [rate, most(({ io }) => io?.[rate])])) as Record<
    Rate,
    number | undefined
  >;
  return {
    at: points[0]?.at ?? 0,
    seconds: points[0]?.seconds ?? 0,
    ...known({
      cores: most(({ cores }) => cores),
      memoryGib: most(({ memoryGib }) => memoryGib),
      cachedGib: most(({ cachedGib }) => cachedGib),
      tempdbGib: most(({ tempdbGib }) => tempdbGib),
    }),
    io: known(rates),
  };
}
