// How long does it take to assess a folder, and does it stay near-linear?
import { assessChain } from "../../shared/chain/assessChain.ts";
import type { BackupRecord } from "../../shared/chain/backupRecord.ts";
import { context, differential, full, log } from "../support/backupRecords.ts";

const SIZES = [1_000, 10_000, 100_000];
const LOGS_PER_DAY = 288;

/** Prints milliseconds for each size; the records arrive in an order that has nothing to do with LSNs. */
export async function benchChain(): Promise<void> {
  console.log("assessChain: a full a week, a differential a day, a log every five minutes");
  for (const size of SIZES) {
    const records = history(size);
    assessChain(history(1_000), context());
    const began = performance.now();
    const report = assessChain(records, context());
    const milliseconds = performance.now() - began;
    console.log(
      `  ${size} headers: ${milliseconds.toFixed(0)} ms, ${((milliseconds * 1000) / size).toFixed(2)} ms per thousand (${report.verdict}, plan of ${report.plan.length})`,
    );
  }
}

function history(size: number): readonly BackupRecord[] {
  const records: BackupRecord[] = [];
  let base = full(0, 1);
  for (let lsn = 0; records.length < size; lsn++) {
    const [first, last] = [46_000_000_000_000_001n + BigInt(lsn) * 100n, 46_000_000_000_000_101n + BigInt(lsn) * 100n];
    if (lsn % (7 * LOGS_PER_DAY) === 0) {
      base = full(first, last);
      records.push(base);
    } else if (lsn % LOGS_PER_DAY === 0) records.push(differential(first, last, base));
    records.push(log(first, last));
  }
  return records.slice(0, size).sort((a, b) => (a.etag.at(-9) ?? "").localeCompare(b.etag.at(-9) ?? ""));
}
