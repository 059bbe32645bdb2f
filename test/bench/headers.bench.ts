// How fast is a header read, and what does it fetch, by kind of backup? And does decompression stay small?
import type { BackupSpec } from "../../local/backups/backupSpec.ts";
import { sampleBackups } from "../../local/backups/sampleBackups.ts";
import { sparseBackup } from "../../local/backups/writeBackup.ts";
import { xpressHuffman } from "../../local/backups/xpressHuffman.ts";
import type { ByteSource } from "../../shared/backup/byteSource.ts";
import { readBackupHeader } from "../../shared/backup/readBackupHeader.ts";
import { decompressXpress } from "../../shared/backup/xpressHuffman.ts";
import { countingSource } from "../support/countingSource.ts";
import { garbageCollector } from "./garbageCollector.ts";

const GIB = 2 ** 30;
const RUN_MILLISECONDS = 700;
const WARM_UP = 300;

const [full] = sampleBackups.full.sets;
const [log] = sampleBackups.log.sets;
const manyFiles = sampleBackups.unverifiedLongFileList.sets[0];

/** A gibibyte each, of which only what is asked for comes into being. */
const KINDS: Readonly<Record<string, readonly [BackupSpec, ...BackupSpec[]]>> = {
  full: [full],
  log: [log],
  "full, blocks of 4096": [{ ...full, blockSize: 4096 }],
  "full, blocks of 65536": [{ ...full, blockSize: 65_536 }],
  "full, 202 files": [manyFiles],
  "full, compressed": [{ ...full, isCompressed: true }],
  "full, compressed, blocks of 65536": [{ ...full, isCompressed: true, blockSize: 65_536 }],
  "full, compressed, 202 files": [{ ...manyFiles, isCompressed: true }],
  "three sets in one file": [full, log, log],
};

export async function benchHeaders(): Promise<void> {
  console.log("\nHeaders of backups of 1 GiB (one after another, on one thread, ranges from memory)");
  console.log("  kind                                 headers/s   reads   KiB   per header: CPU ms, KiB of memory");
  const collect = garbageCollector();
  for (const [kind, [first, ...appended]] of Object.entries(KINDS)) {
    const sets = [first, ...appended].map((set) => ({ ...set, payloadBytes: GIB })) as [BackupSpec, ...BackupSpec[]];
    const counting = countingSource(sparseBackup(...sets));
    const source = await fromMemory(counting);
    const { reads, bytesRead } = counting;
    const { perSecond, cpuMilliseconds } = await speedOf(() => readBackupHeader(source));
    const kib = await memoryOf(collect, () => readBackupHeader(source));
    console.log(
      `  ${kind.padEnd(36)} ${perSecond.toFixed(0).padStart(9)} ${String(reads).padStart(7)} ${(bytesRead / 1024).toFixed(0).padStart(5)}   ${cpuMilliseconds.toFixed(2)}, ${kib.toFixed(0)}`,
    );
  }
  await benchDecompression(collect);
}

/** A whole record of 64 KiB: a header needs one or two, and smaller ones. */
async function benchDecompression(collect: () => void): Promise<void> {
  const plain = new Uint8Array(65_536);
  for (let at = 0, noise = 1; at < plain.length; at++) {
    noise = (noise * 48_271) % 2_147_483_647;
    plain[at] = at % 5 === 0 ? noise & 0x3f : (plain[at - (noise % 97)] ?? 0);
  }
  const payload = xpressHuffman(plain);
  const decompress = async () => void decompressXpress(payload, plain.length);
  const { cpuMilliseconds } = await speedOf(decompress);
  const kib = await memoryOf(collect, decompress);
  console.log(
    `  One record of 64 KiB (${payload.length} bytes compressed): ${cpuMilliseconds.toFixed(2)} ms of CPU, ${kib.toFixed(0)} KiB`,
  );
}

/** The ranges that are asked for are made once: the writer's work is not measured. */
async function fromMemory(source: ByteSource): Promise<ByteSource> {
  const ranges = new Map<string, Uint8Array>();
  await readBackupHeader({
    size: source.size,
    read: async (offset, length) => {
      const bytes = await source.read(offset, length);
      ranges.set(`${offset}+${length}`, bytes);
      return bytes;
    },
  });
  return { size: source.size, read: async (offset, length) => ranges.get(`${offset}+${length}`) ?? new Uint8Array() };
}

async function speedOf(work: () => Promise<unknown>): Promise<{ perSecond: number; cpuMilliseconds: number }> {
  for (let times = 0; times < WARM_UP; times++) await work();
  const began = performance.now();
  const cpuBegan = process.cpuUsage();
  let times = 0;
  for (; performance.now() - began < RUN_MILLISECONDS; times++) await work();
  const { user, system } = process.cpuUsage(cpuBegan);
  return { perSecond: (times * 1000) / (performance.now() - began), cpuMilliseconds: (user + system) / 1000 / times };
}

/** KiB that one call takes, heap and buffers, before anything is collected: the median of many. */
async function memoryOf(collect: () => void, work: () => Promise<unknown>): Promise<number> {
  const used = (): number => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const taken: number[] = [];
  for (let times = 0; times < 21; times++) {
    collect();
    const before = used();
    await work();
    taken.push((used() - before) / 1024);
  }
  return taken.sort((a, b) => a - b)[10] ?? 0;
}
