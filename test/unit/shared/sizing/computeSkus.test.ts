// Tests that Azure's answers about sizes are read correctly, including their known traps, and that the shipped table
// agrees with the API.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { SkusPage } from "../../../../shared/azure/compute/computeMarket.ts";
import {
  type ComputeSku,
  type Place,
  seriesOf,
  sizesOfSkus,
  withheldDisksOf,
} from "../../../../shared/sizing/computeSkus.ts";
import { VM_SIZES } from "../../../../shared/sizing/vmSizes.ts";

const PLACE: Place = { region: "westeurope", today: "2026-11-30" };

const USUAL = {
  MaxResourceVolumeMB: "307200",
  vCPUs: "8",
  vCPUsAvailable: "8",
  MemoryGB: "64",
  MaxDataDiskCount: "16",
  CpuArchitectureType: "x64",
  PremiumIO: "True",
  DiskControllerTypes: "SCSI",
  UncachedDiskIOPS: "12800",
  UncachedDiskBytesPerSecond: "290000000",
  CombinedTempDiskAndCachedIOPS: "38000",
  CombinedTempDiskAndCachedReadBytesPerSecond: "500000000",
};

const sku = (
  name: string,
  capabilities: Readonly<Record<string, string | undefined>> = {},
  more: Partial<ComputeSku> = {},
): ComputeSku => ({
  resourceType: "virtualMachines",
  name,
  family: "standardEDSv5Family",
  locationInfo: [{ location: "westeurope", zones: ["1", "3"], zoneDetails: [] }],
  capabilities: Object.fromEntries(
    Object.entries({ ...USUAL, ...capabilities }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ),
  restrictions: [],
  ...more,
});

const sizesOf = (...skus: ComputeSku[]) => sizesOfSkus(skus, [], PLACE);

test("the vCPUs of a size are those that are available, not those of the hardware", () => {
  const [size] = sizesOf(sku("Standard_E8ds_v5", { vCPUsAvailable: "2" }));
  assert.equal(size?.vcpus, 2);
  assert.equal(sizesOf(sku("Standard_E8ds_v5", { vCPUsAvailable: undefined }))[0]?.vcpus, 8);
});

test("memory has decimals", () => {
  assert.equal(sizesOf(sku("Standard_M8ms_v2", { MemoryGB: "218.75" }))[0]?.memoryGib, 218.75);
});

test("a local disk that is NVMe stands in members of its own, and the resource volume says 0", () => {
  const [size] = sizesOf(
    sku("Standard_D128ds_v6", {
      MaxResourceVolumeMB: "0",
      DiskControllerTypes: "NVMe",
      NvmeDiskSizeInMiB: "7208960",
      NvmeMaxReadIops: "2400000",
      NvmeMaxWriteIops: "960000",
      NvmeMaxWriteBytesPerSecond: "5760000000",
    }),
  );
  assert.deepEqual(
    [size?.controller, size?.localGib, size?.localIops, size?.localMbps],
    ["NVMe", 7_040, 960_000, 5_760],
  );
});

test("throughput is told in bytes, and meant in MB of a million", () => {
  const [size] = sizesOf(
    sku("Standard_E8ds_v5", {
      MaxResourceVolumeMB: "307200",
      CombinedTempDiskAndCachedIOPS: "38000",
      CombinedTempDiskAndCachedReadBytesPerSecond: "500000000",
    }),
  );
  assert.deepEqual([size?.localGib, size?.localIops, size?.localMbps], [300, 38_000, 500]);
});

test("a size without a local disk has none, and tempdb takes a disk of its own there", () => {
  assert.equal(sizesOf(sku("Standard_E8s_v5", { MaxResourceVolumeMB: "0" }))[0]?.localGib, 0);
});

test("limits with NVMe, and with Premium SSD v2 and Ultra Disk, are of the shipped table: the API does not tell them", () => {
  const [scsi, nvme] = sizesOf(
    sku("Standard_E8bds_v5", {
      DiskControllerTypes: "SCSI, NVMe",
      UncachedDiskIOPS: "24200",
      UncachedDiskBytesPerSecond: "680000000",
    }),
  );
  assert.deepEqual([scsi?.controller, scsi?.iops, scsi?.mbps, scsi?.flexIops], ["SCSI", 24_200, 680, 32_400]);
  assert.deepEqual([nvme?.controller, nvme?.iops, nvme?.mbps, nvme?.flexIops], ["NVMe", 33_000, 930, 44_200]);
});

test("of a size that the shipped table does not have, nothing is made up", () => {
  const [size] = sizesOf(sku("Standard_D8ds_v5"));
  assert.deepEqual([size?.flexIops, size?.flexMbps, size?.series], [12_800, 290, "Ddsv5"]);
});

test("ARM processors, sizes without Premium SSD, and constrained forms are left out", () => {
  assert.deepEqual(
    sizesOf(
      sku("Standard_E8pds_v5", { CpuArchitectureType: "Arm64" }),
      sku("Standard_E8d_v5", { PremiumIO: "False" }),
      sku("Standard_E8-2ds_v5", { vCPUsAvailable: "2" }),
      sku("Standard_E8ds_v5", {}, { resourceType: "hostGroups/hosts" }),
    ),
    [],
  );
});

const withheldOf = (one: ComputeSku, place: Partial<Place> = {}, usages: Parameters<typeof sizesOfSkus>[1] = []) =>
  sizesOfSkus([one], usages, { ...PLACE, ...place })[0]?.withheld;

test("a size that is restricted for the subscription is withheld in the region, or in the zone", () => {
  const inRegion = { type: "Location", reasonCode: "NotAvailableForSubscription", zones: [] };
  const inZone = { type: "Zone", reasonCode: "NotAvailableForSubscription", zones: ["1"] };
  const ofRegion = sku("Standard_E8ds_v5", {}, { restrictions: [inRegion] });
  const ofZone = sku("Standard_E8ds_v5", {}, { restrictions: [inZone] });
  assert.match(withheldOf(ofRegion) ?? "", /not offered to your subscription in westeurope \(NotAvailable/);
  assert.match(withheldOf(ofZone, { zone: "1" }) ?? "", /in zone 1 of westeurope/);
  assert.equal(withheldOf(ofZone, { zone: "3" }), undefined);
  assert.equal(withheldOf(ofZone), undefined);
});

test("a size that the zone does not have, or that retires, is withheld", () => {
  assert.match(withheldOf(sku("Standard_E8ds_v5"), { zone: "2" }) ?? "", /not in zone 2/);
  assert.match(withheldOf(sku("Standard_E8ds_v5", { RetirementDateUtc: "08/31/2023" })) ?? "", /retired on 2023-08-31/);
});

test("quota is by family, whose case varies, and by region", () => {
  const size = sku("Standard_E8ds_v5");
  const usage = (name: string, used: number) => [{ name, used, limit: 20 }];
  assert.match(withheldOf(size, {}, usage("StandardEdsv5family", 13)) ?? "", /13 of 20 vCPUs are used, it takes 8/);
  assert.match(withheldOf(size, {}, usage("cores", 13)) ?? "", /quota of cores/);
  assert.equal(withheldOf(size, {}, usage("standardEDSv5Family", 12)), undefined);
  assert.equal(withheldOf(size, {}, usage("standardDSv5Family", 20)), undefined);
});

test("Ultra Disk is told by zone, under a name in either case, or for the whole size", () => {
  const answer = (zoneDetail: object) =>
    SkusPage.parse({
      value: [
        {
          resourceType: "virtualMachines",
          name: "Standard_E8ds_v5",
          capabilities: Object.entries(USUAL).map(([name, value]) => ({ name, value })),
          locationInfo: [{ location: "westeurope", zones: ["1", "3"], zoneDetails: [zoneDetail] }],
          restrictions: [],
        },
      ],
    }).value;
  const capabilities = [{ name: "UltraSSDAvailable", value: "True" }];
  const has = (zoneDetail: object, zone: string) =>
    sizesOfSkus(answer(zoneDetail), [], { ...PLACE, zone })[0]?.hasNoUltra !== true;
  assert.deepEqual(
    [
      has({ name: ["1"], capabilities }, "1"),
      has({ Name: ["1"], name: null, capabilities }, "1"),
      has({ name: ["1"], capabilities }, "3"),
    ],
    [true, true, false],
  );
  assert.equal(sizesOf(sku("Standard_E8ds_v5", { UltraSSDAvailable: "True" }))[0]?.hasNoUltra, undefined);
});

test("a region, or a zone, without Premium SSD v2 withholds it", () => {
  const disk = (name: string, zones: string[]): ComputeSku => ({
    ...sku(name),
    resourceType: "disks",
    locationInfo: [{ location: "westeurope", zones, zoneDetails: [] }],
  });
  const disks = [disk("Premium_LRS", ["1", "2", "3"]), disk("PremiumV2_LRS", ["1"])];
  assert.deepEqual(withheldDisksOf(disks, PLACE), { "Ultra Disk": "not offered in westeurope" });
  assert.deepEqual(withheldDisksOf(disks, { ...PLACE, zone: "2" }), {
    "Premium SSD v2": "not offered in zone 2 of westeurope",
    "Ultra Disk": "not offered in westeurope",
  });
});

test("series are named as Microsoft's pages name them", () => {
  assert.deepEqual(
    ["Standard_E8bds_v5", "Standard_E8-4ds_v5", "Standard_E112ibds_v5", "Standard_M64ms_v2", "Basic_A1"].map(seriesOf),
    ["Ebdsv5", "Edsv5", "Ebdsv5", "Mmsv2", undefined],
  );
  for (const { name, series } of VM_SIZES) assert.equal(seriesOf(name), series);
});

const REAL = "../shared/assess/resource-skus";

test("real answers of the API are read whole", { skip: existsSync(REAL) ? false : `${REAL} is not there` }, () => {
  const skus = globSync(`${REAL}/*.json`).flatMap(
    (file) => SkusPage.parse(JSON.parse(readFileSync(file, "utf8"))).value,
  );
  assert.ok(skus.length > 10);
  const sizes = sizesOfSkus(skus, [], PLACE);
  const byName = new Map(sizes.map((size) => [size.name, size]));
  assert.deepEqual(
    [byName.get("Standard_D64s_v3")?.iops, byName.get("Standard_D128ds_v6")?.localGib, byName.get("Standard_E4d_v5")],
    [80_000, 7_040, undefined],
  );
  // Constrained sizes: vCPUsAvailable is the number that can be used, which the shipped table has.
  const constrained = skus.find(({ name }) => name === "Standard_M8-2ms");
  assert.deepEqual([constrained?.capabilities["vCPUs"], constrained?.capabilities["vCPUsAvailable"]], ["8", "2"]);
});

const CSV = "../shared/assess/vm-sizes.csv";

test("the shipped table says what the pages say", { skip: existsSync(CSV) ? false : `${CSV} is not there` }, () => {
  const lines = readFileSync(CSV, "utf8").trim().split("\n").slice(1);
  assert.equal(lines.length, VM_SIZES.length);
  for (const line of lines) {
    const [
      name,
      series,
      controller,
      vcpus,
      memory,
      local,
      localIops,
      localMbps,
      disks,
      iops,
      mbps,
      ,
      ,
      flexIops,
      flexMbps,
    ] = line.split(",");
    const size = VM_SIZES.find((one) => one.name === name && one.controller === controller);
    assert.deepEqual(
      [
        size?.series,
        size?.vcpus,
        size?.memoryGib,
        size?.localGib,
        size?.localIops,
        size?.localMbps,
        size?.maxDataDisks,
        size?.iops,
        size?.mbps,
        size?.flexIops,
        size?.flexMbps,
      ],
      [
        series,
        ...[vcpus, memory, local, localIops, localMbps, disks, iops, mbps, flexIops || iops, flexMbps || mbps].map(
          Number,
        ),
      ],
      line,
    );
  }
});
