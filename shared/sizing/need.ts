// What does a load ask of a VM? One number per dimension, with room to spare.
import type { IoRates, Load, LoadPoint } from "./load.ts";
import { percentile } from "./percentile.ts";

export interface NeedOptions {
  /** That many per cent of the minutes fit; the rest is slower. */
  readonly percentile: number;
  /** Room above what was measured: 1.2 for 120 %. */
  readonly comfort: number;
  /** Room for the files to grow: 1.3 for 130 %. */
  readonly growth: number;
}

export const USUAL: NeedOptions = { percentile: 95, comfort: 1.2, growth: 1.3 };

/** Comfort and growth are in these numbers. */
export interface Need {
  readonly cores: number;
  /** Of the VM: what SQL Server holds today, and what the system takes. */
  readonly memoryGib: number;
  /** Of the VM, if SQL Server needs no more than the pages that it caches: what it holds is what it was allowed. */
  readonly memoryLeastGib: number;
  readonly dataIops: number;
  readonly dataMbps: number;
  readonly logIops: number;
  readonly logMbps: number;
  readonly tempdbIops: number;
  readonly tempdbMbps: number;
  /** Data and log in the same minute: what passes the VM's limit. */
  readonly iops: number;
  readonly mbps: number;
  /** With tempdb on a disk of its own, too. */
  readonly allIops: number;
  readonly allMbps: number;
  readonly dataGib: number;
  readonly logGib: number;
  readonly tempdbGib: number;
  /** Milliseconds for a write to the log as it is today (the median of the busy minutes), without comfort; absent where unknown. */
  readonly logWriteMs?: number;
}

/** For Windows and everything that is not SQL Server; assumed. */
export const SYSTEM_GIB = 4;
/** Memory for tables in memory, in multiples of their size (In-Memory OLTP: estimate memory requirements). */
const IN_MEMORY_ROOM = 2;
/** A log that writes less often a second does not mind how long it takes. */
const BUSY_LOG_IOPS = 100;

/** The percentile is of the instance's sum, minute by minute: the databases' peaks seldom meet, and their percentiles do not add. */
export function needOf(load: Load, options: NeedOptions = USUAL): Need {
  const { comfort, growth } = options;
  const { points, inMemoryGib = 0 } = load;
  const of = (value: (point: LoadPoint) => number | undefined): number =>
    percentile(
      points.flatMap((point) => value(point) ?? []),
      options.percentile,
    ) * comfort;
  const rate = (value: (io: IoRates) => number): number => of(({ io }) => io && value(io));

  const held = of(({ memoryGib }) => memoryGib);
  const cached = of(({ cachedGib }) => cachedGib);
  const inMemory = inMemoryGib * IN_MEMORY_ROOM;
  const memoryGib = Math.max(held, cached, inMemory) + SYSTEM_GIB;
  const least = cached > 0 && load.isShortOfMemory !== true ? Math.max(cached, inMemory) + SYSTEM_GIB : memoryGib;

  const latencies = points.flatMap(({ io }) =>
    io?.logWriteMs !== undefined && io.logIops >= BUSY_LOG_IOPS ? [io.logWriteMs] : [],
  );
  return {
    cores: of(({ cores }) => cores),
    memoryGib,
    memoryLeastGib: Math.min(least, memoryGib),
    dataIops: rate(({ dataIops }) => dataIops),
    dataMbps: rate(({ dataMbps }) => dataMbps),
    logIops: rate(({ logIops }) => logIops),
    logMbps: rate(({ logMbps }) => logMbps),
    tempdbIops: rate(({ tempdbIops }) => tempdbIops),
    tempdbMbps: rate(({ tempdbMbps }) => tempdbMbps),
    iops: rate(({ dataIops, logIops }) => dataIops + logIops),
    mbps: rate(({ dataMbps, logMbps }) => dataMbps + logMbps),
    allIops: rate(({ dataIops, logIops, tempdbIops }) => dataIops + logIops + tempdbIops),
    allMbps: rate(({ dataMbps, logMbps, tempdbMbps }) => dataMbps + logMbps + tempdbMbps),
    dataGib: load.dataGib * growth,
    logGib: load.logGib * growth,
    tempdbGib: Math.max(load.tempdbGib, percentileOfTempdb(points, options)) * comfort,
    ...(latencies.length > 0 && { logWriteMs: percentile(latencies, 50) }),
  };
}

const percentileOfTempdb = (points: readonly LoadPoint[], options: NeedOptions): number =>
  percentile(
    points.flatMap(({ tempdbGib }) => tempdbGib ?? []),
    options.percentile,
  );
