// What did one instance do, point by point? The common form of our own samples, official counters, and history.

/** A minute, or what one point of a coarser measurement stands for. Rates are of the whole instance: sums over its files. */
export interface LoadPoint {
  /** Begin, milliseconds since 1970, UTC or whatever clock the source wrote; points of one load share it. */
  readonly at: number;
  readonly seconds: number;
  /** Processors kept busy by SQL Server. */
  readonly cores: number;
  /** Absent where only the processor is known, as in some history. */
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
export interface IoRates {
  readonly dataIops: number;
  readonly dataMbps: number;
  readonly logIops: number;
  readonly logMbps: number;
  readonly tempdbIops: number;
  readonly tempdbMbps: number;
  /** Milliseconds for one write to a log; absent where there were none. */
  readonly logWriteMs?: number;
  readonly dataReadMs?: number;
}

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
 * Several instances as one: minute by minute where they were measured at the same time. Where they were not, nobody knows whether
 * their peaks meet: the note says so, and each minute of one meets the busiest of the others.
 */
export function together(loads: readonly Load[]): Load {
  const [first, ...others] = loads;
  if (first === undefined) throw new Error("There is no load to put together.");
  return others.reduce<Load>(both, first);
}

function both(a: Load, b: Load): Load {
  const minuteOf = (point: LoadPoint): number => Math.floor(point.at / 60_000);
  const ofB = new Map(b.points.map((point) => [minuteOf(point), point]));
  const shared = a.points.flatMap((point) => {
    const other = ofB.get(minuteOf(point));
    return other ? [sum(point, other)] : [];
  });
  const meet = shared.length > 0 && shared.length >= Math.min(a.points.length, b.points.length) / 2;
  const [peakOfA, peakOfB] = [busiest(a.points), busiest(b.points)];
  const inMemory = (a.inMemoryGib ?? 0) + (b.inMemoryGib ?? 0);
  return {
    server: `${a.server} + ${b.server}`,
    processors: a.processors + b.processors,
    origin: a.origin,
    points: meet
      ? shared
      : [
          ...(peakOfB ? a.points.map((point) => sum(point, peakOfB)) : a.points),
          ...(peakOfA ? b.points.map((point) => sum(point, peakOfA)) : b.points),
        ],
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
        ...(meet
          ? []
          : [`${a.server} and ${b.server} were not measured at the same time: it is assumed that their peaks meet.`]),
      ]),
    ],
  };
}

function sum(a: LoadPoint, b: LoadPoint): LoadPoint {
  const added = (x: number | undefined, y: number | undefined): number | undefined =>
    x === undefined && y === undefined ? undefined : (x ?? 0) + (y ?? 0);
  const io = a.io && b.io ? sumOfRates(a.io, b.io) : (a.io ?? b.io);
  const memoryGib = added(a.memoryGib, b.memoryGib);
  const cachedGib = added(a.cachedGib, b.cachedGib);
  const tempdbGib = added(a.tempdbGib, b.tempdbGib);
  return {
    at: a.at,
    seconds: a.seconds,
    cores: a.cores + b.cores,
    ...(io && { io }),
    ...(memoryGib !== undefined && { memoryGib }),
    ...(cachedGib !== undefined && { cachedGib }),
    ...(tempdbGib !== undefined && { tempdbGib }),
    ...(a.isRemembered && b.isRemembered && { isRemembered: true }),
    ...((a.hasBackup || b.hasBackup) && { hasBackup: true }),
  };
}

/** Of latencies the shorter one: what is asked of the disks has to suit the more demanding. */
function sumOfRates(a: IoRates, b: IoRates): IoRates {
  const shorter = (x: number | undefined, y: number | undefined): number | undefined =>
    x === undefined || y === undefined ? (x ?? y) : Math.min(x, y);
  const logWriteMs = shorter(a.logWriteMs, b.logWriteMs);
  const dataReadMs = shorter(a.dataReadMs, b.dataReadMs);
  return {
    dataIops: a.dataIops + b.dataIops,
    dataMbps: a.dataMbps + b.dataMbps,
    logIops: a.logIops + b.logIops,
    logMbps: a.logMbps + b.logMbps,
    tempdbIops: a.tempdbIops + b.tempdbIops,
    tempdbMbps: a.tempdbMbps + b.tempdbMbps,
    ...(logWriteMs !== undefined && { logWriteMs }),
    ...(dataReadMs !== undefined && { dataReadMs }),
  };
}

/** A point that has the highest of each, as if they came together; undefined without points. */
function busiest(points: readonly LoadPoint[]): LoadPoint | undefined {
  const [first] = points;
  if (first === undefined) return undefined;
  const most = (of: (point: LoadPoint) => number | undefined): number =>
    points.reduce((highest, point) => Math.max(highest, of(point) ?? 0), 0);
  return {
    at: first.at,
    seconds: first.seconds,
    cores: most(({ cores }) => cores),
    memoryGib: most(({ memoryGib }) => memoryGib),
    cachedGib: most(({ cachedGib }) => cachedGib),
    tempdbGib: most(({ tempdbGib }) => tempdbGib),
    io: {
      dataIops: most(({ io }) => io?.dataIops),
      dataMbps: most(({ io }) => io?.dataMbps),
      logIops: most(({ io }) => io?.logIops),
      logMbps: most(({ io }) => io?.logMbps),
      tempdbIops: most(({ io }) => io?.tempdbIops),
      tempdbMbps: most(({ io }) => io?.tempdbMbps),
    },
  };
}
