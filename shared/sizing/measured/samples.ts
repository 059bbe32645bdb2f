// Sums samples and history up to a load: minutes of the instance's sums, in whatever order they come.

import { SizingError } from "../sizingError.ts";
import type { DatabaseFilter, Load, LoadPoint } from "./load.ts";
import { isChosen, isFiltered, isSystem, known } from "./load.ts";
import type { DatabaseSample, Io, Sample, SourceFile } from "./reading.ts";

/** What is known of the instance besides its samples. */
interface SampledInstance {
  /** "SRC01\PROD". */
  readonly server: string;
  readonly productVersion?: string;
  readonly edition?: string;
  readonly processors: number;
  readonly files: readonly SourceFile[];
  readonly inMemoryGib?: number;
}

/** What the server itself remembers. */
export interface History {
  /** Minutes of the ring buffer: per cent of all processors that SQL Server took. Absent on Linux, where it is not told. */
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

/** Sums up samples as they are read; nothing of them is kept but a few numbers for each minute. */
export class Minutes {
  private readonly minutes = new Map<number, Minute>();
  private readonly seen = new Set<number>();
  private shortOfMemory = 0;
  private readonly filter: DatabaseFilter;
  /** By the end of the sample: of the databases that are asked for; where none are named, of those that are left out. */
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

  /** Where databases are chosen these come before the samples. Looked at are those that are asked for, or else those that are left out. */
  addDatabases({ at, databases }: DatabaseSample): void {
    if (!isFiltered(this.filter)) return;
    const sum = { data: [0, 0, 0, 0], log: [0, 0, 0, 0] };
    for (const [name, { data, log }] of Object.entries(databases)) {
      if (isByName(this.filter) ? isSystem(name) || !isChosen(this.filter, name) : isChosen(this.filter, name))
        continue;
      for (let index = 0; index < 4; index++) {
        sum.data[index] = (sum.data[index] ?? 0) + (data[index] ?? 0);
        sum.log[index] = (sum.log[index] ?? 0) + (log[index] ?? 0);
      }
    }
    this.told.set(at, {
      dataIops: (sum.data[0] ?? 0) + (sum.data[1] ?? 0),
      dataMbps: (sum.data[2] ?? 0) + (sum.data[3] ?? 0),
      logIops: (sum.log[0] ?? 0) + (sum.log[1] ?? 0),
      logMbps: (sum.log[2] ?? 0) + (sum.log[3] ?? 0),
    });
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
    this.io.dataIops += rates.dataIops * seconds;
    this.io.dataMbps += rates.dataMbps * seconds;
    this.io.logIops += rates.logIops * seconds;
    this.io.logMbps += rates.logMbps * seconds;
    this.io.tempdbIops += iops(tempdb) * seconds;
    this.io.tempdbMbps += mbps(tempdb) * seconds;
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

export interface Collected {
  readonly instance: SampledInstance;
  readonly minutes: Minutes;
  readonly filter: DatabaseFilter;
  readonly history: History;
  readonly restarts: number;
  readonly gaps: number;
  /** By database: processor time and cached MB, sums of the hourly looks; empty where nobody looked. */
  readonly cpuOf: ReadonlyMap<string, number>;
  readonly cacheOf: ReadonlyMap<string, number>;
}

const DAY_OF_MINUTES = 24 * 60;

/** From samples, below a day with the processor's minutes before them; from history alone where there are none yet. Throws a SizingError where there is neither. */
export function loadOfSamples({ instance, minutes, filter, history, ...more }: Collected): Load {
  const { server, productVersion, edition, processors, files, inMemoryGib } = instance;
  const chosenFiles = files.filter(({ database }) => !isSystem(database) && isChosen(filter, database));
  if (isFiltered(filter) && !chosenFiles.some(({ databaseId }) => databaseId !== 2))
    throw new SizingError(
      `None of the databases that are asked for is on ${server}. There are: ${namesOf(files).join(", ")}.`,
    );
  const gib = (of: (file: SourceFile) => boolean): number =>
    chosenFiles.filter((file) => file.databaseId !== 2 && of(file)).reduce((sum, file) => sum + file.gib, 0);
  const cpuShare = shareOf(more.cpuOf, filter);
  const cacheShare = shareOf(more.cacheOf, filter);
  const measured = minutes.points(cpuShare ?? 1, cacheShare ?? 1);
  const first = measured[0]?.at;
  const remembered =
    first === undefined
      ? historyPoints(history, processors)
      : measured.length < DAY_OF_MINUTES
        ? processorPoints(history, processors).filter(({ at }) => at < first)
        : [];
  if (minutes.samples === 0 && minutes.samplesUntold > 0)
    throw new SizingError(
      `Of ${server} nothing was measured by database: the files databases-*.ndjson(.gz) of "ferry collect" are not there or have no line of the same time. Copy them beside samples-*, or leave --database and --exclude out.`,
    );
  if (measured.length + remembered.length === 0)
    throw new SizingError(
      `There is no sample of ${server} yet, and no history: a sample takes two looks. Wait for one interval of "ferry collect".`,
    );
  const peak = knownPeak(history, processors);
  const backups = measured.filter(({ hasBackup }) => hasBackup).length;
  return {
    server,
    ...(productVersion !== undefined && { productVersion }),
    ...(edition !== undefined && { edition }),
    processors,
    origin: measured.length > 0 ? "samples" : "history",
    points: [...remembered, ...measured],
    dataGib: gib(({ isLog }) => !isLog),
    logGib: gib(({ isLog }) => isLog),
    tempdbGib: files.filter(({ databaseId }) => databaseId === 2).reduce((sum, file) => sum + file.gib, 0),
    ...(inMemoryGib !== undefined && { inMemoryGib }),
    ...(minutes.isShortOfMemory && { isShortOfMemory: true }),
    restarts: more.restarts,
    gaps: more.gaps,
    ...(peak !== undefined && !isFiltered(filter) && { knownPeakCores: peak }),
    notes: [
      ...(isFiltered(filter) && cpuShare === undefined
        ? ["The processor is not told by database yet: that of the whole instance counts."]
        : []),
      ...(minutes.samplesUntold > 0
        ? [`${minutes.samplesUntold} samples are left out: nothing is told by database of their time.`]
        : []),
      ...(backups > 0
        ? [
            `In ${backups} of ${measured.length} minutes a backup or a restore ran: its reads and writes are in the need.`,
          ]
        : []),
      ...(minutes.isShortOfMemory
        ? ["Memory is short at the source: a larger VM may need more than what is held today."]
        : []),
      ...(measured.length === 0
        ? [
            "Only processor, log backups, and pages that Query Store noted are known of the past: memory and most of the disks' load are not in the need.",
          ]
        : []),
      ...(more.restarts > 0
        ? [`The instance restarted or failed over ${more.restarts} times while it was measured.`]
        : []),
    ],
  };
}

const namesOf = (files: readonly SourceFile[]): string[] =>
  [...new Set(files.map(({ database }) => database))].filter((name) => !isSystem(name)).sort();

/** Undefined where nothing is told by database. */
function shareOf(by: ReadonlyMap<string, number>, filter: DatabaseFilter): number | undefined {
  if (!isFiltered(filter)) return 1;
  let [chosen, all] = [0, 0];
  for (const [name, value] of by) {
    all += value;
    if (isChosen(filter, name)) chosen += value;
  }
  return all > 0 ? chosen / all : undefined;
}

const PAGE_MB = 8_192 / 1e6;

/** Minutes of the processor, and hours of Query Store and of log backups as one point each. */
function historyPoints({ processor = [], hours = [], log = [] }: History, processors: number): LoadPoint[] {
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

const processorPoints = ({ processor = [] }: History, processors: number): LoadPoint[] =>
  processor.map(({ at, percent }) => ({ at, seconds: 60, isRemembered: true, cores: (percent / 100) * processors }));

/** So many minutes of an hour have to be known before it counts as one. */
const LEAST_MINUTES = 30;

/** The busiest hour that Query Store or the ring buffer knows. */
function knownPeak({ processor = [], hours = [] }: History, processors: number): number | undefined {
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
