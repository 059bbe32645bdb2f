// Measures how fast a header is read, what it fetches, by kind of backup, and whether decompression stays small.
// HEADERS_BESIDE=PATH names another build's readBackupHeader.ts, which is measured in turns with this one
// (docs/benchmarks.md).
import { pathToFileURL } from "node:url";
import { type BackupSpec, sqlServer2008 } from "../../local/backups/backupSpec.ts";
import { sampleBackups } from "../../local/backups/sampleBackups.ts";
import { sparseBackup } from "../../local/backups/writeBackup.ts";
import { xpressHuffman } from "../../local/backups/xpressHuffman.ts";
import type { ByteSource } from "../../shared/backup/byteSource.ts";
import { decompressXpress } from "../../shared/backup/container/xpressHuffman.ts";
import { readBackupHeader } from "../../shared/backup/readBackupHeader.ts";
import { countingSource } from "../support/countingSource.ts";
import { garbageCollector } from "./garbageCollector.ts";

const GIB = 2 ** 30;
/** Readers are measured in turns of this length, so that other work on the machine affects both alike. */
const TURNS = 10;
const TURN_MILLISECONDS = 70;
const WARM_UP = 300;

const [full] = sampleBackups.full.sets;
const [log] = sampleBackups.log.sets;
const manyFiles = sampleBackups.unverifiedLongFileList.sets[0];

/** Backups of one gibibyte each; only the ranges that are read are generated. */
const KINDS: Readonly<Record<string, readonly [BackupSpec, ...BackupSpec[]]>> = {
  full: [full],
  log: [log],
  "full, blocks of 4096": [{ ...full, blockSize: 4096 }],
  "full, blocks of 65536": [{ ...full, blockSize: 65_536 }],
  "full, 202 files": [manyFiles],
  "full, compressed": [{ ...full, isCompressed: true }],
  "full, compressed by 2008": [{ ...full, isCompressed: true, softwareVersion: sqlServer2008 }],
  "full, compressed, blocks of 65536": [{ ...full, isCompressed: true, blockSize: 65_536 }],
  "full, compressed, 202 files": [{ ...manyFiles, isCompressed: true }],
  "three sets in one file": [full, log, log],
};

type Reader = typeof readBackupHeader;

/** The reader of the build to compare with, if one is named. */
async function readerBeside(): Promise<Reader | undefined> {
  const path = process.env["HEADERS_BESIDE"];
  if (path === undefined) return undefined;
  return ((await import(pathToFileURL(path).href)) as { readBackupHeader: Reader }).readBackupHeader;
}

export async function benchHeaders(): Promise<void> {
  const beside = await readerBeside();
  console.log("\nHeaders of backups of 1 GiB (one after another, on one thread, ranges from memory)");
  console.log(
    `  kind                                 headers/s   reads   KiB   per header: CPU ms, KiB of memory${beside ? "; the other build: headers/s, CPU ms" : ""}`,
  );
  const collect = garbageCollector();
  for (const [kind, [first, ...appended]] of Object.entries(KINDS)) {
    const sets = [first, ...appended].map((set) => ({ ...set, payloadBytes: GIB })) as [BackupSpec, ...BackupSpec[]];
    const counting = countingSource(sparseBackup(...sets));
    const source = await fromMemory(counting);
    const { reads, bytesRead } = counting;
    const [{ perSecond, cpuMilliseconds }, other] = await speedsOf([
      () => readBackupHeader(source),
      ...(beside && (await canRead(beside, source)) ? [() => beside(source)] : []),
    ]);
    const kib = await memoryOf(collect, () => readBackupHeader(source));
    console.log(
      `  ${kind.padEnd(36)} ${perSecond.toFixed(0).padStart(9)} ${String(reads).padStart(7)} ${(bytesRead / 1024).toFixed(0).padStart(5)}   ${cpuMilliseconds.toFixed(2)}, ${kib.toFixed(0)}${other ? `; ${other.perSecond.toFixed(0)}, ${other.cpuMilliseconds.toFixed(2)}` : ""}`,
    );
  }
  await benchDecompression(collect);
}

/** Decompresses a whole record of 64 KiB; a header needs one or two smaller ones. */
async function benchDecompression(collect: () => void): Promise<void> {
  const plain = new Uint8Array(65_536);
  for (let at = 0, noise = 1; at < plain.length; at++) {
    noise = (noise * 48_271) % 2_147_483_647;
    plain[at] = at % 5 === 0 ? noise & 0x3f : (plain[at - (noise % 97)] ?? 0);
  }
  const payload = xpressHuffman(plain);
  const decompress = async () => void decompressXpress(payload, plain.length);
  const [{ cpuMilliseconds }] = await speedsOf([decompress]);
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

/** False for kinds of backup that an older reader refuses. */
const canRead = (reader: Reader, source: ByteSource): Promise<boolean> =>
  reader(source).then(
    () => true,
    () => false,
  );

interface Speed {
  readonly perSecond: number;
  readonly cpuMilliseconds: number;
}

type Work = () => Promise<unknown>;

/** Runs the works in turns, and gives the fastest turn of each. */
async function speedsOf(works: readonly [Work, ...Work[]]): Promise<[Speed, ...Speed[]]> {
  for (const work of works) for (let times = 0; times < WARM_UP; times++) await work();
  const fastest = works.map((): Speed => ({ perSecond: 0, cpuMilliseconds: Number.POSITIVE_INFINITY }));
  for (let turn = 0; turn < TURNS; turn++)
    for (const [index, work] of works.entries()) {
      const speed = await speedOf(work);
      const best = fastest[index] ?? speed;
      fastest[index] = {
        perSecond: Math.max(best.perSecond, speed.perSecond),
        cpuMilliseconds: Math.min(best.cpuMilliseconds, speed.cpuMilliseconds),
      };
    }
  return fastest as [Speed, ...Speed[]];
}

async function speedOf(work: Work): Promise<Speed> {
  const began = performance.now();
  const cpuBegan = process.cpuUsage();
  let times = 0;
  for (; performance.now() - began < TURN_MILLISECONDS; times++) await work();
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
