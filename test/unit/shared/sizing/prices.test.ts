// Tests that the shipped prices and disk tiers agree with their sources.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { PREMIUM_TIERS } from "../../../../shared/sizing/disks.ts";
import { diskPricesText, SHIPPED_REGIONS, shippedPrices } from "../../../../shared/sizing/prices.ts";
import { VM_SIZES } from "../../../../shared/sizing/vmSizes.ts";

test("every shipped region has a price for every size that may be recommended", () => {
  for (const region of SHIPPED_REGIONS) {
    const prices = shippedPrices(region);
    for (const { name } of VM_SIZES) assert.ok((prices?.vm.get(name) ?? 0) > 0, `${name} in ${region}`);
  }
  assert.equal(shippedPrices("mars"), undefined);
});

test("every disk tier that is chosen has a price, a larger one a higher, and each kind says region and date", () => {
  const { premium, premiumV2, ultra } = shippedPrices("westeurope")?.disks ?? assert.fail("no prices");
  const months = PREMIUM_TIERS.filter(({ gib }) => gib >= 128).map(({ name }) => premium?.of.get(name) ?? Number.NaN);
  assert.deepEqual(
    months,
    months.toSorted((a, b) => a - b),
  );
  assert.equal(premiumV2, undefined, "no answer of the price list with a date is known for it");
  for (const told of [premium, ultra]) assert.match(told?.asOf ?? "", /^\d{4}-\d\d-\d\d$/);
  assert.match(
    diskPricesText(shippedPrices("westeurope")?.disks ?? {}),
    /^Premium SSD of eastus, 2026-07-23 \(shipped; P10, P15, P70, P80 undated\); Premium SSD v2: price not known; Ultra Disk of westeurope, 2024-01-06/,
  );
});

test("a size of a series costs what its vCPUs cost, in every region; isolated sizes apart", () => {
  for (const region of SHIPPED_REGIONS) {
    const prices = shippedPrices(region) ?? assert.fail(region);
    const bySeries = Map.groupBy(
      VM_SIZES.filter(({ name }) => !/\d+i/.test(name)),
      ({ series }) => series,
    );
    for (const [series, sizes] of bySeries) {
      const perCore = sizes.map(({ name, vcpus }) => (prices.vm.get(name) ?? Number.NaN) / vcpus);
      assert.ok(Math.max(...perCore) <= Math.min(...perCore) * 1.02, `${series} in ${region}: ${perCore}`);
    }
  }
});

const LIST = "../shared/assess/vm-prices-linux-payg.csv";

test("the shipped prices are those of the list, but for 38 that have Windows in them", {
  skip: existsSync(LIST) ? false : `${LIST} is not there`,
}, () => {
  const names = new Set(VM_SIZES.map(({ name }) => name));
  const rows = readFileSync(LIST, "utf8").trim().split("\n").slice(1);
  const ours = rows.map((row) => row.split(",")).filter(([, size = ""]) => names.has(size));
  assert.ok(ours.length > 300);
  const corrected: [size: string, region: string, usd: number][] = [];
  for (const [region = "", size = "", usd] of ours)
    if (shippedPrices(region)?.vm.get(size) !== Number(usd)) corrected.push([size, region, Number(usd)]);
  assert.equal(corrected.length, 38);
  for (const [size, region, usd] of corrected) {
    const { vcpus = Number.NaN } = VM_SIZES.find(({ name }) => name === size) ?? {};
    assert.match(size, /ads_v5$/);
    assert.ok(
      Math.abs((shippedPrices(region)?.vm.get(size) ?? 0) + 0.046 * vcpus - usd) < 1e-9,
      `${size} in ${region}`,
    );
  }
});

const TIERS = "../shared/assess/disk-tiers.csv";

test("the disk tiers are those of the page", { skip: existsSync(TIERS) ? false : `${TIERS} is not there` }, () => {
  const rows = readFileSync(TIERS, "utf8")
    .trim()
    .split("\n")
    .map((row) => row.split(","));
  for (const { name, gib, iops, mbps } of PREMIUM_TIERS)
    assert.deepEqual(
      rows
        .find(([, tier]) => tier === name)
        ?.slice(2, 5)
        .map(Number),
      [gib, iops, mbps],
      name,
    );
});
