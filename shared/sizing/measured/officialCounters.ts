// Reads the official collector's counters: az datamigration performance-data-collection, three CSV files per instance.

import { SizingError } from "../sizingError.ts";
import { type CsvTable, csvTable, Decimals } from "./csv.ts";
import {
  ALL_DATABASES,
  type DatabaseFilter,
  isChosen,
  isFiltered,
  isSystem,
  isTempdb,
  known,
  type Load,
  type LoadPoint,
} from "./load.ts";
import { deviationsAt, percentile as percentileOf } from "./percentile.ts";

/** Their texts, with the names of the files for messages. */
export interface OfficialFiles {
  readonly instance: { readonly name: string; readonly text: string };
  readonly files: { readonly name: string; readonly text: string };
  readonly counters: { readonly name: string; readonly text: string };
}

export interface OfficialOptions {
  readonly percentile: number;
  readonly filter?: DatabaseFilter;
  /** Seconds between two samples (the collector's perf-query-interval); absent: told by the windows, else 30. */
  readonly intervalSeconds?: number;
}

const USUAL_INTERVAL_SECONDS = 30;
const MB = 2 ** 20 / 1e6;
const AGGREGATORS = ["Mean", "Occurence", "Variance", "Max"];

/**
 * A load with a point per window. In a window means and variances add over files, and its value is mean + z sigma
 * (1.645 for 95 %), never more than the sum of the maxima. File counters are totals per sample, and no file says how
 * long a sample is. Throws a SizingError that names the file and what is wrong with it.
 */
export function loadOfOfficial(files: OfficialFiles, options: OfficialOptions): Load {
  const { percentile, filter = ALL_DATABASES } = options;
  const decimals = new Decimals();
  const instance = csvTable(files.instance.name, files.instance.text, INSTANCE_COLUMNS);
  const database = csvTable(files.files.name, files.files.text, FILE_COLUMNS);
  const counters = csvTable(files.counters.name, files.counters.text, COUNTER_COLUMNS, isSplitDecimal);
  const about = instance.rows.at(-1);
  if (!about)
    throw new SizingError(`${instance.name} has no row: the collection was stopped before its first cycle ended.`);
  if (counters.rows.length === 0)
    throw new SizingError(
      `${counters.name} has no counters: the collector writes them at the end of a whole cycle (ten minutes by default). Let it run that long.`,
    );
  const processors = decimals.read(instance.name, "LogicalCpuCount", about["LogicalCpuCount"]);
  if (!(processors > 0))
    throw new SizingError(
      `${instance.name}: LogicalCpuCount is "${about["LogicalCpuCount"]}". Expected: the number of processors.`,
    );

  const windows = windowsOf(counters, decimals);
  const interval = options.intervalSeconds ?? intervalOf(windows) ?? USUAL_INTERVAL_SECONDS;
  const points = [...windows.values()]
    .map((window): LoadPoint => pointOf(window, { processors, interval, percentile, filter }))
    .sort((a, b) => a.at - b.at);

  const sizes = new Map<string, { readonly isLog: boolean; readonly mb: number }>();
  for (const row of database.rows) {
    const { DatabaseName: name = "" } = row;
    if (isSystem(name) || isTempdb(name) || !isChosen(filter, name)) continue;
    const mb = decimals.read(database.name, "SizeMB", row["SizeMB"]);
    // the newest row of a file counts
    sizes.set(`${name}|${row["PhysicalFullName"]}`, { isLog: isLog(row["FileType"]), mb });
  }
  const gibOf = (wanted: boolean): number =>
    [...sizes.values()].reduce((sum, { isLog: is, mb }) => (is === wanted ? sum + mb : sum), 0) / 1024;
  if (isFiltered(filter) && sizes.size === 0)
    throw new SizingError(
      `None of the databases that are asked for is in ${database.name}. There are: ${databasesIn(database).join(", ")}.`,
    );
  const told = options.intervalSeconds === undefined && intervalOf(windows) === undefined;
  return {
    server: about["ServerName"] ?? "",
    ...(about["ProductVersion"] && { productVersion: about["ProductVersion"] }),
    ...(about["Edition"] && { edition: about["Edition"] }),
    processors,
    origin: "official counters",
    points,
    dataGib: gibOf(false),
    logGib: gibOf(true),
    tempdbGib: decimals.read(instance.name, "TempDbSize", about["TempDbSize"]) / 1024,
    restarts: new Set(instance.rows.map((row) => row["SqlStartTime"])).size - 1,
    gaps: gapsIn(points),
    notes: [
      `Reads and writes are totals per sample, and the files do not say how long a sample is: ${interval} s ${
        told
          ? "is assumed (--interval SECONDS says otherwise)"
          : options.intervalSeconds
            ? "as told"
            : "by the distance of the windows"
      }.`,
      "Log latency is not told apart in these counters: Ultra Disk is not looked at.",
      ...(isFiltered(filter) && !hasDatabaseCpu(windows)
        ? ["The processor is not told by database: that of the whole instance counts."]
        : []),
    ],
  };
}

const INSTANCE_COLUMNS = ["ServerName", "LogicalCpuCount", "ProductVersion", "SqlStartTime", "TempDbSize"];
const FILE_COLUMNS = ["DatabaseName", "PhysicalFullName", "FileType", "SizeMB"];
const COUNTER_COLUMNS = [
  "DatabaseName",
  "DatabaseFileName",
  "FileType",
  "TimeDataCollected",
  "CounterName",
  "AggregatorType",
  "Value",
];

/** …,Mean,3,75 can only be one number: the aggregator stands before it. */
const isSplitDecimal = (cells: readonly string[]): boolean =>
  AGGREGATORS.includes(cells.at(-3) ?? "") && /^-?\d+$/.test(cells.at(-2) ?? "") && /^\d+$/.test(cells.at(-1) ?? "");

const databasesIn = ({ rows }: CsvTable): string[] => [...new Set(rows.map((row) => row["DatabaseName"] ?? ""))].sort();

const isLog = (fileType: string | undefined): boolean => (fileType ?? "").toUpperCase() === "LOG";

interface Series {
  readonly counter: string;
  readonly database: string;
  readonly isLog: boolean;
  /** Absent: its cell is empty, or there is none. */
  mean?: number;
  variance: number;
  max: number;
  occurrence: number;
}

interface Window {
  readonly at: number;
  readonly series: Map<string, Series>;
}

function windowsOf({ name, rows }: CsvTable, decimals: Decimals): Map<string, Window> {
  const windows = new Map<string, Window>();
  for (const row of rows) {
    const { TimeDataCollected: time = "", CounterName: counter = "", DatabaseName: database = "" } = row;
    let window = windows.get(time);
    if (!window) {
      window = { at: timeOf(name, time), series: new Map() };
      windows.set(time, window);
    }
    const key = `${counter}|${database}|${row["DatabaseFileName"]}|${row["FileType"]}`;
    let series = window.series.get(key);
    if (!series) {
      series = { counter, database, isLog: isLog(row["FileType"]), variance: 0, max: 0, occurrence: 0 };
      window.series.set(key, series);
    }
    if (row["Value"]?.trim() === "") continue; // not measured, which is not zero
    const value = decimals.read(name, "Value", row["Value"]);
    const { AggregatorType: aggregator } = row;
    if (aggregator === "Mean") series.mean = value;
    else if (aggregator === "Variance") series.variance = Math.max(0, value);
    else if (aggregator === "Max") series.max = value;
    else if (aggregator === "Occurence") series.occurrence = value;
  }
  return windows;
}

/**
 * "2021-10-27 23:18:39", or the culture's own form with day and month that can be told apart; the clock's zone is not
 * told.
 */
function timeOf(name: string, text: string): number {
  const iso = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)/.exec(text);
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4}) (\d{1,2}):(\d\d):(\d\d)/.exec(text);
  const parts = iso?.slice(1) ?? (german && [german[3], german[2], german[1], german[4], german[5], german[6]]);
  if (!parts)
    throw new SizingError(
      `${name}: "${text}" in the column TimeDataCollected is not a time. Expected: 2021-10-27 23:18:39.`,
    );
  const [year = 0, month = 1, ...rest] = parts.map(Number);
  return Date.UTC(year, month - 1, ...(rest as [number, number, number, number]));
}

/** The median distance of two windows, by the samples of a window; undefined with a single window. */
function intervalOf(windows: ReadonlyMap<string, Window>): number | undefined {
  const times = [...windows.values()].map(({ at }) => at).sort((a, b) => a - b);
  const distances = times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 1000);
  const samples = Math.max(
    0,
    ...[...windows.values()].flatMap(({ series }) => [...series.values()].map(({ occurrence }) => occurrence)),
  );
  const usual = percentileOf(
    distances.filter((distance) => distance > 0),
    50,
  );
  return usual > 0 && samples > 0 ? Math.max(1, Math.round(usual / samples)) : undefined;
}

const hasDatabaseCpu = (windows: ReadonlyMap<string, Window>): boolean =>
  [...windows.values()].some(({ series }) =>
    [...series.values()].some(({ counter, mean }) => counter === "DCP" && (mean ?? 0) > 0),
  );

interface Reading {
  readonly processors: number;
  readonly interval: number;
  readonly percentile: number;
  readonly filter: DatabaseFilter;
}

function pointOf({ at, series }: Window, { processors, interval, percentile, filter }: Reading): LoadPoint {
  const all = [...series.values()];
  const deviations = deviationsAt(percentile);
  /**
   * Times `by`; undefined where the window has none of these counters, of whatever file, or one of them without a
   * value.
   */
  const total = (
    counters: readonly string[],
    by: number,
    isOf: (one: Series) => boolean = () => true,
  ): number | undefined => {
    let [mean, variance, max] = [0, 0, 0];
    const told = all.filter(({ counter }) => counters.includes(counter));
    if (told.length === 0 || told.some((one) => one.mean === undefined)) return undefined;
    for (const one of told)
      if (isOf(one)) {
        mean += one.mean ?? 0;
        variance += one.variance;
        max += one.max;
      }
    const reached = percentile >= 100 ? max : Math.min(mean + deviations * Math.sqrt(variance), max);
    return Math.max(mean, reached) * by;
  };
  const chosen = (one: Series): boolean => isChosen(filter, one.database) && !isSystem(one.database);
  const user = (log: boolean) => (one: Series) => chosen(one) && !isTempdb(one.database) && one.isLog === log;
  const tempdb = (one: Series): boolean => isTempdb(one.database);
  const share = shareOf(all, chosen, isFiltered(filter));
  const samples = Math.max(...all.map(({ occurrence }) => occurrence), 1);
  return {
    at,
    seconds: samples * interval,
    ...known({
      cores: total(["ICP"], (processors * share("DCP")) / 100),
      memoryGib: total(["IM"], share("DCS") / 1024),
      cachedGib: total(["DCS"], 1 / 1024, chosen),
    }),
    io: known({
      dataIops: total(["FNR", "FNW"], 1 / interval, user(false)),
      dataMbps: total(["FRM", "FWM"], MB / interval, user(false)),
      logIops: total(["FNR", "FNW"], 1 / interval, user(true)),
      logMbps: total(["FRM", "FWM"], MB / interval, user(true)),
      tempdbIops: total(["FNR", "FNW"], 1 / interval, tempdb),
      tempdbMbps: total(["FRM", "FWM"], MB / interval, tempdb),
    }),
  };
}

/**
 * What part of a counter the chosen databases have; the whole where nobody is left out, or not all is told by
 * database.
 */
function shareOf(
  all: readonly Series[],
  chosen: (one: Series) => boolean,
  filtered: boolean,
): (counter: string) => number {
  return (counter) => {
    if (!filtered) return 1;
    const of = all.filter((one) => one.counter === counter);
    if (of.some(({ mean }) => mean === undefined)) return 1;
    const sum = of.reduce((total, { mean = 0 }) => total + mean, 0);
    return sum === 0 ? 1 : of.filter(chosen).reduce((total, { mean = 0 }) => total + mean, 0) / sum;
  };
}

/** Windows that do not follow upon each other within half of their length. */
function gapsIn(points: readonly LoadPoint[]): number {
  return points.slice(1).filter(({ at }, index) => {
    const before = points[index];
    return before !== undefined && (at - before.at) / 1000 > before.seconds * 1.5;
  }).length;
}
