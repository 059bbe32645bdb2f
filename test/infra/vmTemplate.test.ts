// Tests that the official compiler accepts the template of a recommended VM, and that its disks are those recommended.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Bicep, startBicep } from "../../infra/bicep.ts";
import { type Need, needOf } from "../../shared/sizing/need.ts";
import { type Market, recommend, type SizeOption } from "../../shared/sizing/recommend.ts";
import { vmTemplate } from "../../shared/sizing/vmTemplate.ts";
import { BICEP, noBicep } from "../support/bicepCompiler.ts";
import { load, MARKET, minute } from "../unit/shared/sizing/support.ts";

const USUAL = needOf(load([minute(0)]));
const PREMIUM_ONLY: Market = { ...MARKET, withheldDisks: { "Premium SSD v2": "not there" } };
const NVME_ONLY: Market = { ...MARKET, sizes: MARKET.sizes.filter(({ controller }) => controller === "NVMe") };

const bestOf = (need: Partial<Need>, market: Market): SizeOption => {
  const [option] = recommend({ ...USUAL, ...need }, market).options;
  assert.ok(option);
  return option;
};

const CASES: readonly [what: string, option: SizeOption][] = [
  ["Premium SSD v2", bestOf({}, MARKET)],
  ["Premium SSD with several disks", bestOf({ dataGib: 5_000, dataIops: 12_000, iops: 12_000 }, PREMIUM_ONLY)],
  ["a log on Ultra Disk", bestOf({ logWriteMs: 0.4 }, MARKET)],
  ["tempdb on a disk of its own", bestOf({ tempdbGib: 9_000 }, MARKET)],
  ["the NVMe controller", bestOf({}, NVME_ONLY)],
];

interface Disk {
  readonly lun: number;
  readonly caching: string;
}

interface Template {
  readonly resources: readonly {
    readonly type: string;
    readonly dependsOn?: readonly string[];
    readonly properties: Readonly<Record<string, unknown>>;
  }[];
}

describe("the template of a recommended VM", { skip: noBicep }, () => {
  let bicep: Bicep;
  let folder = "";
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "sqlferry-vm-"));
    copyFileSync("infra/bicepconfig.json", join(folder, "bicepconfig.json"));
    bicep = await startBicep(BICEP);
  });
  after(() => {
    bicep.stop();
    rmSync(folder, { recursive: true });
  });

  for (const [what, option] of CASES)
    it(`with ${what} compiles without a remark, in Full mode, with the disks that were recommended`, async () => {
      const file = join(folder, "vm.bicep");
      writeFileSync(file, vmTemplate(option, { server: "SRC01\\PROD\nx", region: "westeurope", versionMajor: 15 }));
      const { template, complaints } = await bicep.compile(file);
      assert.deepEqual(complaints, []);
      const all = Object.values((template as unknown as Template).resources);
      const [vm] = all.filter(({ type }) => type === "Microsoft.Compute/virtualMachines");
      const [sqlVm] = all.filter(({ type }) => type.startsWith("Microsoft.SqlVirtualMachine/"));
      assert.ok(vm && sqlVm);
      const { dataDisks } = vm.properties["storageProfile"] as { dataDisks: readonly Disk[] };
      const { data, log, tempdb } = option.storage;
      assert.deepEqual(
        dataDisks.map(({ lun, caching }) => [lun, caching]),
        [data, log, ...(tempdb ? [tempdb] : [])]
          .flatMap(({ disks, caching }) => Array.from({ length: disks }, () => caching))
          .map((caching, lun) => [lun, caching]),
      );
      const disksFirst = vm.dependsOn?.filter((one) => one.includes("Microsoft.Compute/disks")) ?? [];
      assert.equal(disksFirst.length, dataDisks.length, "each disk is there before the VM");
      assert.equal(sqlVm.properties["sqlManagement"], "Full");
      const settings = sqlVm.properties["storageConfigurationSettings"] as Record<
        string,
        { readonly luns?: string; readonly defaultFilePath?: string }
      >;
      assert.equal(settings["sqlDataSettings"]?.luns, `[range(0, ${data.disks})]`);
      assert.equal(settings["sqlLogSettings"]?.luns, `[range(${data.disks}, ${log.disks})]`);
      assert.equal(settings["sqlTempDbSettings"]?.defaultFilePath, tempdb ? "H:\\tempDb" : "D:\\tempDb");
    });
});
