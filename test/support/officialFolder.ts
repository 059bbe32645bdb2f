// Writes the files of the official collector, as far as a recommendation reads them.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes a folder below `root`: what the collector leaves for an instance with one database that keeps `cores` of 16
 * processors busy.
 */
export function officialFolder(
  root: string,
  name: string,
  { cores = 4, memoryMb = 40_000, without = "" } = {},
): string {
  const place = join(root, name);
  mkdirSync(place, { recursive: true });
  const counters = [
    ["", "", "", "ICP", (cores / 16) * 100],
    ["", "", "", "IM", memoryMb],
    ["Sales", "D:\\Sales.mdf", "ROWS", "FNR", 60_000],
    ["Sales", "D:\\Sales.ldf", "LOG", "FNW", 9_000],
  ].flatMap(([database, file, type, counter, mean]) =>
    [
      ["Mean", mean],
      ["Occurence", 20],
      ["Variance", 0],
      ["Max", mean],
    ].map(
      ([aggregator, value]) =>
        `${name},${database},${file},${type},2026-01-05 10:00:00,${counter},${aggregator},${value}`,
    ),
  );
  const files = {
    CommonInstanceLevel: `ServerName,Edition,LogicalCpuCount,ProductVersion,SqlStartTime,TempDbSize\n${name},Standard Edition,16,15.0.2000.5,x,8192`,
    CommonDbLevel: `DatabaseName,PhysicalFullName,FileType,SizeMB\nSales,D:\\Sales.mdf,Rows,512000\nSales,D:\\Sales.ldf,Log,51200`,
    PerformanceAggregated: [
      "ServerName,DatabaseName,DatabaseFileName,FileType,TimeDataCollected,CounterName,AggregatorType,Value",
      ...counters,
    ].join("\n"),
  };
  for (const [kind, text] of Object.entries(files))
    if (kind !== without) writeFileSync(join(place, `${name},MSSQLSERVER_${kind}_Counters.csv`), text);
  return place;
}
