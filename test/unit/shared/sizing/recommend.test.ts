// Tests that a recommendation carries the measured load, is decided by the right dimension, and gives the reason for
// each refused size.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { premiumV2Volumes, premiumVolumes, ultraVolume, type Volume } from "../../../../shared/sizing/disks.ts";
import type { Need } from "../../../../shared/sizing/need.ts";
import { recommend, type SizeOption } from "../../../../shared/sizing/recommend.ts";
import { VM_SIZES } from "../../../../shared/sizing/vmSizes.ts";
import { anyPoints, load, MARKET, minute, PRICES, wholeNeedOf } from "./support.ts";

const need = (more: Partial<Need> = {}): Need => ({
  ...wholeNeedOf(load([minute(0)])),
  ...more,
});

const names = (options: readonly SizeOption[]): string[] => options.map(({ size }) => size.name);

const best = (one: Need): SizeOption => {
  const [option] = recommend(one, MARKET).options;
  assert.ok(option);
  return option;
};

test("the three cheapest sizes, each once, the cheapest first", () => {
  const { options } = recommend(need(), MARKET);
  assert.equal(new Set(names(options)).size, 3);
  const months = options.map(({ month }) => month.total);
  assert.deepEqual(
    months,
    months.toSorted((a, b) => a - b),
  );
});

for (const [dimension, more, size] of [
  ["cores", { cores: 6.5 }, /^Standard_E8/],
  ["memory", { memoryGib: 100 }, /^Standard_E16/],
  ["MB/s", { mbps: 600, dataMbps: 600 }, /^Standard_E4bds_v5/],
  ["local disk", { tempdbGib: 145 }, /^Standard_E4/],
] as const)
  test(`${dimension} decides where it is the fullest`, () => {
    const option = best(need(more));
    assert.equal(option.binding, dimension);
    assert.match(option.size.name, size);
  });

test("a size that is too small is refused with what would be needed of it", () => {
  const { refused } = recommend(need({ mbps: 600, dataMbps: 600 }), MARKET);
  const small = refused.find(({ name }) => name === "Standard_E4ds_v5");
  assert.match(small?.why ?? "", /^MB\/s 414 %/);
});

test("sizes with fewer than four vCPUs are never recommended", () => {
  for (const option of recommend(need({ cores: 0.1, memoryGib: 4, memoryLeastGib: 4 }), MARKET).options)
    assert.ok(option.size.vcpus >= 4);
});

test("the NVMe controller is taken where SCSI does not carry it, at the same price", () => {
  const { options } = recommend(need({ iops: 30_000, dataIops: 30_000, mbps: 400, dataMbps: 400 }), MARKET);
  const e8 = options.find(({ size }) => size.name === "Standard_E8bds_v5");
  assert.ok(e8);
  // v2 disks have a higher limit even on SCSI; without them the controller decides
  const withoutV2 = recommend(need({ iops: 30_000, dataIops: 30_000, mbps: 400, dataMbps: 400 }), {
    ...MARKET,
    withheldDisks: { "Premium SSD v2": "not in this region" },
  });
  assert.equal(withoutV2.options.find(({ size }) => size.name === "Standard_E8bds_v5")?.size.controller, "NVMe");
});

test("tempdb goes to a disk of its own where the local disk is too small, and then counts against the VM's limits", () => {
  const only = { ...MARKET, sizes: MARKET.sizes.filter(({ name }) => name === "Standard_E8ds_v5") };
  const large = need({ tempdbGib: 500, iops: 1_000, allIops: 10_000 });
  const [option] = recommend(large, only).options;
  assert.ok(option?.storage.tempdb && option.storage.tempdb.gib * option.storage.tempdb.disks >= 500);
  assert.equal(option.use.IOPS, 10_000 / 12_800);
  assert.equal(recommend({ ...large, tempdbGib: 200 }, only).options[0]?.use.IOPS, 1_000 / 12_800);
  assert.match(recommend({ ...large, allIops: 20_000 }, only).refused[0]?.why ?? "", /^IOPS 157 %/);
});

test("tempdb is not put on a local disk that comes raw after each deallocation", () => {
  const v6 = VM_SIZES.filter(({ name }) => name === "Standard_E8ds_v6");
  const [option] = recommend(need(), { ...MARKET, sizes: v6 }).options;
  assert.ok(option?.storage.tempdb);
  assert.equal(option.use["local disk"], 0);
});

test("tempdb's throughput has to pass the local disk, too", () => {
  const only = { ...MARKET, sizes: MARKET.sizes.filter(({ name }) => name === "Standard_E8ds_v5") };
  const use = (tempdbMbps: number) => recommend(need({ tempdbMbps, allMbps: 0 }), only).options[0]?.use["local disk"];
  assert.deepEqual([use(250), use(501)], [0.5, 0]);
});

test("Ultra Disk is taken for a log that is written in less than a millisecond today, and for nothing else", () => {
  assert.equal(best(need({ logWriteMs: 0.4 })).storage.log.kind, "Ultra Disk");
  assert.notEqual(best(need({ logWriteMs: 1.5 })).storage.log.kind, "Ultra Disk");
  assert.notEqual(best(need()).storage.log.kind, "Ultra Disk");
  assert.notEqual(best(need({ logWriteMs: 0.4 })).storage.data.kind, "Ultra Disk");
});

test("a log that asks for Ultra Disk goes elsewhere where none can be had, and that is said", () => {
  const fast = need({ logWriteMs: 0.4 });
  for (const [market, why] of [
    [{ ...MARKET, sizes: MARKET.sizes.map((size) => ({ ...size, hasNoUltra: true as const })) }, /no size/],
    [{ ...MARKET, withheldDisks: { "Ultra Disk": "not offered in zone 1" } }, /not offered in zone 1/],
  ] as const) {
    const { options, remarks } = recommend(fast, market);
    assert.equal(options.length, 3);
    assert.notEqual(options[0]?.storage.log.kind, "Ultra Disk");
    assert.match(remarks.join(), why);
  }
  const some = MARKET.sizes.map((size) => (size.series === "Edsv5" ? size : { ...size, hasNoUltra: true as const }));
  const { options, refused, remarks } = recommend(fast, { ...MARKET, sizes: some });
  assert.ok(options.every(({ size, storage }) => size.series === "Edsv5" && storage.log.kind === "Ultra Disk"));
  assert.match(refused.map(({ why }) => why).join(), /takes no Ultra Disk/);
  assert.deepEqual(remarks, []);
});

test("disks without a known price come last, and are taken where nothing else carries the need", () => {
  const { premiumV2: _, ...disks } = PRICES.disks;
  const market = { ...MARKET, prices: { ...PRICES, disks } };
  assert.equal(recommend(need(), market).options[0]?.storage.data.kind, "Premium SSD");
  // beyond the limit of E8bds_v5 for Premium SSD on SCSI, within its limit for v2
  const only = {
    ...market,
    sizes: MARKET.sizes.filter(({ name, controller }) => /E8bds/.test(name) && controller === "SCSI"),
  };
  const [option] = recommend(need({ iops: 30_000, dataIops: 30_000 }), only).options;
  assert.deepEqual([option?.storage.data.kind, option?.month.total], ["Premium SSD v2", Number.POSITIVE_INFINITY]);
});

test("what was not measured is left out of the use, and is said", () => {
  const { cores, dataGib, logGib, tempdbGib } = wholeNeedOf(load([minute(0)]));
  const { options, remarks } = recommend({ cores, dataGib, logGib, tempdbGib }, MARKET);
  assert.deepEqual(Object.keys(options[0]?.use ?? {}), ["cores", "data disks", "local disk"]);
  assert.match(remarks.join(), /Not known, .*: memory, data IOPS, data MB\/s, log IOPS/);
});

test("where memory asks for a size and the cores do not, its constrained form is named", () => {
  const { options } = recommend(need({ memoryGib: 200, cores: 3 }), MARKET);
  const edsv5 = options.find(({ size }) => size.name === "Standard_E32ds_v5");
  assert.equal(edsv5?.fewerCores, "Standard_E32-8ds_v5");
  const of = (cores: number) =>
    recommend(need({ memoryGib: 200, cores }), MARKET).options.find(({ size }) => size.name === "Standard_E32ds_v5")
      ?.fewerCores;
  assert.deepEqual([8, 8.1, 16, 16.1].map(of), [
    "Standard_E32-8ds_v5",
    "Standard_E32-16ds_v5",
    "Standard_E32-16ds_v5",
    undefined,
  ]);
});

test("the cheapest by what is cached is named where memory may shrink", () => {
  const { options, withLeastMemory } = recommend(need({ memoryGib: 200, memoryLeastGib: 30 }), MARKET);
  assert.ok(withLeastMemory && withLeastMemory.month.total < (options[0]?.month.total ?? 0));
  assert.equal(recommend(need({ memoryGib: 20, memoryLeastGib: 20 }), MARKET).withLeastMemory, undefined);
});

test("what no size carries is refused altogether, the closest named", () => {
  const { options, refused } = recommend(need({ memoryGib: 5_000, memoryLeastGib: 5_000 }), MARKET);
  assert.deepEqual(options, []);
  assert.ok(refused.every(({ why }) => why.startsWith("memory ")));
});

test("a size that is withheld, or has no price, is refused with the reason", () => {
  const sizes = MARKET.sizes.map((size) =>
    size.name === "Standard_E4ds_v5" ? { ...size, withheld: "not offered to your subscription in this region" } : size,
  );
  const { options, refused } = recommend(need(), { ...MARKET, sizes });
  assert.ok(!names(options).includes("Standard_E4ds_v5"));
  assert.match(refused.find(({ name }) => name === "Standard_E4ds_v5")?.why ?? "", /subscription/);
  const unpriced = { ...PRICES, vm: new Map([...PRICES.vm].filter(([name]) => name !== "Standard_E4ds_v5")) };
  assert.ok(!names(recommend(need(), { ...MARKET, prices: unpriced }).options).includes("Standard_E4ds_v5"));
});

const carries = ({ disks, gib, iops, mbps }: Volume, by: readonly [number, number, number]): boolean =>
  disks * gib >= by[0] - 1e-6 && disks * iops >= by[1] - 1e-6 && disks * mbps >= by[2] - 1e-6;

test("no option is below a measured need, in any dimension", () => {
  fc.assert(
    fc.property(anyPoints, (points) => {
      const one = wholeNeedOf(load(points));
      for (const { size, storage, use } of recommend(one, MARKET).options) {
        assert.ok(Math.max(...Object.values(use)) <= 1);
        assert.ok(size.vcpus >= one.cores && size.memoryGib >= one.memoryGib);
        const isFlexible = storage.data.kind !== "Premium SSD";
        assert.ok((isFlexible ? size.flexIops : size.iops) >= (storage.tempdb ? one.allIops : one.iops));
        assert.ok((isFlexible ? size.flexMbps : size.mbps) >= (storage.tempdb ? one.allMbps : one.mbps));
        assert.ok(carries(storage.data, [one.dataGib, one.dataIops, one.dataMbps]));
        assert.ok(carries(storage.log, [one.logGib, one.logIops, one.logMbps]));
        if (storage.tempdb) assert.ok(carries(storage.tempdb, [one.tempdbGib, one.tempdbIops, one.tempdbMbps]));
        else assert.ok(size.localGib >= one.tempdbGib && size.localIops >= one.tempdbIops);
        const disks = storage.data.disks + storage.log.disks + (storage.tempdb?.disks ?? 0);
        assert.ok(disks <= size.maxDataDisks);
      }
    }),
  );
});

const GROWING = [
  "cores",
  "memoryGib",
  "dataIops",
  "dataMbps",
  "logIops",
  "logMbps",
  "dataGib",
  "logGib",
  "tempdbGib",
] as const;

test("more need never makes the best option cheaper, nor smaller within its series", () => {
  fc.assert(
    fc.property(
      anyPoints,
      fc.constantFrom(...GROWING),
      fc.double({ min: 1, max: 4, noNaN: true }),
      (points, grown, factor) => {
        const small = wholeNeedOf(load(points));
        const more = small[grown] * (factor - 1);
        const isIops = grown.endsWith("Iops") ? more : 0;
        const isMbps = grown.endsWith("Mbps") ? more : 0;
        const large: Need = {
          ...small,
          [grown]: small[grown] + more,
          iops: small.iops + isIops,
          allIops: small.allIops + isIops,
          mbps: small.mbps + isMbps,
          allMbps: small.allMbps + isMbps,
        };
        const [before] = recommend(small, MARKET).options;
        const [after] = recommend(large, MARKET).options;
        if (after === undefined) return;
        assert.ok(
          before && before.month.total <= after.month.total + 1e-6,
          `${before?.size.name} -> ${after.size.name}`,
        );
        for (const series of ["Ebdsv5", "Edsv5", "Eadsv5"]) {
          const own = {
            ...MARKET,
            sizes: MARKET.sizes.filter((size) => size.series === series && size.controller === "SCSI"),
          };
          const [one] = recommend(small, own).options;
          const [other] = recommend(large, own).options;
          if (other)
            assert.ok(one && one.size.vcpus <= other.size.vcpus && one.size.memoryGib <= other.size.memoryGib, series);
        }
      },
    ),
  );
});

test("data takes ReadOnly caching as long as the disk can have it, a log takes none", () => {
  const data = premiumVolumes({ gib: 9_000, iops: 0, mbps: 0 }, "data", PRICES.disks);
  for (const { tier, caching } of data)
    assert.equal(caching, ["P20", "P30", "P40"].includes(tier ?? "") ? "ReadOnly" : "None", tier);
  const log = premiumVolumes({ gib: 100, iops: 0, mbps: 0 }, "log", PRICES.disks);
  assert.deepEqual([log[0]?.tier, log[0]?.caching], ["P10", "None"]);
});

test("Premium SSD v2 pays for what is above its free share, and its IOPS ask for space", () => {
  const [small] = premiumV2Volumes({ gib: 100, iops: 500, mbps: 20 }, PRICES.disks);
  assert.deepEqual([small?.disks, small?.iops, small?.mbps], [1, 3_000, 125]);
  assert.equal(Math.round((small?.month ?? 0) * 100), 810);
  const one = premiumV2Volumes({ gib: 10, iops: 20_000, mbps: 125 }, PRICES.disks).find(({ disks }) => disks === 1);
  assert.equal(one?.gib, 40);
  const [fast] = premiumV2Volumes({ gib: 100, iops: 10, mbps: 1_000 }, PRICES.disks).filter(({ disks }) => disks === 1);
  assert.deepEqual([fast?.mbps, fast?.iops], [1_000, 4_000], "a quarter of a MB/s for each IOPS");
});

test("a volume that cannot be is none", () => {
  assert.deepEqual(premiumV2Volumes({ gib: 1, iops: 700_000, mbps: 1 }, PRICES.disks), []);
  assert.equal(ultraVolume({ gib: 1, iops: 500_000, mbps: 1 }, PRICES.disks), undefined);
});

test("the shipped table has every size once for each controller, and more memory with more cores of a series", () => {
  const keys = VM_SIZES.map(({ name, controller }) => `${name} ${controller}`);
  assert.equal(new Set(keys).size, keys.length);
  for (const [before, size] of VM_SIZES.slice(1).map((size, index) => [VM_SIZES[index], size] as const))
    if (before?.series === size.series && before.controller === size.controller)
      assert.ok(before.vcpus < size.vcpus && before.memoryGib <= size.memoryGib && before.iops <= size.iops, size.name);
  for (const size of VM_SIZES)
    assert.ok(
      Object.values(size).every((value) => typeof value !== "number" || value > 0),
      size.name,
    );
});
