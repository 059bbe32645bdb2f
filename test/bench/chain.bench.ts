// How long does it take to assess a folder, does it stay near-linear, and what does it keep in memory per header?
import { assessChain } from "../../shared/chain/assessChain.ts";
import type { BackupRecord } from "../../shared/chain/backupRecord.ts";
import { context, differential, full, log } from "../support/backupRecords.ts";
import { garbageCollector } from "./garbageCollector.ts";

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const ROUNDS = 5;
const LOGS_PER_DAY = 288;

/** On a busy machine only the processor's figures tell. */
export async function benchChain(): Promise<void> {
  console.log("\nassessChain: a full a week, a differential a day, a log every five minutes, in no order");
  console.log("  beside it, what no verdict can do without: sorting the names, and writing a sentence for each");
  console.log("   headers       ms   CPU ms   CPU µs per header   beside it   bytes per header: records, report");
  const collect = garbageCollector();
  const given = context();
  for (let round = 0, warmUp = scattered(history(1_000)); round < 50; round++) assessChain(warmUp, given);
  for (const size of SIZES) {
    const empty = memoryInUse(collect);
    const records = scattered(history(size));
    const filled = memoryInUse(collect);
    const [fastest, leastCpu] = leastOf(() => assessChain(records, given));
    const [, least] = leastOf(() => sentences(records));
    const before = memoryInUse(collect);
    const report = assessChain(records, given);
    const kept = memoryInUse(collect) - before;
    if (report.files.length !== size) throw new Error(`Of ${size} files ${report.files.length} have a verdict.`);
    console.log(
      `  ${String(size).padStart(8)} ${fastest.toFixed(0).padStart(8)} ${leastCpu.toFixed(0).padStart(8)} ${((leastCpu * 1000) / size).toFixed(2).padStart(19)} ${((least * 1000) / size).toFixed(2).padStart(11)}   ${((filled - empty) / size).toFixed(0).padStart(25)}, ${(kept / size).toFixed(0)}`,
    );
  }
  console.log(`  (peak of the process: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB)`);
}

/** Milliseconds on the clock and of the processor, each of the round that took least. */
function leastOf(work: () => unknown): readonly [number, number] {
  let [fastest, leastCpu] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    const [cpu, began] = [process.cpuUsage(), performance.now()];
    work();
    const { user, system } = process.cpuUsage(cpu);
    [fastest, leastCpu] = [Math.min(fastest, performance.now() - began), Math.min(leastCpu, (user + system) / 1000)];
  }
  return [fastest, leastCpu];
}

/** The yardstick: it grows as memory and the garbage collector let it, whatever the rules cost. */
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

/** Ends with the newest log: a chain that grew for as long as it takes. */
export function history(size: number): BackupRecord[] {
  const records: BackupRecord[] = [];
  let base = full(0, 1);
  for (let step = 0; records.length < size; step++) {
    const [first, last] = [lsnAfter(step), lsnAfter(step + 1)];
    if (step % (7 * LOGS_PER_DAY) === 0) {
      base = full(first, last);
      records.push(base);
    } else if (step % LOGS_PER_DAY === 0) records.push(differential(first, last, base));
    if (records.length < size) records.push(log(first, last));
  }
  return records;
}

const lsnAfter = (step: number): bigint => 46_000_000_000_000_001n + BigInt(step) * 100n;

/** As rows of a table come: ordered by a hash of the name. */
function scattered(records: BackupRecord[]): BackupRecord[] {
  for (let at = records.length - 1, noise = 1; at > 0; at--) {
    noise = (noise * 48_271) % 2_147_483_647;
    const other = noise % (at + 1);
    [records[at], records[other]] = [records[other] as BackupRecord, records[at] as BackupRecord];
  }
  return records;
}
