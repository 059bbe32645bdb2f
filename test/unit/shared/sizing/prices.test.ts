// Do the shipped prices and disk tiers say what their sources say?
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { PREMIUM_TIERS } from "../../../../shared/sizing/disks.ts";
import { SHIPPED_REGIONS, shippedPrices } from "../../../../shared/sizing/prices.ts";
import { VM_SIZES } from "../../../../shared/sizing/vmSizes.ts";

test("every shipped region has a price for every size that may be recommended", () => {
  for (const region of SHIPPED_REGIONS) {
    const prices = shippedPrices(region);
    for (const { name } of VM_SIZES) assert.ok((prices?.vm.get(name) ?? 0) > 0, `${name} in ${region}`);
  }
  assert.equal(shippedPrices("mars"), undefined);
});

test("every disk tier has a price, a larger one a higher", () => {
  const { premium } = shippedPrices("westeurope")?.disks ?? assert.fail("no prices");
  const months = PREMIUM_TIERS.map(({ name }) => premium.get(name) ?? Number.NaN);
  assert.deepEqual(
    months,
    months.toSorted((a, b) => a - b),
  );
});

const LIST = "../shared/assess/vm-prices-linux-payg.csv";

test("the shipped prices are those of the list", { skip: existsSync(LIST) ? false : `${LIST} is not there` }, () => {
  const names = new Set(VM_SIZES.map(({ name }) => name));
  const rows = readFileSync(LIST, "utf8").trim().split("\n").slice(1);
  const ours = rows.map((row) => row.split(",")).filter(([, size = ""]) => names.has(size));
  assert.ok(ours.length > 300);
  for (const [region = "", size = "", usd] of ours)
    assert.equal(shippedPrices(region)?.vm.get(size), Number(usd), size);
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
