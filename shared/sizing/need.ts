// Computes what a load needs of a VM: one number per dimension, with room to spare.
import { known, type Load, type LoadPoint, type Rate } from "./measured/load.ts";
import { percentile, percentileOfTime } from "./measured/percentile.ts";

export interface NeedOptions {
  /** That many per cent of the minutes fit; the rest is slower. */
  readonly percentile: number;
  /** Room above what was measured: 1.2 for 120 %. */
  readonly comfort: number;
  /** Room for the files to grow: 1.3 for 130 %. */
  readonly growth: number;
}

export const USUAL: NeedOptions = { percentile: 95, comfort: 1.2, growth: 1.3 };

/** Comfort and growth are in these numbers. What is absent was not measured: not known, which is not zero. */
export interface Need extends Partial<Readonly<Record<Measured, number>>> {
  readonly dataGib: number;
  readonly logGib: number;
  readonly tempdbGib: number;
  /**
   * Milliseconds for a write to the log as it is today (the median of the busy minutes), without comfort; absent
   * where unknown.
   */
  readonly logWriteMs?: number;
}

/**
 * memoryGib: of the VM, what SQL Server holds today and what the system takes. memoryLeastGib: the same if SQL Server
 * needs no more than the pages that it caches, since what it holds is what it was allowed. iops, mbps: data and log
 * in the same minute, which passes the VM's limit. allIops, allMbps: with tempdb on a disk of its own, too.
 */
export const MEASURED = [
  "cores",
  "memoryGib",
  "memoryLeastGib",
  "dataIops",
  "dataMbps",
  "logIops",
  "logMbps",
  "tempdbIops",
  "tempdbMbps",
  "iops",
  "mbps",
  "allIops",
  "allMbps",
] as const;
export type Measured = (typeof MEASURED)[number];

const WORDS = {
  cores: "cores",
  memoryGib: "memory",
  dataIops: "data IOPS",
  dataMbps: "data MB/s",
  logIops: "log IOPS",
  logMbps: "log MB/s",
  tempdbIops: "tempdb IOPS",
  tempdbMbps: "tempdb MB/s",
} as const;

/** What was not measured, in words. */
export const notKnown = (need: Need): string[] =>
  Object.entries(WORDS).flatMap(([name, word]) => (need[name as keyof typeof WORDS] === undefined ? [word] : []));

/** For Windows and everything that is not SQL Server; assumed. */
export const SYSTEM_GIB = 4;
/** Memory for tables in memory, in multiples of their size (In-Memory OLTP: estimate memory requirements). */
const IN_MEMORY_ROOM = 2;
/** A log that writes less often a second does not mind how long it takes. */
const BUSY_LOG_IOPS = 100;

/**
 * The percentile is of the instance's sum, minute by minute: the databases' peaks seldom meet, and their percentiles
 * do not add.
 */
export function needOf(load: Load, options: NeedOptions = USUAL): Need {
  const { comfort, growth } = options;
  const { points, inMemoryGib = 0 } = load;
  const of = (value: (point: LoadPoint) => number | undefined): number | undefined => {
    const values = points.flatMap((point) => {
      const one = value(point);
      return one === undefined ? [] : [{ value: one, seconds: point.seconds }];
    });
    return values.length === 0 ? undefined : percentileOfTime(values, options.percentile) * comfort;
  };
  const rate = (...rates: readonly Rate[]): number | undefined =>
    of(({ io }) => rates.reduce<number | undefined>((sum, one) => plus(sum, io?.[one]), 0));

  const held = of(({ memoryGib }) => memoryGib);
  const cached = of(({ cachedGib }) => cachedGib) ?? 0;
  const inMemory = inMemoryGib * IN_MEMORY_ROOM;
  const memoryGib = held === undefined ? undefined : Math.max(held, cached, inMemory) + SYSTEM_GIB;
  const least = cached > 0 && load.isShortOfMemory !== true ? Math.max(cached, inMemory) + SYSTEM_GIB : memoryGib;

  const latencies = points.flatMap(({ io }) =>
    io?.logWriteMs !== undefined && (io.logIops ?? 0) >= BUSY_LOG_IOPS ? [io.logWriteMs] : [],
  );
  return {
    ...known({
      cores: of(({ cores }) => cores),
      memoryGib,
      memoryLeastGib: memoryGib === undefined || least === undefined ? undefined : Math.min(least, memoryGib),
      dataIops: rate("dataIops"),
      dataMbps: rate("dataMbps"),
      logIops: rate("logIops"),
      logMbps: rate("logMbps"),
      tempdbIops: rate("tempdbIops"),
      tempdbMbps: rate("tempdbMbps"),
      iops: rate("dataIops", "logIops"),
      mbps: rate("dataMbps", "logMbps"),
      allIops: rate("dataIops", "logIops", "tempdbIops"),
      allMbps: rate("dataMbps", "logMbps", "tempdbMbps"),
      logWriteMs: latencies.length > 0 ? percentile(latencies, 50) : undefined,
    } satisfies Record<Measured | "logWriteMs", number | undefined>),
    dataGib: load.dataGib * growth,
    logGib: load.logGib * growth,
    tempdbGib: Math.max(load.tempdbGib * comfort, of(({ tempdbGib }) => tempdbGib) ?? 0),
  };
}

const plus = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;
