// Measures how long assessing a folder takes on one core, whether it stays near-linear, and the memory it keeps per
// header.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { keyOf } from "../../shared/azure/tables/tableRows.ts";
import { assessChain } from "../../shared/chain/assessChain.ts";
import type { BackupRecord } from "../../shared/chain/backupRecord.ts";
import { compareText } from "../../shared/chain/files/identity.ts";
import { StoredBackupRecord } from "../../shared/migration/stored/storedBackups.ts";
import { readStored, storedJson } from "../../shared/migration/stored/storedJson.ts";
import { context, differential, full, log } from "../support/backupRecords.ts";
import { garbageCollector } from "./garbageCollector.ts";

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
/** Rounds of a measurement: few for a million files, where one takes up to half a minute. */
const roundsOf = (size: number): number => (size > 100_000 ? 3 : 11);
const LOGS_PER_DAY = 288;

/** What a folder holds, and in which order its records come and lie in memory. */
const FOLDERS: Readonly<Record<string, (size: number) => readonly BackupRecord[]>> = {
  "one full, then logs, as listed": (size) => asListed(history(size, Number.POSITIVE_INFINITY)),
  "a full a week, as listed": (size) => asListed(history(size)),
  "a full a week, in no order": (size) => scattered(history(size)),
};

/** In a process with a single thread, so that the collector works on the same core and is paid for. */
export function benchChain(): void {
  const flags = ["--single-threaded", "--max-old-space-size=12288"];
  execFileSync(process.execPath, [...flags, fileURLToPath(import.meta.url)], { stdio: "inherit" });
}

function measure(): void {
  console.log(
    "\nassessChain on one core, its collector included; a log every five minutes, a differential a day after a full a week",
  );
  console.log("  yardstick: what no verdict can do without, sorting the names and writing a sentence for each");
  const head = [
    "headers",
    "plan",
    "ms: fastest, median, least CPU",
    "µs per header",
    "yardstick",
    "bytes per header: records, report",
  ];
  console.log(`  ${"folder".padEnd(31)} ${head.join("   ")}`);
  const given = context();
  for (let round = 0, warmUp = parsed(history(1_000)); round < 200; round++) assessChain(warmUp, given);
  for (const size of SIZES) for (const [folder, make] of Object.entries(FOLDERS)) measureOne(folder, make(size));
  console.log(`  (peak of the process: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB)`);
}

function measureOne(folder: string, written: readonly BackupRecord[]): void {
  const collect = garbageCollector();
  const given = context();
  const size = written.length;
  const empty = memoryInUse(collect);
  const records = parsed(written);
  const filled = memoryInUse(collect);
  const rounds = timesOf(() => assessChain(records, given), roundsOf(size));
  const yardstick = timesOf(() => sentences(records), roundsOf(size));
  const before = memoryInUse(collect);
  const report = assessChain(records, given);
  const kept = memoryInUse(collect) - before;
  if (report.files.length !== size) throw new Error(`Of ${size} files ${report.files.length} have a verdict.`);
  const perHeader = ({ fastest }: Times): string => ((fastest * 1000) / size).toFixed(2);
  const cells = [
    String(size).padStart(7),
    String(report.plan.length).padStart(7),
    [rounds.fastest, rounds.median, rounds.cpu].map((time) => time.toFixed(1).padStart(7)).join(", "),
    perHeader(rounds).padStart(12),
    perHeader(yardstick).padStart(12),
    `${((filled - empty) / size).toFixed(0).padStart(12)}, ${(kept / size).toFixed(0)}`,
  ];
  console.log(`  ${folder.padEnd(31)} ${cells.join(" ")}`);
}

/** Milliseconds. */
interface Times {
  readonly fastest: number;
  readonly median: number;
  /** Of the process, in the round with the least: other work on the machine affects it less than elapsed time. */
  readonly cpu: number;
}

function timesOf(work: () => unknown, rounds: number): Times {
  const times: number[] = [];
  const cpu: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [began, used] = [performance.now(), process.cpuUsage()];
    work();
    times.push(performance.now() - began);
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1000);
  }
  times.sort((a, b) => a - b);
  return { fastest: times[0] as number, median: times[rounds >>> 1] as number, cpu: Math.min(...cpu) };
}

/** Measured by itself: it depends on memory and the garbage collector more than on the rules. */
function sentences(records: readonly BackupRecord[]): unknown {
  const byName = new Map(records.map((record) => [record.name, record]));
  return [...byName.keys()].sort().map((name, index) => {
    const { etag, content } = byName.get(name) as BackupRecord;
    const [header] = content.kind === "header" ? content.backupSets : [];
    const detail = `Step ${index} of ${records.length}: LSN ${header?.firstLsn} to ${header?.lastLsn}, finished ${header?.backupFinishDate}.`;
    return { name, etag, detail, position: index, setGuid: header?.backupSetGuid, lastLsn: header?.lastLsn };
  });
}

function memoryInUse(collect: () => void): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** Each record is an object of its own in memory, as when it is read from a table. */
const parsed = (records: readonly BackupRecord[]): readonly BackupRecord[] =>
  records.map((record) => readStored(StoredBackupRecord, storedJson(record)));

/** Sorted by name, as the catalogue lists them. */
const asListed = (records: readonly BackupRecord[]): readonly BackupRecord[] =>
  records.toSorted((a, b) => compareText(a.name, b.name));

/** Sorted by a hash of the name. */
function scattered(records: readonly BackupRecord[]): readonly BackupRecord[] {
  const keys = new Map(records.map((record) => [record, keyOf(record.name)]));
  return records.toSorted((a, b) => compareText(keys.get(a) as string, keys.get(b) as string));
}

/**
 * A history that ends with the newest log, as long as `size` needs. Without a second full backup there are no
 * differentials either.
 */
export function history(size: number, stepsPerFull = 7 * LOGS_PER_DAY): BackupRecord[] {
  const records: BackupRecord[] = [];
  let base = full(0, 1);
  for (let step = 0; records.length < size; step++) {
    const [first, last] = [lsnAfter(step), lsnAfter(step + 1)];
    if (step === 0 || step % stepsPerFull === 0) {
      base = full(first, last);
      records.push(base);
    } else if (step % LOGS_PER_DAY === 0 && stepsPerFull < Number.POSITIVE_INFINITY)
      records.push(differential(first, last, base));
    if (records.length < size) records.push(log(first, last));
  }
  return records;
}

const lsnAfter = (step: number): bigint => 46_000_000_000_000_001n + BigInt(step) * 100n;

if (import.meta.main) measure();
