// Compares two readings of a source's counters: the deltas, or the reason why there are none.

/** One look at an instance. Counters are since the start of the instance, as in the DMVs. */
export interface Reading {
  /** The source's clock, milliseconds since 1970 UTC. */
  readonly at: number;
  /** As the server calls itself, and as its backups name it: "SRC01\PROD". */
  readonly server: string;
  /** sqlserver_start_time, as text: another one is another life of the counters. */
  readonly startedAt: string;
  /** Computer that the instance runs on: another one after a failover. */
  readonly node: string;
  readonly processors: number;
  /** process_kernel_time_ms + process_user_time_ms. */
  readonly processCpuMs: number;
  readonly memoryKb: number;
  /** process_physical_memory_low: Windows asks for memory back. */
  readonly isMemoryLow: boolean;
  readonly cachedKb: number;
  readonly grantsPending: number;
  readonly pageLifeSeconds: number;
  readonly pageReads: number;
  readonly batches: number;
  readonly tempdbKb: number;
  /** Backups and restores that run now. */
  readonly backups: number;
  readonly files: readonly FileCounters[];
  /** Processor time of our own session, for what the measuring costs. */
  readonly sessionCpuMs: number;
}

/** A row of sys.dm_io_virtual_file_stats. */
interface FileCounters {
  readonly databaseId: number;
  readonly fileId: number;
  readonly reads: number;
  readonly bytesRead: number;
  readonly readStallMs: number;
  readonly writes: number;
  readonly bytesWritten: number;
  readonly writeStallMs: number;
}

/** A row of sys.master_files. */
export interface SourceFile {
  readonly databaseId: number;
  readonly fileId: number;
  readonly database: string;
  readonly isLog: boolean;
  readonly gib: number;
}

/** Per second; MB of 10^6 bytes; milliseconds for one, null where there were none. */
export interface Io {
  readonly reads: number;
  readonly writes: number;
  readonly readMbps: number;
  readonly writeMbps: number;
  readonly readMs: number | null;
  readonly writeMs: number | null;
}

/** What an instance did between two readings. */
export interface Sample {
  /** End, milliseconds since 1970 UTC. */
  readonly at: number;
  readonly seconds: number;
  readonly cores: number;
  readonly memoryGib: number;
  readonly cachedGib: number;
  readonly tempdbGib: number;
  readonly batchesPerSecond: number;
  readonly data: Io;
  readonly log: Io;
  readonly tempdb: Io;
  /** Queries wait for memory, Windows asks for it back, or pages leave the cache within minutes and are read again. */
  readonly isShortOfMemory?: true;
  readonly hasBackup?: true;
}

/** Of one sample, each database that did anything: data and log as reads, writes, MB read, MB written a second. */
export interface DatabaseSample {
  readonly at: number;
  readonly databases: Readonly<Record<string, { readonly data: Rates; readonly log: Rates }>>;
}

type Rates = readonly [reads: number, writes: number, readMbps: number, writeMbps: number];

/** Why two readings are no sample. */
type Lost = "restarted" | "failed over" | "interrupted" | "clock set back" | "counters reset";

export type Between =
  | { readonly lost: Lost }
  | { readonly lost?: never; readonly sample: Sample; readonly databases: DatabaseSample };

const KB_PER_GIB = 2 ** 20;
/** Pages that leave the cache after less than this, while more than so many a second are read: memory is short. */
const SHORT_PAGE_LIFE_SECONDS = 300;
const MANY_PAGE_READS = 100;
/** What is longer than so many intervals is an interruption: its mean would hide the peaks. */
const LONGEST_INTERVALS = 2;

/** `everySeconds` is the wished distance. Files that are new or gone in between count from nothing or not at all. */
export function between(before: Reading, after: Reading, files: readonly SourceFile[], everySeconds: number): Between {
  if (before.node !== after.node) return { lost: "failed over" };
  if (before.startedAt !== after.startedAt) return { lost: "restarted" };
  const seconds = (after.at - before.at) / 1000;
  if (seconds <= 0) return { lost: "clock set back" };
  if (seconds > everySeconds * LONGEST_INTERVALS) return { lost: "interrupted" };
  if (after.processCpuMs < before.processCpuMs) return { lost: "counters reset" };

  const known = new Map(files.map((file) => [`${file.databaseId}.${file.fileId}`, file]));
  const earlier = new Map(before.files.map((file) => [`${file.databaseId}.${file.fileId}`, file]));
  const totals = { data: new Total(), log: new Total(), tempdb: new Total() };
  const databases = new Map<string, { data: Total; log: Total }>();
  for (const file of after.files) {
    const key = `${file.databaseId}.${file.fileId}`;
    const about = known.get(key);
    const from = earlier.get(key);
    if (!about || !from || file.reads < from.reads || file.writes < from.writes) continue;
    const isTempdb = file.databaseId === TEMPDB_ID;
    (isTempdb ? totals.tempdb : about.isLog ? totals.log : totals.data).add(from, file);
    if (isTempdb || (file.reads === from.reads && file.writes === from.writes)) continue;
    const own = databases.get(about.database) ?? { data: new Total(), log: new Total() };
    databases.set(about.database, own);
    own[about.isLog ? "log" : "data"].add(from, file);
  }
  const pageReads = Math.max(0, after.pageReads - before.pageReads) / seconds;
  const isShort =
    after.grantsPending > 0 ||
    after.isMemoryLow ||
    (after.pageLifeSeconds < SHORT_PAGE_LIFE_SECONDS && pageReads > MANY_PAGE_READS);
  return {
    sample: {
      at: after.at,
      seconds: rounded(seconds),
      cores: rounded((after.processCpuMs - before.processCpuMs) / (seconds * 1000)),
      memoryGib: rounded(after.memoryKb / KB_PER_GIB),
      cachedGib: rounded(after.cachedKb / KB_PER_GIB),
      tempdbGib: rounded(after.tempdbKb / KB_PER_GIB),
      batchesPerSecond: rounded(Math.max(0, after.batches - before.batches) / seconds),
      data: totals.data.io(seconds),
      log: totals.log.io(seconds),
      tempdb: totals.tempdb.io(seconds),
      ...(isShort && { isShortOfMemory: true }),
      ...((before.backups > 0 || after.backups > 0) && { hasBackup: true }),
    },
    databases: {
      at: after.at,
      databases: Object.fromEntries(
        [...databases].map(([name, { data, log }]) => [name, { data: data.rates(seconds), log: log.rates(seconds) }]),
      ),
    },
  };
}

/** tempdb has this id on every instance. */
const TEMPDB_ID = 2;

/** Sums of differences over files. */
class Total {
  private reads = 0;
  private writes = 0;
  private bytesRead = 0;
  private bytesWritten = 0;
  private readStallMs = 0;
  private writeStallMs = 0;

  add(from: FileCounters, to: FileCounters): void {
    this.reads += to.reads - from.reads;
    this.writes += to.writes - from.writes;
    this.bytesRead += to.bytesRead - from.bytesRead;
    this.bytesWritten += to.bytesWritten - from.bytesWritten;
    this.readStallMs += to.readStallMs - from.readStallMs;
    this.writeStallMs += to.writeStallMs - from.writeStallMs;
  }

  io(seconds: number): Io {
    const [reads, writes, readMbps, writeMbps] = this.rates(seconds);
    return {
      reads,
      writes,
      readMbps,
      writeMbps,
      readMs: this.reads > 0 ? rounded(this.readStallMs / this.reads) : null,
      writeMs: this.writes > 0 ? rounded(this.writeStallMs / this.writes) : null,
    };
  }

  rates(seconds: number): Rates {
    return [
      rounded(this.reads / seconds),
      rounded(this.writes / seconds),
      rounded(this.bytesRead / seconds / 1e6),
      rounded(this.bytesWritten / seconds / 1e6),
    ];
  }
}

/** Four digits after the point, so that lines stay short. */
const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
