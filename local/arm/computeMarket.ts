// Answers for Microsoft.Compute in the emulator's region: the shipped sizes as ResourceSkus_List tells them, page by
// page, and a quota.
import { VM_SIZES, type VmSize } from "../../shared/sizing/vmSizes.ts";
import { type ArmCall, type Handler, type Reply, refusal } from "./replies.ts";
import { same } from "./resources.ts";

const PAGE = 25;
const ZONES = ["1", "2", "3"];
/** vCPUs of each family that a new subscription often has. */
const LIMIT = 100;

/** ResourceSkus_List. Capabilities are text; a size that takes both controllers is one entry, and names them both. */
export const listSkus: Handler = ({ seed }, call) => {
  const [, region] = /^location eq '([^']*)'$/.exec(call.query.get("$filter") ?? "") ?? [];
  if (region === undefined)
    return refusal(400, "InvalidParameter", "The emulator takes $filter=location eq 'REGION' and nothing else.");
  const names = [...new Set(VM_SIZES.map(({ name }) => name))];
  const all = same(region, seed.location)
    ? [...names.map((name) => vmSku(name, seed.location)), ...diskSkus(seed.location)]
    : [];
  return paged(call, all);
};

/** Usage_List: one entry for a family, and one for the region. */
export const listUsages: Handler = ({ seed }, call) => {
  if (!same(call.values["location"], seed.location))
    return refusal(400, "NoRegisteredProviderFound", `The emulator's only location is ${seed.location}.`);
  const families = [...new Set(VM_SIZES.map(({ series }) => familyOf(series)))];
  return paged(
    call,
    ["cores", ...families].map((value) => ({
      unit: "Count",
      currentValue: value === "cores" ? 8 : 0,
      limit: value === "cores" ? 2 * LIMIT : LIMIT,
      name: { value, localizedValue: value },
    })),
  );
};

function paged({ origin, query }: ArmCall, all: readonly object[]): Reply {
  const from = Number(query.get("$skiptoken") ?? 0);
  const next = from + PAGE;
  const link = new URLSearchParams({ ...Object.fromEntries(query), $skiptoken: String(next) });
  return {
    status: 200,
    body: { value: all.slice(from, next), ...(next < all.length && { nextLink: `${origin}/?${link}` }) },
  };
}

const familyOf = (series: string): string =>
  `standard${series.replace(/(v\d)$/, (version) => version.toUpperCase())}Family`;

function vmSku(name: string, location: string): object {
  const entries = VM_SIZES.filter((size) => size.name === name);
  const [size] = entries as [VmSize];
  const isNvmeOnly = entries.every(({ controller }) => controller === "NVMe");
  const isV6 = size.series.endsWith("v6");
  const gib = Math.round(size.localGib * 1024);
  const capabilities = {
    MaxResourceVolumeMB: isV6 ? 0 : gib,
    vCPUs: size.vcpus,
    vCPUsAvailable: size.vcpus,
    MemoryGB: size.memoryGib,
    MaxDataDiskCount: size.maxDataDisks,
    CpuArchitectureType: "x64",
    PremiumIO: "True",
    DiskControllerTypes: isNvmeOnly ? "NVMe" : entries.length > 1 ? "SCSI, NVMe" : "SCSI",
    UncachedDiskIOPS: (entries.find(({ controller }) => controller === "SCSI") ?? size).iops,
    UncachedDiskBytesPerSecond: (entries.find(({ controller }) => controller === "SCSI") ?? size).mbps * 1e6,
    CombinedTempDiskAndCachedIOPS: size.localIops,
    CombinedTempDiskAndCachedReadBytesPerSecond: size.localMbps * 1e6,
    CombinedTempDiskAndCachedWriteBytesPerSecond: size.localMbps * 1e6,
    ...(isV6 && {
      NvmeDiskSizeInMiB: gib,
      NvmeMaxReadIops: size.localIops,
      NvmeMaxWriteIops: size.localIops,
      NvmeMaxReadBytesPerSecond: size.localMbps * 1e6,
      NvmeMaxWriteBytesPerSecond: size.localMbps * 1e6,
    }),
  };
  return {
    resourceType: "virtualMachines",
    name,
    tier: "Standard",
    size: name.replace("Standard_", ""),
    family: familyOf(size.series),
    locations: [location],
    locationInfo: [
      {
        location,
        zones: ZONES,
        zoneDetails: [{ Name: ZONES, capabilities: [{ name: "UltraSSDAvailable", value: "True" }] }],
      },
    ],
    capabilities: Object.entries(capabilities).map(([key, value]) => ({ name: key, value: String(value) })),
    restrictions: [],
  };
}

const diskSkus = (location: string): object[] =>
  ["Premium_LRS", "PremiumV2_LRS", "UltraSSD_LRS"].map((name) => ({
    resourceType: "disks",
    name,
    locations: [location],
    locationInfo: [{ location, zones: ZONES, zoneDetails: [] }],
    capabilities: [],
    restrictions: [],
  }));
