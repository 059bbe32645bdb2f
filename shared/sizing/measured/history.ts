// Turns what the server itself remembers into points of a load.
import { known, type LoadPoint } from "./load.ts";

/** What the server itself remembers. */
export interface History {
  /**
   * Minutes of the ring buffer: per cent of all processors that SQL Server took. Absent on Linux, where it is not
   * told.
   */
  readonly processor?: readonly { readonly at: number; readonly percent: number }[];
  /** Hours of Query Store, over the databases that have it. */
  readonly hours?: readonly {
    readonly at: number;
    readonly cpuMs: number;
    /** Pages of 8 KB. */
    readonly physicalReads: number;
    readonly logicalWrites: number;
  }[];
  /** Hours of log backups, source's wall clock read as UTC; uncompressed bytes. */
  readonly log?: readonly { readonly at: number; readonly bytes: number }[];
}

const PAGE_MB = 8_192 / 1e6;

/** Minutes of the processor, and hours of Query Store and of log backups as one point each. */
export function historyPoints({ processor = [], hours = [], log = [] }: History, processors: number): LoadPoint[] {
  const logAt = new Map(log.map(({ at, bytes }) => [at, bytes / 3_600 / 1e6]));
  const taken = new Set<number>();
  const ofHours = hours.map(({ at, cpuMs, physicalReads, logicalWrites }): LoadPoint => {
    taken.add(at);
    const pages = (physicalReads + logicalWrites) / 3_600;
    return {
      at,
      seconds: 3_600,
      isRemembered: true,
      cores: cpuMs / 3_600_000,
      io: known({ dataIops: pages, dataMbps: pages * PAGE_MB, logMbps: logAt.get(at) }),
    };
  });
  const ofLog = [...logAt]
    .filter(([at]) => !taken.has(at))
    .map(([at, logMbps]): LoadPoint => ({ at, seconds: 3_600, isRemembered: true, io: { logMbps } }));
  const ofMinutes = processorPoints({ processor }, processors);
  return [...ofHours, ...ofMinutes, ...ofLog].sort((a, b) => a.at - b.at);
}

export const processorPoints = ({ processor = [] }: History, processors: number): LoadPoint[] =>
  processor.map(({ at, percent }) => ({ at, seconds: 60, isRemembered: true, cores: (percent / 100) * processors }));

/** So many minutes of an hour have to be known before it counts as one. */
const LEAST_MINUTES = 30;

/** The busiest hour that Query Store or the ring buffer knows. */
export function knownPeak({ processor = [], hours = [] }: History, processors: number): number | undefined {
  const byHour = new Map<number, number[]>();
  for (const { at, percent } of processor) {
    const key = Math.floor(at / 3_600_000);
    byHour.set(key, [...(byHour.get(key) ?? []), (percent / 100) * processors]);
  }
  const peaks = [
    ...hours.map(({ cpuMs }) => cpuMs / 3_600_000),
    ...[...byHour.values()]
      .filter(({ length }) => length >= LEAST_MINUTES)
      .map((values) => values.reduce((sum, one) => sum + one, 0) / values.length),
  ];
  return peaks.length > 0 ? Math.max(...peaks) : undefined;
}
