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

/**
 * fits: with comfort. tight: what was measured fits, and the comfort does not. doesNotFit: not even what was
 * measured.
 */
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

/**
 * `size` is of the shipped or the live table; undefined: the size is not known there. `room` is comfort and growth,
 * as they are in the need.
 */
export function fitOf(
  need: Need,
  vm: TargetVm,
  size: VmSize | undefined,
  room: { readonly comfort: number; readonly growth: number },
): Fit {
  const usual = vm.disks.filter(({ kind }) => kind !== "other");
  const isTold = vm.disks.some(({ use }) => use !== undefined);
  const isFlexible = usual.length > 0 && usual.every(({ kind }) => kind !== "Premium SSD");
  const ownTempdb = usual.some(({ use }) => use === "tempdb");
  const areTold = vm.disks.length > 0 && vm.disks.every(({ gib }) => gib > 0);
  const ofSize = (one: VmSize): readonly Measure[] => [
    ["cores", need.cores, one.vcpus],
    ["memory GiB", need.memoryGib, one.memoryGib],
    ["VM IOPS", ownTempdb ? need.allIops : need.iops, isFlexible ? one.flexIops : one.iops],
    ["VM MB/s", ownTempdb ? need.allMbps : need.mbps, isFlexible ? one.flexMbps : one.mbps],
    ...(ownTempdb ? [] : [["local disk", localUse(one, need), 1] as const]),
  ];
  const ofVolume = ({ name, disks, gib, iops, mbps }: VolumeNeed): readonly Measure[] => {
    const stripe = stripeOf(disks);
    return [
      [`${name} GiB`, gib, stripe.gib, room.growth],
      [`${name} IOPS`, iops, stripe.iops],
      [`${name} MB/s`, mbps, stripe.mbps],
    ];
  };
  const measures = [
    ...(size ? ofSize(size) : []),
    ...(areTold ? volumesOf(need, usual, isTold).flatMap(ofVolume) : []),
  ];
  const lines = measures
    .flatMap(([dimension, needed, has, by = room.comfort]) => fitLine(dimension, needed, has, by) ?? [])
    .sort((a, b) => b.use - a.use);
  const missing = notKnown(need);
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

/** `by`: what the need has beyond what was measured; absent: the comfort. */
type Measure = readonly [dimension: string, need: number | undefined, has: number, by?: number];

/** Undefined where nothing of it is needed, or known to be. */
function fitLine(dimension: string, need: number | undefined, has: number, by: number): FitLine | undefined {
  if (need === undefined || need <= 0) return undefined;
  const use = has > 0 ? need / has : Number.POSITIVE_INFINITY;
  return { dimension, need, has, use, verdict: use <= 1 ? "fits" : use / by <= 1 ? "tight" : "doesNotFit" };
}

interface VolumeNeed {
  readonly name: string;
  readonly disks: readonly TargetDisk[];
  readonly gib: number;
  readonly iops: number | undefined;
  readonly mbps: number | undefined;
}

/**
 * What each group of disks has to carry, `isTold` where it is known what they are for: data and log apart where they
 * are, tempdb where it has disks of its own.
 */
function volumesOf(need: Need, disks: readonly TargetDisk[], isTold: boolean): readonly VolumeNeed[] {
  const of = (use: TargetDisk["use"]): readonly TargetDisk[] => disks.filter((disk) => disk.use === use);
  const [data, log, both, tempdb] = [of("data"), of("log"), of("data and log"), of("tempdb")];
  const { dataGib, logGib, tempdbGib } = need;
  const main: readonly VolumeNeed[] =
    data.length > 0 && log.length > 0 && both.length === 0
      ? [
          { name: "data disks", disks: data, gib: dataGib, iops: need.dataIops, mbps: need.dataMbps },
          { name: "log disks", disks: log, gib: logGib, iops: need.logIops, mbps: need.logMbps },
        ]
      : [
          {
            name: isTold ? "data and log disks" : "disks",
            disks: isTold ? [...data, ...log, ...both] : disks,
            gib: dataGib + logGib,
            iops: need.iops,
            mbps: need.mbps,
          },
        ];
  if (tempdb.length === 0) return main;
  return [
    ...main,
    { name: "tempdb disks", disks: tempdb, gib: tempdbGib, iops: need.tempdbIops, mbps: need.tempdbMbps },
  ];
}

/** A stripe is as fast as its slowest disk, as many times as there are disks. */
function stripeOf(disks: readonly TargetDisk[]): {
  readonly gib: number;
  readonly iops: number;
  readonly mbps: number;
} {
  const each = disks.map(performanceOf);
  const together = (rates: readonly number[]): number => (rates.length === 0 ? 0 : rates.length * Math.min(...rates));
  return {
    gib: disks.reduce((total, { gib }) => total + gib, 0),
    iops: together(each.map(({ iops }) => iops)),
    mbps: together(each.map(({ mbps }) => mbps)),
  };
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
