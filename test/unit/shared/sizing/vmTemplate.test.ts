// Tests that the disks of a template are those that were recommended: number, kind, size and speed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { premiumV2Volumes, premiumVolumes, ultraVolume, type Volume } from "../../../../shared/sizing/disks.ts";
import { recommend } from "../../../../shared/sizing/recommend.ts";
import { vmTemplate } from "../../../../shared/sizing/vmTemplate.ts";
import { load, MARKET, minute, PRICES, wholeNeedOf } from "./support.ts";

const demand = { gib: 3_000, iops: 21_000, mbps: 700 };
const volume = (one: Volume | undefined): Volume => one ?? assert.fail("no volume");

for (const [kind, data, log, texts] of [
  [
    "Premium SSD",
    volume(premiumVolumes(demand, "data", PRICES.disks).find(({ tier }) => tier === "P40")),
    volume(premiumVolumes({ gib: 100, iops: 10, mbps: 1 }, "log", PRICES.disks).find(({ tier }) => tier === "P10")),
    ["range(0, 3)", "'Premium_LRS'", "diskSizeGB: 2048", "diskSizeGB: 128"],
  ],
  [
    "Premium SSD v2",
    volume(premiumV2Volumes(demand, PRICES.disks).find(({ disks }) => disks === 2)),
    volume(ultraVolume({ gib: 70, iops: 900, mbps: 80 }, PRICES.disks)),
    [
      "range(0, 2)",
      "'PremiumV2_LRS'",
      "diskSizeGB: 1500\n      diskIOPSReadWrite: 10500\n      diskMBpsReadWrite: 350",
      "'UltraSSD_LRS'",
      "diskSizeGB: 70\n      diskIOPSReadWrite: 900\n      diskMBpsReadWrite: 80",
      "ultraSSDEnabled: true",
    ],
  ],
] as const)
  test(`disks of ${kind} stand in the template as they were recommended`, () => {
    const [option] = recommend(wholeNeedOf(load([minute(0)])), MARKET).options;
    assert.ok(option);
    const template = vmTemplate({ ...option, storage: { data, log } }, { server: "SRC01", region: "westeurope" });
    for (const text of texts) assert.ok(template.includes(text), `${text}\n${template}`);
  });
