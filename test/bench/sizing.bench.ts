// Measures how long a recommendation takes, from the official collector's files and from a week of samples of 500
// files.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { answerFor } from "../../ferry/commands/recommend.ts";
import { measurementsIn } from "../../ferry/sizing/measurements.ts";
import { hourFile, MANIFEST, type Manifest } from "../../ferry/sizing/perfFormat.ts";
import { USUAL } from "../../shared/sizing/need.ts";
import { MARKET } from "../unit/shared/sizing/support.ts";

const BEGIN = Date.UTC(2026, 0, 5);
const SAMPLES_PER_HOUR = 120;
const HOURS = 7 * 24;
const DATABASES = 250;
const ROUNDS = 5;

export async function benchSizing(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "ferry-bench-"));
  try {
    console.log("\nA recommendation (read, summed up, sizes chosen; in a process of its own, without its start)");
    const official = join(root, "official");
    const week = join(root, "week");
    for (const folder of [official, week]) mkdirSync(folder);
    writeOfficial(official);
    writeWeek(week);
    console.log(`  official CSV files, 23 windows of 4 files: ${await measured([official])}`);
    console.log(`  a week of 30-second samples, ${2 * DATABASES} files: ${await measured([week])}`);
    console.log(`  the same of one database: ${await measured([week, "db100"])}`);
  } finally {
    rmSync(root, { recursive: true });
  }
}

const SELF = fileURLToPath(import.meta.url);

async function measured(words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [SELF, "measure", ...words]);
  return stdout.trim();
}

if (process.argv[2] === "measure") {
  const [folder = "", database] = process.argv.slice(3);
  const filter = { only: database === undefined ? [] : [database], without: [] };
  const mib = (kib: number): string => (kib / 1024).toFixed(0);
  const rssBefore = process.resourceUsage().maxRSS;
  let fastest = Number.POSITIVE_INFINITY;
  let size = "";
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    const [load] = await measurementsIn(folder, { percentile: USUAL.percentile, filter });
    if (!load) throw new Error("There has to be a load.");
    size =
      answerFor(load, USUAL, { ...MARKET, allSizes: MARKET.sizes, sizesFrom: "", remarks: [] }).recommendation
        .options[0]?.size.name ?? "none";
    const took = performance.now() - began;
    if (round === 0)
      process.stdout.write(
        `${took.toFixed(0)} ms the first time, ${mib(process.resourceUsage().maxRSS)} MiB at most, of them ${mib(rssBefore)} before; `,
      );
    fastest = Math.min(fastest, took);
    if (took > 5_000) break;
  }
  console.log(`${fastest.toFixed(0)} ms at best (${size})`);
}

/** As large as the collector's own files after a night. */
function writeOfficial(folder: string): void {
  const files = [1, 2, 3, 4].map((at) => [
    `db${at}`,
    `D:\\data\\db${at}.${at % 2 ? "mdf" : "ldf"}`,
    at % 2 ? "ROWS" : "LOG",
  ]);
  const rows = Array.from({ length: 23 }, (_, window) =>
    [
      ...[["ICP"], ["IM"], ["IMP"]].map(([counter]) => ["", "", "", counter]),
      ...files.flatMap((file) => ["FRM", "FWM", "FNR", "FNW", "FRL", "FWL"].map((counter) => [...file, counter])),
    ].flatMap(([database, file, type, counter]) =>
      ["Mean", "Occurence", "Variance", "Max"].map((aggregator) =>
        [
          "SRC01",
          database,
          file,
          type,
          new Date(BEGIN + window * 600_000).toISOString().slice(0, 19).replace("T", " "),
          counter,
          aggregator,
          "20",
        ].join(","),
      ),
    ),
  ).flat();
  const write = (kind: string, lines: readonly string[]) =>
    writeFileSync(join(folder, `SRC01,MSSQLSERVER_${kind}_Counters.csv`), lines.join("\r\n"));
  write("CommonInstanceLevel", [
    "ServerName,LogicalCpuCount,ProductVersion,SqlStartTime,TempDbSize",
    "SRC01,8,15.0.2000.5,x,8192",
  ]);
  write("CommonDbLevel", [
    "DatabaseName,PhysicalFullName,FileType,SizeMB",
    ...files.map(([name, file, type]) => `${name},${file},${type},1024`),
  ]);
  write("PerformanceAggregated", [
    "ServerName,DatabaseName,DatabaseFileName,FileType,TimeDataCollected,CounterName,AggregatorType,Value",
    ...rows,
  ]);
}

function writeWeek(folder: string): void {
  const names = Array.from({ length: DATABASES }, (_, at) => `db${at}`);
  const manifest: Manifest = {
    format: 1,
    server: "SRC01",
    productVersion: "15.0.4312.2",
    edition: "Enterprise Edition (64-bit)",
    processors: 32,
    everySeconds: 30,
    startedAt: new Date(BEGIN).toISOString(),
    writtenAt: new Date(BEGIN).toISOString(),
    files: names.flatMap((database, at) => [
      { databaseId: 5 + at, fileId: 1, database, isLog: false, gib: 10 },
      { databaseId: 5 + at, fileId: 2, database, isLog: true, gib: 1 },
    ]),
  };
  writeFileSync(join(folder, MANIFEST), JSON.stringify(manifest));
  const io = {
    reads: 1234.5678,
    writes: 123.4567,
    readMbps: 12.3456,
    writeMbps: 1.2345,
    readMs: 4.5678,
    writeMs: 1.2345,
  };
  const databases = JSON.stringify(
    Object.fromEntries(
      names.map((name, at) => [name, { data: [at + 0.1234, at, 1.2345, 0.5], log: [0, at / 3, 0, 0.25] }]),
    ),
  );
  for (let hour = 0; hour < HOURS; hour++) {
    const ends = Array.from({ length: SAMPLES_PER_HOUR }, (_, at) => BEGIN + hour * 3_600_000 + at * 30_000 + 29_000);
    const samples = ends.map((at) =>
      JSON.stringify({
        sample: {
          at,
          seconds: 30.02,
          cores: 8 + (at % 7),
          memoryGib: 100,
          cachedGib: 60,
          tempdbGib: 4,
          batchesPerSecond: 900,
          data: io,
          log: io,
          tempdb: io,
        },
      }),
    );
    const of = ends.map((at) => `{"databases":{"at":${at},"databases":${databases}}}`);
    const at = ends[0] ?? 0;
    writeFileSync(join(folder, `${hourFile("samples", at)}.gz`), gzipSync(`${samples.join("\n")}\n`));
    writeFileSync(join(folder, `${hourFile("databases", at)}.gz`), gzipSync(`${of.join("\n")}\n`, { level: 1 }));
  }
}
