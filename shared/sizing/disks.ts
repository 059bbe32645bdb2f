// Chooses the disks for data, log and tempdb, with their costs: managed disks, striped by Storage Spaces where one is
// not enough.
import type { DiskPrices, Provisioned } from "./prices.ts";

type DiskKind = "Premium SSD" | "Premium SSD v2" | "Ultra Disk";

/** Equal disks that are one volume. */
export interface Volume {
  readonly kind: DiskKind;
  readonly disks: number;
  /** Of Premium SSD. */
  readonly tier?: string;
  /** Of each disk. MB of 10^6 bytes. */
  readonly gib: number;
  readonly iops: number;
  readonly mbps: number;
  readonly caching: "ReadOnly" | "None";
  /** USD for all of them; infinite where no price is known. */
  readonly month: number;
}

export interface Demand {
  readonly gib: number;
  readonly iops: number;
  readonly mbps: number;
}

interface Tier {
  readonly name: string;
  readonly gib: number;
  readonly iops: number;
  readonly mbps: number;
}

/** learn.microsoft.com/azure/virtual-machines/disks-types, 2026-08-11; without bursts, which run out. */
export const PREMIUM_TIERS: readonly Tier[] = [
  { name: "P1", gib: 4, iops: 120, mbps: 25 },
  { name: "P2", gib: 8, iops: 120, mbps: 25 },
  { name: "P3", gib: 16, iops: 120, mbps: 25 },
  { name: "P4", gib: 32, iops: 120, mbps: 25 },
  { name: "P6", gib: 64, iops: 240, mbps: 50 },
  { name: "P10", gib: 128, iops: 500, mbps: 100 },
  { name: "P15", gib: 256, iops: 1_100, mbps: 125 },
  { name: "P20", gib: 512, iops: 2_300, mbps: 150 },
  { name: "P30", gib: 1_024, iops: 5_000, mbps: 200 },
  { name: "P40", gib: 2_048, iops: 7_500, mbps: 250 },
  { name: "P50", gib: 4_096, iops: 7_500, mbps: 250 },
  { name: "P60", gib: 8_192, iops: 16_000, mbps: 500 },
  { name: "P70", gib: 16_384, iops: 18_000, mbps: 750 },
  { name: "P80", gib: 32_767, iops: 20_000, mbps: 900 },
];

/** From this size on a disk takes no host caching. */
const UNCACHED_FROM_GIB = 4_096;
/** Data: P20 and larger, which burst and cache; log: P10 and larger. */
const LEAST_DATA_GIB = 512;
const LEAST_LOG_GIB = 128;

const V2 = {
  gib: 65_536,
  freeIops: 3_000,
  freeMbps: 125,
  iops: 80_000,
  mbps: 2_000,
  /** Above this many GiB each brings as many IOPS more. */
  iopsFromGib: 6,
  iopsPerGib: 500,
  mbpsPerIops: 0.25,
} as const;
/**
 * "Least number of disks": a stripe of provisioned disks is not made longer than this for the sake of their free
 * share.
 */
const LONGEST_V2_STRIPE = 8;

const ULTRA = {
  gib: 65_536,
  leastGib: 4,
  leastIops: 100,
  iops: 400_000,
  iopsPerGib: 1_000,
  mbps: 10_000,
  mbpsPerIops: 0.25,
};

/** Every way with Premium SSD, the cheapest first, those without a known price last; then the fewest disks. */
export function premiumVolumes(demand: Demand, use: "data" | "log" | "tempdb", prices: DiskPrices): Volume[] {
  return PREMIUM_TIERS.filter(({ gib }) => gib >= (use === "log" ? LEAST_LOG_GIB : LEAST_DATA_GIB))
    .map(({ name, gib, iops, mbps }): Volume => {
      const price = prices.premium?.of.get(name) ?? Number.POSITIVE_INFINITY;
      const disks = Math.max(1, ...[demand.gib / gib, demand.iops / iops, demand.mbps / mbps].map(Math.ceil));
      const caching = use === "log" || gib >= UNCACHED_FROM_GIB ? "None" : "ReadOnly";
      return { kind: "Premium SSD", disks, tier: name, gib, iops, mbps, caching, month: cents(disks * price) };
    })
    .sort(byMonth);
}

/** Premium SSD v2, with 1 to 8 disks as far as they can carry it; the cheapest first. */
export function premiumV2Volumes(demand: Demand, prices: DiskPrices): Volume[] {
  const volumes: Volume[] = [];
  for (let disks = 1; disks <= LONGEST_V2_STRIPE; disks++) {
    const mbps = Math.max(V2.freeMbps, Math.ceil(demand.mbps / disks));
    const iops = Math.max(V2.freeIops, Math.ceil(demand.iops / disks), Math.ceil(mbps / V2.mbpsPerIops));
    const gibForIops = V2.iopsFromGib + Math.ceil(Math.max(0, iops - V2.freeIops) / V2.iopsPerGib);
    const gib = Math.max(Math.ceil(demand.gib / disks), gibForIops);
    if (gib > V2.gib || iops > V2.iops || mbps > V2.mbps) continue;
    const paid = { gib, iops: iops - V2.freeIops, mbps: mbps - V2.freeMbps };
    const month = cents(disks * costOf(paid, prices.premiumV2?.of));
    volumes.push({ kind: "Premium SSD v2", disks, gib, iops, mbps, caching: "None", month });
  }
  return volumes.sort(byMonth);
}

/** One Ultra Disk; undefined when it cannot carry it. */
export function ultraVolume(demand: Demand, prices: DiskPrices): Volume | undefined {
  const mbps = Math.max(1, Math.ceil(demand.mbps));
  const iops = Math.max(ULTRA.leastIops, Math.ceil(demand.iops), Math.ceil(mbps / ULTRA.mbpsPerIops));
  const gib = Math.max(ULTRA.leastGib, Math.ceil(demand.gib), Math.ceil(iops / ULTRA.iopsPerGib));
  if (gib > ULTRA.gib || iops > ULTRA.iops || mbps > ULTRA.mbps) return undefined;
  const month = cents(costOf({ gib, iops, mbps }, prices.ultra?.of));
  return { kind: "Ultra Disk", disks: 1, gib, iops, mbps, caching: "None", month };
}

const byMonth = (a: Volume, b: Volume): number => byAmount(a.month, b.month) || a.disks - b.disks;

/** For sorting; what is not known is infinite, and all of that is equal. */
export const byAmount = (a: number, b: number): number => (a === b ? 0 : a - b);

/** Equal prices have to be equal, so that the fewest disks decide. */
const cents = (amount: number): number => Math.round(amount * 100) / 100;

const costOf = (amount: Demand, price: Provisioned | undefined): number =>
  price === undefined
    ? Number.POSITIVE_INFINITY
    : amount.gib * price.gib + amount.iops * price.iops + amount.mbps * price.mbps;

/** "2 x P30 (1024 GiB, 5000 IOPS, 200 MB/s each), ReadOnly". */
export const volumeText = ({ kind, disks, tier, gib, iops, mbps, caching }: Volume): string =>
  `${disks} x ${tier ?? kind} (${gib} GiB, ${iops} IOPS, ${mbps} MB/s${disks > 1 ? " each" : ""}), ${
    kind === "Premium SSD" ? `caching ${caching}` : "no caching"
  }`;
