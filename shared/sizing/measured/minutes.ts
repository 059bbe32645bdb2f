// Sums samples up to minutes of the instance's sums, in whatever order they come.
import { type DatabaseFilter, isChosen, isFiltered, isSystem, type LoadPoint, RATES } from "./load.ts";
import type { DatabaseSample, Io, Sample } from "./reading.ts";

/** Sums up samples as they are read; nothing of them is kept but a few numbers for each minute. */
export class Minutes {
  private readonly minutes = new Map<number, Minute>();
  private readonly seen = new Set<number>();
  private shortOfMemory = 0;
  private readonly filter: DatabaseFilter;
  /**
   * By the end of the sample: of the databases that are asked for; where none are named, of those that are left out.
   */
  private readonly told = new Map<number, ChosenRates>();
  private readonly untold = new Set<number>();

  constructor(filter: DatabaseFilter) {
    this.filter = filter;
  }

  /** A sample that was seen before is left out: files are compressed, and a crash in between leaves lines twice. */
  add(sample: Sample): void {
    if (this.seen.has(sample.at)) return;
    const rates = isFiltered(this.filter) ? this.ratesOf(sample) : allRates(sample);
    if (rates === undefined) {
      this.untold.add(sample.at);
      return;
    }
    this.seen.add(sample.at);
    if (sample.isShortOfMemory) this.shortOfMemory += 1;
    const key = Math.floor((sample.at - sample.seconds * 500) / 60_000);
    let minute = this.minutes.get(key);
    if (!minute) {
      minute = new Minute();
      this.minutes.set(key, minute);
    }
    minute.add(sample, rates);
  }

  /** Undefined where nothing is told by database: a crash between two lines, or files that are missing. */
  private ratesOf(sample: Sample): ChosenRates | undefined {
    const told = this.told.get(sample.at);
    if (told === undefined || isByName(this.filter)) return told;
    const all = allRates(sample);
    const rest = (rate: keyof ChosenRates): number => Math.max(0, all[rate] - told[rate]);
    return {
      dataIops: rest("dataIops"),
      dataMbps: rest("dataMbps"),
      logIops: rest("logIops"),
      logMbps: rest("logMbps"),
    };
  }

  /**
   * Where databases are chosen these come before the samples. Looked at are those that are asked for, or else those
   * that are left out.
   */
  addDatabases({ at, databases }: DatabaseSample): void {
    if (!isFiltered(this.filter)) return;
    const sum = { dataIops: 0, dataMbps: 0, logIops: 0, logMbps: 0 };
    for (const [name, { data, log }] of Object.entries(databases)) {
      const isLookedAt = isByName(this.filter)
        ? !isSystem(name) && isChosen(this.filter, name)
        : !isChosen(this.filter, name);
      if (!isLookedAt) continue;
      sum.dataIops += data[0] + data[1];
      sum.dataMbps += data[2] + data[3];
      sum.logIops += log[0] + log[1];
      sum.logMbps += log[2] + log[3];
    }
    this.told.set(at, sum);
  }

  get samples(): number {
    return this.seen.size;
  }

  /** Samples that are left out, since nothing is told by database of their time. */
  get samplesUntold(): number {
    return this.untold.size;
  }

  /** More than one sample in twenty. */
  get isShortOfMemory(): boolean {
    return this.shortOfMemory * 20 > this.seen.size;
  }

  points(cpuShare: number, cacheShare: number): LoadPoint[] {
    return [...this.minutes]
      .sort(([a], [b]) => a - b)
      .map(([key, minute]) => minute.point(key * 60_000, cpuShare, cacheShare));
  }
}

type ChosenRates = Readonly<Record<"dataIops" | "dataMbps" | "logIops" | "logMbps", number>>;

/** Some are asked for, and the rest is left out; else all but some. */
const isByName = ({ only }: DatabaseFilter): boolean => only.length > 0;

const allRates = ({ data, log }: Sample): ChosenRates => ({
  dataIops: iops(data),
  dataMbps: mbps(data),
  logIops: iops(log),
  logMbps: mbps(log),
});

/** Rates are means by time; of what fills up, the highest counts. */
class Minute {
  private seconds = 0;
  private coreSeconds = 0;
  private readonly io = { dataIops: 0, dataMbps: 0, logIops: 0, logMbps: 0, tempdbIops: 0, tempdbMbps: 0 };
  private memoryGib = 0;
  private cachedGib = 0;
  private tempdbGib = 0;
  private logWrites = 0;
  private logWriteMs = 0;
  private dataReads = 0;
  private dataReadMs = 0;
  private hasBackup = false;

  add(sample: Sample, rates: ChosenRates): void {
    const { seconds, data, log, tempdb } = sample;
    this.seconds += seconds;
    this.coreSeconds += sample.cores * seconds;
    const all = { ...rates, tempdbIops: iops(tempdb), tempdbMbps: mbps(tempdb) };
    for (const rate of RATES) this.io[rate] += all[rate] * seconds;
    this.memoryGib = Math.max(this.memoryGib, sample.memoryGib);
    this.cachedGib = Math.max(this.cachedGib, sample.cachedGib);
    this.tempdbGib = Math.max(this.tempdbGib, sample.tempdbGib);
    this.logWrites += log.writes * seconds;
    this.logWriteMs += log.writes * seconds * (log.writeMs ?? 0);
    this.dataReads += data.reads * seconds;
    this.dataReadMs += data.reads * seconds * (data.readMs ?? 0);
    this.hasBackup ||= sample.hasBackup === true;
  }

  point(at: number, cpuShare: number, cacheShare: number): LoadPoint {
    const seconds = this.seconds;
    const io = this.io;
    return {
      at,
      seconds,
      cores: (this.coreSeconds / seconds) * cpuShare,
      memoryGib: this.memoryGib * cacheShare,
      cachedGib: this.cachedGib * cacheShare,
      tempdbGib: this.tempdbGib,
      io: {
        dataIops: io.dataIops / seconds,
        dataMbps: io.dataMbps / seconds,
        logIops: io.logIops / seconds,
        logMbps: io.logMbps / seconds,
        tempdbIops: io.tempdbIops / seconds,
        tempdbMbps: io.tempdbMbps / seconds,
        ...(this.logWrites > 0 && { logWriteMs: this.logWriteMs / this.logWrites }),
        ...(this.dataReads > 0 && { dataReadMs: this.dataReadMs / this.dataReads }),
      },
      ...(this.hasBackup && { hasBackup: true }),
    };
  }
}

const iops = ({ reads, writes }: Io): number => reads + writes;
const mbps = ({ readMbps, writeMbps }: Io): number => readMbps + writeMbps;
