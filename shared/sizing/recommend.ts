// Recommends the VM sizes that carry a need for the least money, with the dimension that decides and the sizes that
// were refused. Pure arithmetic over tables.
import { byAmount, type Demand, premiumV2Volumes, premiumVolumes, ultraVolume, type Volume } from "./disks.ts";
import { known } from "./measured/load.ts";
import { type Need, notKnown } from "./need.ts";
import { HOURS_PER_MONTH, type Prices } from "./prices.ts";
import { CONSTRAINABLE_SERIES, hasRawLocalDisk, type VmSize } from "./vmSizes.ts";

/** Share of the size that the need takes: 1 is full; absent where the need is not known. */
type Use = Readonly<Partial<Record<Dimension, number>>>;

export const DIMENSIONS = ["cores", "memory", "IOPS", "MB/s", "data disks", "local disk"] as const;

type Dimension = (typeof DIMENSIONS)[number];

interface Storage {
  readonly data: Volume;
  readonly log: Volume;
  /** Absent: tempdb is on the VM's local disk. */
  readonly tempdb?: Volume;
}

export interface SizeOption {
  readonly size: VmSize;
  readonly storage: Storage;
  readonly use: Use;
  /** The fullest. */
  readonly binding: Dimension;
  /** USD per month; infinite where no price is known. */
  readonly month: { readonly vm: number; readonly disks: number; readonly total: number };
  /** The same size with fewer vCPUs to license: "Standard_E16-8ds_v5". */
  readonly fewerCores?: string;
}

export interface Refused {
  readonly name: string;
  readonly controller: VmSize["controller"];
  /** USD per month; absent where no price is known. */
  readonly month?: number;
  /** "MB/s 147 %", or why it cannot be had. */
  readonly why: string;
}

export interface Recommendation {
  /** The cheapest, at most three, each another size. */
  readonly options: readonly SizeOption[];
  /** Those that would be cheaper than the last option, the dearest first; all of them when nothing fits. */
  readonly refused: readonly Refused[];
  /** What was asked for and cannot be had, and what is taken for it. */
  readonly remarks: readonly string[];
  /** The cheapest if SQL Server needs no more memory than it caches, where that is cheaper. */
  readonly withLeastMemory?: SizeOption;
}

export interface Market {
  /** Those that may be chosen, in the order in which controllers are preferred. */
  readonly sizes: readonly VmSize[];
  readonly prices: Prices;
  /** Kinds of disks that cannot be had there, and why. */
  readonly withheldDisks?: Readonly<Partial<Record<Volume["kind"], string>>>;
}

/** SQL Server is licensed for at least four cores of a VM. */
const LEAST_VCPUS = 4;
const MOST_OPTIONS = 3;
/** A log that is written faster than this today takes an Ultra Disk; milliseconds. */
const ULTRA_BELOW_MS = 1;

export function recommend(need: Need, market: Market): Recommendation {
  const missing = notKnown(need);
  const found = withUltraIfAnywhere(need, market);
  const all = {
    ...found,
    remarks: [
      ...found.remarks,
      ...(missing.length > 0
        ? [`Not known, and left out of what the sizes have to carry: ${missing.join(", ")}.`]
        : []),
    ],
  };
  if (need.memoryGib === undefined || need.memoryLeastGib === undefined || need.memoryLeastGib >= need.memoryGib)
    return all;
  const [least] = withUltraIfAnywhere({ ...need, memoryGib: need.memoryLeastGib }, market).options;
  const [best] = all.options;
  const isCheaper = least !== undefined && (best === undefined || least.month.total < best.month.total);
  return { ...all, ...(isCheaper && { withLeastMemory: least }) };
}

const asksForUltra = ({ logWriteMs }: Need): boolean => logWriteMs !== undefined && logWriteMs < ULTRA_BELOW_MS;

/**
 * A log that is as fast as an Ultra Disk today goes to a slower kind where no Ultra Disk can be had, and that is
 * said.
 */
function withUltraIfAnywhere(need: Need, market: Market): Recommendation {
  const all = weighed(need, market);
  const why = market.withheldDisks?.["Ultra Disk"];
  if (!asksForUltra(need) || (why === undefined && all.options.length > 0)) return { ...all, remarks: [] };
  const reason = why ?? "no size that carries the rest takes one";
  const without =
    why === undefined
      ? weighed(need, { ...market, withheldDisks: { ...market.withheldDisks, "Ultra Disk": reason } })
      : all;
  if (without.options.length === 0) return { ...all, remarks: [] };
  const remark = `The log is written in ${need.logWriteMs?.toFixed(2)} ms today, which asks for an Ultra Disk (${reason}): it will be slower.`;
  return { ...without, remarks: [remark] };
}

function weighed(need: Need, { sizes, prices, withheldDisks = {} }: Market): Omit<Recommendation, "remarks"> {
  const layouts = layoutsFor(need, prices, withheldDisks);
  const candidates = sizes
    .filter(({ vcpus }) => vcpus >= LEAST_VCPUS)
    .flatMap((size) => candidateOf(size, need, layouts, prices) ?? []);
  const fitting = candidates.filter(({ refusal }) => refusal === undefined).sort(byMonth);
  const options = uniqueByName(fitting).slice(0, MOST_OPTIONS);
  const fits = new Set(fitting.map(({ size }) => size.name));
  const dearest = options.length < MOST_OPTIONS ? Number.POSITIVE_INFINITY : (options.at(-1)?.month.total ?? 0);
  const refused = uniqueByName(
    candidates
      .filter(({ size, refusal, month }) => refusal !== undefined && !fits.has(size.name) && month.total <= dearest)
      .sort((a, b) => mostUsed(a) - mostUsed(b)),
  )
    .sort((a, b) => byAmount(b.month.total, a.month.total))
    .map(({ size, refusal = "", month }) => ({
      name: size.name,
      controller: size.controller,
      ...(Number.isFinite(month.total) && { month: month.total }),
      why: refusal,
    }));
  return { options: options.map(({ refusal: _, ...option }) => option), refused };
}

interface Candidate extends SizeOption {
  readonly refusal?: string;
}

const byMonth = (a: Candidate, b: Candidate): number =>
  byAmount(a.month.total, b.month.total) ||
  byAmount(a.month.vm, b.month.vm) ||
  a.size.vcpus - b.size.vcpus ||
  (a.size.name < b.size.name ? -1 : 1);

const mostUsed = ({ use }: Candidate): number => Math.max(...Object.values(use));

function uniqueByName<Sized extends { readonly size: VmSize }>(all: readonly Sized[]): Sized[] {
  const seen = new Set<string>();
  return all.filter(({ size }) => !seen.has(size.name) && seen.add(size.name));
}

interface Layout {
  readonly limits: "premium" | "flexible";
  readonly data: Volume;
  readonly log: Volume;
  readonly tempdb: Volume;
}

/**
 * Pairs of data and log volumes, each kind apart, with what tempdb would take if it cannot be local; the cheapest
 * first.
 */
function layoutsFor(need: Need, prices: Prices, withheld: NonNullable<Market["withheldDisks"]>): Layout[] {
  const { disks } = prices;
  const data: Demand = { gib: need.dataGib, iops: need.dataIops ?? 0, mbps: need.dataMbps ?? 0 };
  const log: Demand = { gib: need.logGib, iops: need.logIops ?? 0, mbps: need.logMbps ?? 0 };
  const tempdb: Demand = { gib: need.tempdbGib, iops: need.tempdbIops ?? 0, mbps: need.tempdbMbps ?? 0 };
  const has = (kind: Volume["kind"]): boolean => withheld[kind] === undefined;
  const premium = has("Premium SSD");
  const v2 = has("Premium SSD v2");
  const ultraLog = asksForUltra(need) && has("Ultra Disk") ? ultraVolume(log, disks) : undefined;
  const logs = (others: () => readonly Volume[]): readonly Volume[] => (ultraLog ? [ultraLog] : others());

  const layouts: Layout[] = [];
  const add = (limits: Layout["limits"], datas: readonly Volume[], logVolumes: readonly Volume[], own?: Volume) => {
    if (own === undefined) return;
    for (const one of datas)
      for (const other of logVolumes) layouts.push({ limits, data: one, log: other, tempdb: own });
  };
  if (premium)
    add(
      "premium",
      premiumVolumes(data, "data", disks),
      logs(() => premiumVolumes(log, "log", disks)),
      premiumVolumes(tempdb, "tempdb", disks)[0],
    );
  if (v2)
    add(
      "flexible",
      premiumV2Volumes(data, disks),
      logs(() => premiumV2Volumes(log, disks)),
      premiumV2Volumes(tempdb, disks)[0],
    );
  const disksOf = ({ data: one, log: other }: Layout): number => one.disks + other.disks;
  layouts.sort(
    (a, b) =>
      byAmount(inCents(a.data.month + a.log.month), inCents(b.data.month + b.log.month)) || disksOf(a) - disksOf(b),
  );
  // A size sees nothing of a layout but its limits and how many disks there are: of those that are equal in both the
  // cheapest will do.
  const seen = new Set<string>();
  return layouts.filter((layout) => {
    const key = `${layout.limits} ${disksOf(layout)}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Sums of prices that are equal have to be equal, so that the order decides. */
const inCents = (amount: number): number => Math.round(amount * 100);

interface Tried {
  readonly layout: Layout;
  readonly use: Use;
  readonly most: number;
  /** USD for the disks. */
  readonly month: number;
}

/**
 * The size with its cheapest layout that fits; without one, with the layout that comes closest. Undefined without any
 * layout.
 */
function candidateOf(size: VmSize, need: Need, layouts: readonly Layout[], prices: Prices): Candidate | undefined {
  const isLocal = !hasRawLocalDisk(size) && localUse(size, need) <= 1;
  const hourly = prices.vm.get(size.name);
  const vm = hourly === undefined ? Number.POSITIVE_INFINITY : hourly * HOURS_PER_MONTH;
  let closest: Tried | undefined;
  let best: Tried | undefined;
  for (const layout of layouts) {
    const use = useOf(size, need, layout.limits, disksIn(layout, isLocal), isLocal);
    const most = Math.max(...Object.values(use));
    const month = layout.data.month + layout.log.month + (isLocal ? 0 : layout.tempdb.month);
    const tried = { layout, use, most, month };
    if (closest === undefined || most < closest.most) closest = tried;
    if (most <= 1 && (best === undefined || inCents(month) < inCents(best.month))) best = tried;
  }
  const chosen = best ?? closest;
  if (chosen === undefined) return undefined;
  const { layout, use, most, month: disks } = chosen;
  const { data, log, tempdb } = layout;
  const binding = bindingOf(use);
  const refusal =
    size.withheld ??
    (size.hasNoUltra && log.kind === "Ultra Disk" ? "takes no Ultra Disk, which the log asks for" : undefined) ??
    (hourly === undefined ? `no price is known for it in ${prices.region}` : undefined) ??
    (most > 1 ? overText(use) : undefined);
  const fewerCores = constrained(size, need);
  return {
    size,
    storage: { data, log, ...(!isLocal && { tempdb }) },
    use,
    binding,
    month: { vm, disks, total: vm + disks },
    ...(fewerCores !== undefined && { fewerCores }),
    ...(refusal !== undefined && { refusal }),
  };
}

const disksIn = ({ data, log, tempdb }: Layout, isLocal: boolean): number =>
  data.disks + log.disks + (isLocal ? 0 : tempdb.disks);

/** Planned on uncached limits: the cache helps beyond them. tempdb on the local disk takes none of them. */
function useOf(size: VmSize, need: Need, limits: "premium" | "flexible", disks: number, isTempdbLocal: boolean): Use {
  const iops = limits === "premium" ? size.iops : size.flexIops;
  const mbps = limits === "premium" ? size.mbps : size.flexMbps;
  return {
    ...known({
      cores: share(need.cores, size.vcpus),
      memory: share(need.memoryGib, size.memoryGib),
      IOPS: share(isTempdbLocal ? need.iops : (need.allIops ?? need.iops), iops),
      "MB/s": share(isTempdbLocal ? need.mbps : (need.allMbps ?? need.mbps), mbps),
    }),
    "data disks": disks / size.maxDataDisks,
    "local disk": isTempdbLocal ? localUse(size, need) : 0,
  };
}

export const localUse = (size: VmSize, { tempdbGib, tempdbIops, tempdbMbps }: Need): number =>
  size.localGib === 0
    ? Number.POSITIVE_INFINITY
    : Math.max(
        share(tempdbGib, size.localGib) ?? 0,
        share(tempdbIops, size.localIops) ?? 0,
        share(tempdbMbps, size.localMbps) ?? 0,
      );

/** Nothing asked is nothing taken, whatever the limit; what is not known stays so. */
const share = (need: number | undefined, limit: number): number | undefined =>
  need === undefined ? undefined : need === 0 ? 0 : limit === 0 ? Number.POSITIVE_INFINITY : need / limit;

function bindingOf(use: Use): Dimension {
  return DIMENSIONS.reduce((most, one) => ((use[one] ?? 0) > (use[most] ?? 0) ? one : most));
}

/** "MB/s 147 %, cores 110 %": what does not fit, the fullest first. */
const overText = (use: Use): string =>
  Object.entries(use)
    .filter(([, share]) => share > 1)
    .toSorted(([, a], [, b]) => b - a)
    .map(([dimension, share]) => `${dimension} ${Math.ceil(share * 100)} %`)
    .join(", ");

/** Half or a quarter of the vCPUs, where memory or disks ask for the size and the cores do not. */
function constrained({ name, series, vcpus }: VmSize, { cores }: Need): string | undefined {
  if (cores === undefined) return undefined;
  const [, family, rest] = /^Standard_([A-Z]+)\d+([a-z]+_v\d+)$/.exec(name) ?? [];
  if (!CONSTRAINABLE_SERIES.includes(series) || ![8, 16, 32, 64, 96].includes(vcpus)) return undefined;
  const active = [vcpus / 4, vcpus / 2].find((some) => some >= LEAST_VCPUS && some >= cores);
  return active === undefined ? undefined : `Standard_${family}${vcpus}-${active}${rest}`;
}
