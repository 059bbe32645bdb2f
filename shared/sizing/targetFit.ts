// Decides whether an existing VM carries the need: its size, its disks, their caching and stripes, dimension by
// dimension.
import { PREMIUM_TIERS, type Volume } from "./disks.ts";
import { type Need, notKnown } from "./need.ts";
import { localUse } from "./recommend.ts";
import type { VmSize } from "./vmSizes.ts";

/** As Azure Resource Manager tells it. */
export interface TargetVm {
  readonly sizeName: string;
  readonly controller: VmSize["controller"];
  readonly disks: readonly TargetDisk[];
}

export interface TargetDisk {
  readonly lun: number;
  /** "other": Standard disks, which SQL Server is not put on. */
  readonly kind: Volume["kind"] | "other";
  /** 0: not told, as of a VM that is deallocated. */
  readonly gib: number;
  readonly caching: "None" | "ReadOnly" | "ReadWrite";
  /** Of Premium SSD v2 and Ultra Disk, where it is told. */
  readonly iops?: number;
  readonly mbps?: number;
  /** By the SQL VM's storage configuration; absent: not told. */
  readonly use?: "data" | "log" | "data and log" | "tempdb";
}

/** fits: with comfort. tight: what was measured fits, and the comfort does not. doesNotFit: not even what was measured. */
type Verdict = "fits" | "tight" | "doesNotFit" | "unknown";

interface FitLine {
  /** "cores", "data disks IOPS". */
  readonly dimension: string;
  readonly need: number;
  readonly has: number;
  readonly use: number;
  readonly verdict: Exclude<Verdict, "unknown">;
}

export interface Fit {
  readonly verdict: Verdict;
  /** The fullest first. */
  readonly lines: readonly FitLine[];
  /** Of the need, what was not measured. */
  readonly notKnown: readonly string[];
  /** What is not as it should be, whatever the need; and what is not known. */
  readonly remarks: readonly string[];
}

/** `size` is of the shipped or the live table; undefined: the size is not known there. `room` is comfort and growth, as they are in the need. */
export function fitOf(
  need: Need,
  vm: TargetVm,
  size: VmSize | undefined,
  room: { readonly comfort: number; readonly growth: number },
): Fit {
  const usual = vm.disks.filter(({ kind }) => kind !== "other");
  const isTold = vm.disks.some(({ use }) => use !== undefined);
  const of = (use: TargetDisk["use"]): readonly TargetDisk[] => usual.filter((disk) => disk.use === use);
  const isApart = of("data").length > 0 && of("log").length > 0 && of("data and log").length === 0;
  const isFlexible = usual.length > 0 && usual.every(({ kind }) => kind !== "Premium SSD");
  const ownTempdb = isTold && of("tempdb").length > 0;
  const lines: FitLine[] = [];
  const add = (dimension: string, needed: number | undefined, has: number, by = room.comfort): void => {
    if (needed === undefined || needed <= 0) return;
    const use = has > 0 ? needed / has : Number.POSITIVE_INFINITY;
    const verdict = use <= 1 ? "fits" : use / by <= 1 ? "tight" : "doesNotFit";
    lines.push({ dimension, need: needed, has, use, verdict });
  };
  if (size) {
    add("cores", need.cores, size.vcpus);
    add("memory GiB", need.memoryGib, size.memoryGib);
    add("VM IOPS", ownTempdb ? need.allIops : need.iops, isFlexible ? size.flexIops : size.iops);
    add("VM MB/s", ownTempdb ? need.allMbps : need.mbps, isFlexible ? size.flexMbps : size.mbps);
    if (!ownTempdb) add("local disk", localUse(size, need), 1);
  }
  const areTold = vm.disks.length > 0 && vm.disks.every(({ gib }) => gib > 0);
  if (areTold)
    for (const [name, disks, demand] of [
      ...(isApart
        ? ([
            ["data disks", of("data"), { gib: need.dataGib, iops: need.dataIops, mbps: need.dataMbps }],
            ["log disks", of("log"), { gib: need.logGib, iops: need.logIops, mbps: need.logMbps }],
          ] as const)
        : ([
            [
              isTold ? "data and log disks" : "disks",
              usual.filter(({ use }) => use !== "tempdb" && (!isTold || use !== undefined)),
              { gib: need.dataGib + need.logGib, iops: need.iops, mbps: need.mbps },
            ],
          ] as const)),
      ...(ownTempdb
        ? ([
            ["tempdb disks", of("tempdb"), { gib: need.tempdbGib, iops: need.tempdbIops, mbps: need.tempdbMbps }],
          ] as const)
        : []),
    ] as const) {
      add(
        `${name} GiB`,
        demand.gib,
        sum(disks, ({ gib }) => gib),
        room.growth,
      );
      add(
        `${name} IOPS`,
        demand.iops,
        striped(disks, ({ iops }) => iops),
      );
      add(
        `${name} MB/s`,
        demand.mbps,
        striped(disks, ({ mbps }) => mbps),
      );
    }
  const missing = notKnown(need);
  lines.sort((a, b) => b.use - a.use);
  return {
    verdict: worst(lines, size !== undefined && areTold && missing.length === 0 ? "fits" : "unknown"),
    lines,
    notKnown: missing,
    remarks: [
      ...remarksOn(vm, isTold),
      ...(size ? [] : [`The limits of ${vm.sizeName} are not known here.`]),
      ...(missing.length > 0 ? [`Not measured at the source: ${missing.join(", ")}.`] : []),
    ],
  };
}

const sum = (disks: readonly TargetDisk[], of: (disk: TargetDisk) => number): number =>
  disks.reduce((total, disk) => total + of(disk), 0);

/** A stripe is as fast as its slowest disk, as many times as there are disks. */
function striped(
  disks: readonly TargetDisk[],
  of: (performance: { readonly iops: number; readonly mbps: number }) => number,
): number {
  const each = disks.map((disk) => of(performanceOf(disk)));
  return each.length === 0 ? 0 : each.length * Math.min(...each);
}

/** What does not fit is known to, whatever else is not. */
function worst(lines: readonly FitLine[], otherwise: Verdict): Verdict {
  const verdicts = lines.map(({ verdict }) => verdict);
  if (verdicts.includes("doesNotFit")) return "doesNotFit";
  return verdicts.includes("tight") ? "tight" : otherwise;
}

const V2_FREE = { iops: 3_000, mbps: 125 };

/** Premium SSD is billed and performs by its tier: the smallest that holds the disk. */
export function performanceOf({ kind, gib, iops, mbps }: TargetDisk): { readonly iops: number; readonly mbps: number } {
  if (kind === "Premium SSD") {
    const tier = PREMIUM_TIERS.find((one) => one.gib >= gib) ?? PREMIUM_TIERS.at(-1);
    return { iops: tier?.iops ?? 0, mbps: tier?.mbps ?? 0 };
  }
  if (kind === "other") return { iops: 0, mbps: 0 };
  return { iops: iops ?? V2_FREE.iops, mbps: mbps ?? V2_FREE.mbps };
}

function remarksOn({ disks }: TargetVm, isTold: boolean): string[] {
  const luns = (some: readonly TargetDisk[]): string => some.map(({ lun }) => `LUN ${lun}`).join(", ");
  const remarks: string[] = [];
  const tell = (some: readonly TargetDisk[], text: (which: string) => string): void => {
    if (some.length > 0) remarks.push(text(luns(some)));
  };
  if (disks.length === 0) remarks.push("The VM has no data disks: databases would lie on the system's disk.");
  tell(
    disks.filter(({ gib }) => gib === 0),
    (which) => `${which}: Azure does not tell their size, as of a VM that is deallocated.`,
  );
  tell(
    disks.filter(({ kind, gib }) => kind === "other" && gib > 0),
    (which) => `${which}: Standard disks, which are not counted; SQL Server takes Premium SSD or better.`,
  );
  tell(
    disks.filter(({ use, kind, caching }) => use === "data" && kind === "Premium SSD" && caching === "None"),
    (which) => `${which}: data without host caching; ReadOnly costs nothing.`,
  );
  tell(
    disks.filter(({ use, caching }) => use === "log" && caching !== "None"),
    (which) => `${which}: a log with host caching; None is right.`,
  );
  tell(
    disks.filter(({ use, caching }) => use !== "log" && caching === "ReadWrite"),
    (which) => `${which}: caching ReadWrite, with which SQL Server can lose data; ReadOnly or None is right.`,
  );
  tell(
    disks.filter(({ use }) => use === "data and log"),
    (which) => `${which}: data and log on the same disks, where each waits for the other.`,
  );
  for (const use of ["data", "log", "data and log", "tempdb"] as const) {
    const own = disks.filter((disk) => disk.use === use);
    if (new Set(own.map(({ kind, gib }) => `${kind} ${gib}`)).size > 1)
      remarks.push(`${luns(own)}: a stripe of unequal disks is as fast as its slowest.`);
  }
  if (disks.length > 0 && !isTold)
    remarks.push("Which disks are for data and for log, the SQL VM does not tell: they are counted together.");
  return remarks;
}
