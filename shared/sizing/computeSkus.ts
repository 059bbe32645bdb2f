// Reads which sizes and disks Azure offers a subscription from answers of Microsoft.Compute/skus and usages, as our
// tables.
import type { Volume } from "./disks.ts";
import { VM_SIZES, type VmSize } from "./vmSizes.ts";

/** An entry of ResourceSkus_List. Capabilities are text. */
export interface ComputeSku {
  readonly resourceType: string;
  readonly name: string;
  /** Its case varies. */
  readonly family?: string;
  readonly locationInfo: readonly {
    readonly location: string;
    readonly zones: readonly string[];
    readonly zoneDetails: readonly { readonly zones: readonly string[]; readonly capabilities: Capabilities }[];
  }[];
  readonly capabilities: Capabilities;
  readonly restrictions: readonly {
    readonly type: string;
    readonly reasonCode: string;
    readonly zones: readonly string[];
  }[];
}

export type Capabilities = Readonly<Record<string, string>>;

/** An entry of Usage_List: vCPUs of a family, or "cores" for all of the region. */
export interface Usage {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
}

export interface Place {
  readonly region: string;
  readonly zone?: string;
  /** ISO date, for sizes that retire. */
  readonly today: string;
}

/**
 * Sizes that SQL Server can run on, SCSI before NVMe; those that cannot be had say why. What the API does not tell
 * (limits with NVMe where a size takes both controllers, and with Premium SSD v2 and Ultra Disk) is of the shipped
 * table.
 */
export function sizesOfSkus(skus: readonly ComputeSku[], usages: readonly Usage[], place: Place): VmSize[] {
  const sizes = skus
    .filter(({ resourceType }) => resourceType.toLowerCase() === "virtualmachines")
    .filter(({ name, capabilities }) => isUsable(capabilities) && seriesOf(name) !== undefined && !isConstrained(name))
    .flatMap((sku) => sizesOf(sku, usages, place));
  return [
    ...sizes.filter(({ controller }) => controller === "SCSI"),
    ...sizes.filter((one) => one.controller === "NVMe"),
  ];
}

/** Kinds of managed disks that the region does not have, for Market.withheldDisks. */
export function withheldDisksOf(
  skus: readonly ComputeSku[],
  { region, zone }: Place,
): Partial<Record<Volume["kind"], string>> {
  const disks = skus.filter(({ resourceType }) => resourceType.toLowerCase() === "disks");
  const kinds = {
    "Premium SSD": "Premium_LRS",
    "Premium SSD v2": "PremiumV2_LRS",
    "Ultra Disk": "UltraSSD_LRS",
  } as const;
  return Object.fromEntries(
    Object.entries(kinds).flatMap(([kind, name]) => {
      const found = disks.filter((one) => one.name === name);
      const inZone = found.some(({ locationInfo }) =>
        locationInfo.some(({ zones }) => zone === undefined || zones.length === 0 || zones.includes(zone)),
      );
      return inZone ? [] : [[kind, `not offered in ${placeText(region, found.length > 0 ? zone : undefined)}`]];
    }),
  );
}

/** "Standard_E8-4ds_v5" -> "Edsv5"; undefined for names of another form. */
export function seriesOf(name: string): string | undefined {
  const [, family, rest = "", version] = /^Standard_([A-Z]+)\d+(?:-\d+)?([a-z]*)_(v\d+)$/.exec(name) ?? [];
  return family === undefined ? undefined : `${family}${rest.replace(/^i/, "")}${version}`;
}

const isConstrained = (name: string): boolean => /^Standard_[A-Z]+\d+-\d/.test(name);

const isUsable = (of: Capabilities): boolean =>
  of["PremiumIO"] === "True" && (of["CpuArchitectureType"] ?? "x64") === "x64" && numberIn(of, "MaxDataDiskCount") > 0;

/** 0 where it is not told. */
function numberIn(of: Capabilities, name: string): number {
  const value = Number(of[name] ?? 0);
  return Number.isFinite(value) ? value : 0;
}

const MB = 1e6;

/** One size for each controller that it takes. */
function sizesOf(sku: ComputeSku, usages: readonly Usage[], place: Place): VmSize[] {
  const { name, capabilities: of } = sku;
  const controllers = (of["DiskControllerTypes"] ?? "SCSI")
    .split(",")
    .map((text) => text.trim())
    .filter((text): text is VmSize["controller"] => text === "SCSI" || text === "NVMe");
  const withheld = whyWithheld(sku, usages, place);
  const local = localDisk(of);
  return controllers.map((controller): VmSize => {
    const shipped = VM_SIZES.find((size) => size.name === name && size.controller === controller);
    const told = {
      iops: numberIn(of, "UncachedDiskIOPS"),
      mbps: numberIn(of, "UncachedDiskBytesPerSecond") / MB,
    };
    // With both controllers the API tells the limits of SCSI.
    const isTold = controllers.length === 1 || controller === "SCSI";
    const iops = isTold || !shipped ? told.iops : shipped.iops;
    const mbps = isTold || !shipped ? told.mbps : shipped.mbps;
    return {
      name,
      series: seriesOf(name) ?? "",
      controller,
      // vCPUs are those of the hardware: sizes with constrained cores have fewer that run.
      vcpus: numberIn(of, "vCPUsAvailable") || numberIn(of, "vCPUs"),
      memoryGib: numberIn(of, "MemoryGB"),
      ...local,
      maxDataDisks: numberIn(of, "MaxDataDiskCount"),
      iops,
      mbps,
      flexIops: Math.max(shipped?.flexIops ?? 0, iops),
      flexMbps: Math.max(shipped?.flexMbps ?? 0, mbps),
      ...(!hasUltra(sku, place) && { hasNoUltra: true }),
      ...(withheld !== undefined && { withheld }),
    };
  });
}

/** Sizes of v6 have no resource volume: their local disk is NVMe, and stands in members of its own. */
function localDisk(of: Capabilities): Pick<VmSize, "localGib" | "localIops" | "localMbps"> {
  const volumeMb = numberIn(of, "MaxResourceVolumeMB");
  if (volumeMb > 0)
    return {
      localGib: volumeMb / 1024,
      localIops: numberIn(of, "CombinedTempDiskAndCachedIOPS"),
      localMbps: numberIn(of, "CombinedTempDiskAndCachedReadBytesPerSecond") / MB,
    };
  const nvmeMib = numberIn(of, "NvmeDiskSizeInMiB");
  if (nvmeMib === 0) return { localGib: 0, localIops: 0, localMbps: 0 };
  return {
    localGib: nvmeMib / 1024,
    localIops: numberIn(of, "NvmeMaxWriteIops") || numberIn(of, "NvmeMaxReadIops"),
    localMbps: (numberIn(of, "NvmeMaxWriteBytesPerSecond") || numberIn(of, "NvmeMaxReadBytesPerSecond")) / MB,
  };
}

function hasUltra({ capabilities, locationInfo }: ComputeSku, { zone }: Place): boolean {
  if (capabilities["UltraSSDAvailable"] === "True") return true;
  return locationInfo.some(({ zoneDetails }) =>
    zoneDetails.some(
      ({ zones, capabilities: inZone }) =>
        inZone["UltraSSDAvailable"] === "True" && (zone === undefined || zones.includes(zone)),
    ),
  );
}

function whyWithheld(sku: ComputeSku, usages: readonly Usage[], place: Place): string | undefined {
  const { region, zone, today } = place;
  const { restrictions, locationInfo, family = "", capabilities } = sku;
  const everywhere = restrictions.find(({ type }) => type === "Location");
  if (everywhere) return `not offered to your subscription in ${region} (${everywhere.reasonCode})`;
  if (zone !== undefined) {
    const there = restrictions.find(({ type, zones }) => type === "Zone" && zones.includes(zone));
    if (there) return `not offered to your subscription in ${placeText(region, zone)} (${there.reasonCode})`;
    if (!locationInfo.some(({ zones }) => zones.includes(zone))) return `not in ${placeText(region, zone)}`;
  }
  const [, month, day, year] = /^(\d\d)\/(\d\d)\/(\d{4})/.exec(capabilities["RetirementDateUtc"] ?? "") ?? [];
  if (year !== undefined) {
    const retires = `${year}-${month}-${day}`;
    return retires <= today ? `retired on ${retires}` : `retires on ${retires}`;
  }
  const takes = numberIn(capabilities, "vCPUs");
  const full = usages.find(
    ({ name, used, limit }) => [family.toLowerCase(), "cores"].includes(name.toLowerCase()) && used + takes > limit,
  );
  return full && `quota of ${full.name} in ${region}: ${full.used} of ${full.limit} vCPUs are used, it takes ${takes}`;
}

const placeText = (region: string, zone: string | undefined): string =>
  zone === undefined ? region : `zone ${zone} of ${region}`;
