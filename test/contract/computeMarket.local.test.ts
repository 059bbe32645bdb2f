// Tests that sizes, quota and prices are read to the last page, and that a service that does not answer is reported.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Seed, SqlVmSeed } from "../../local/arm/resources.ts";
import { type ArmEmulator, startArmEmulator } from "../../local/arm/server.ts";
import { computeMarket } from "../../shared/azure/compute/computeMarket.ts";
import { retailPrices } from "../../shared/azure/compute/retailPrices.ts";
import { createTargetSize } from "../../shared/azure/compute/targetSize.ts";
import { sizesOfSkus, withheldDisksOf } from "../../shared/sizing/computeSkus.ts";
import { type Prices, shippedPrices } from "../../shared/sizing/prices.ts";
import { VM_SIZES } from "../../shared/sizing/vmSizes.ts";
import { officialFolder } from "../support/officialFolder.ts";
import { ferry } from "../unit/ferry/run.ts";

const SUBSCRIPTION = "00000000-0000-0000-0000-000000000000";
const HEADER = "contract-tests";
const VM: SqlVmSeed = {
  name: "vm1",
  size: "Standard_E4bds_v5",
  disks: [
    { type: "PremiumV2_LRS", gib: 200, caching: "None", use: "data", iops: 6_000, mbps: 250 },
    { type: "Premium_LRS", gib: 128, caching: "None", use: "log" },
  ],
};
/** One storage pool for data and log, as SQL VMs have it where nobody asked for two. */
const SHARED: SqlVmSeed = {
  name: "vm2",
  disks: [{ type: "Premium_LRS", gib: 1024, caching: "None", use: "data and log" }],
};
const SEED: Seed = {
  subscriptionId: SUBSCRIPTION,
  resourceGroup: "rg1",
  location: "westeurope",
  sqlVms: [VM, SHARED],
  storageAccounts: [],
  migrationServices: [],
};
const SHIPPED = shippedPrices("westeurope") as Prices;

describe("Microsoft.Compute at the emulator", () => {
  let emulator: ArmEmulator;
  before(async () => {
    emulator = await startArmEmulator({
      identityHeader: HEADER,
      seed: SEED,
    });
  });
  after(() => emulator.stop());

  const market = (region: string, subscriptionId = SUBSCRIPTION) =>
    computeMarket(
      { endpoint: emulator.url, credential: { getToken: () => tokenOf(emulator.url) } },
      { subscriptionId, region },
    );

  test("all pages of sizes and usages are read, and give the shipped table back", async () => {
    const answer = await market("westeurope");
    assert.ok(answer.ok, JSON.stringify(answer));
    const { skus, usages } = answer.facts;
    const place = { region: "westeurope", today: "2026-11-30", zone: "2" };
    const sizes = sizesOfSkus(skus, usages, place);
    const key = ({ name, controller }: (typeof VM_SIZES)[number]): string => `${name} ${controller}`;
    assert.deepEqual(sizes.map(key).toSorted(), VM_SIZES.map(key).toSorted());
    for (const { withheld, ...size } of sizes)
      if (withheld === undefined)
        assert.deepEqual(
          size,
          VM_SIZES.find((one) => key(one) === key(size)),
        );
    assert.match(
      sizes.find(({ name }) => name === "Standard_E112ibds_v5")?.withheld ?? "",
      /^quota of standardEbdsV5Family/,
    );
    assert.deepEqual(withheldDisksOf(skus, place), {});
  });

  test("the size of a VM, and which of its disks are for what, are read from both of its resources", async () => {
    const credential = { getToken: () => tokenOf(emulator.url) };
    const targetSize = createTargetSize({ endpoint: emulator.url, credential });
    const id = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg1/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/vm1`;
    assert.deepEqual(await targetSize(id), {
      kind: "seen",
      facts: {
        sizeName: "Standard_E4bds_v5",
        controller: "SCSI",
        disks: [
          { lun: 0, kind: "Premium SSD v2", gib: 200, caching: "None", iops: 6_000, mbps: 250, use: "data" },
          { lun: 1, kind: "Premium SSD", gib: 128, caching: "None", use: "log" },
        ],
      },
    });
    const shared = await targetSize(id.replace("vm1", "vm2"));
    assert.ok(shared.kind === "seen");
    assert.deepEqual(
      shared.facts.disks.map(({ lun, use }) => [lun, use]),
      [[0, "data and log"]],
    );
    assert.equal((await targetSize(id.replace("vm1", "vm9"))).kind, "absent");
    assert.equal((await targetSize("vm1")).kind, "unreadable");
  });

  test("another subscription is refused with the reason", async () => {
    const answer = await market("westeurope", "00000000-0000-0000-0000-00000000dead");
    assert.ok(!answer.ok && /SubscriptionNotFound/.test(answer.why));
  });
});

async function tokenOf(url: string): Promise<{ token: string; expiresOnTimestamp: number }> {
  const response = await fetch(`${url}/msi/token?resource=https://management.azure.com&api-version=2019-08-01`, {
    headers: { "x-identity-header": HEADER },
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return { token, expiresOnTimestamp: Date.now() + 3_600_000 };
}

const item = (more: object) => ({
  currencyCode: "USD",
  retailPrice: 0.7,
  armSkuName: "Standard_E8bds_v5",
  productName: "Virtual Machines Ebdsv5 Series",
  skuName: "E8bds v5",
  meterName: "E8bds v5",
  unitOfMeasure: "1 Hour",
  type: "Consumption",
  ...more,
});

const disk = (tier: string, retailPrice: number) =>
  item({
    armSkuName: "",
    productName: "Premium SSD Managed Disks",
    skuName: `${tier} LRS`,
    meterName: `${tier} LRS Disk`,
    unitOfMeasure: "1/Month",
    retailPrice,
  });

/**
 * As in the price list: what is free up to tierMinimumUnits, and what is paid above it, are items of the same meter.
 */
const v2 = (meterName: string, retailPrice: number, tierMinimumUnits = 0) =>
  item({
    tierMinimumUnits,
    armSkuName: "",
    productName: "Azure Premium SSD v2",
    skuName: "Premium LRS",
    meterName,
    unitOfMeasure: "1 GiB/Hour",
    retailPrice,
  });

describe("the price list", () => {
  let server: Server;
  let endpoint = "";
  let answer: (query: URLSearchParams) => object = () => ({ Items: [] });
  before(async () => {
    server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? "/", "http://here");
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer(searchParams)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/retail/prices`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const prices = (sizes: readonly string[] = ["Standard_E8bds_v5"]) =>
    retailPrices({ region: "westeurope", sizes, today: "2026-11-30", otherwise: SHIPPED.disks, endpoint });

  test("Windows, Spot, Low Priority and reservations of the same size are not its price, and the next page is read", async () => {
    answer = (query) =>
      /Storage/.test(query.get("$filter") ?? "")
        ? { Items: [], NextPageLink: null }
        : query.get("page") === "2"
          ? { Items: [item({})], NextPageLink: null }
          : {
              Items: [
                item({ retailPrice: 1.2, productName: "Virtual Machines Ebdsv5 Series Windows" }),
                item({ retailPrice: 0.1, skuName: "E8bds v5 Spot", meterName: "E8bds v5 Spot" }),
                item({ retailPrice: 0.2, skuName: "E8bds v5 Low Priority" }),
                item({ retailPrice: 4_000, type: "Reservation" }),
              ],
              NextPageLink: `${endpoint}?page=2&$filter=${encodeURIComponent(query.get("$filter") ?? "")}`,
            };
    const found = await prices();
    assert.ok(found.ok, JSON.stringify(found));
    assert.deepEqual([...found.facts.vm], [["Standard_E8bds_v5", 0.7]]);
    assert.deepEqual([found.facts.source, found.facts.asOf], ["price list", "2026-11-30"]);
    assert.deepEqual(found.facts.disks, SHIPPED.disks, "disks that the list does not tell are the shipped ones");
  });

  test("disks are priced by tier a month, provisioned ones by hour", async () => {
    answer = (query) => ({
      Items: /Storage/.test(query.get("$filter") ?? "")
        ? [
            ...[...(SHIPPED.disks.premium?.of.keys() ?? [])].map((tier, at) => disk(tier, at + 1)),
            v2("Premium LRS Provisioned Capacity", 0.0001),
            v2("Premium LRS Provisioned IOPS", 0),
            v2("Premium LRS Provisioned IOPS", 0.00001, 3_000),
            v2("Premium LRS Provisioned Throughput (MBps)", 0.0001, 125),
            v2("Premium LRS Provisioned Throughput (MBps)", 0),
          ]
        : [item({})],
    });
    const found = await prices();
    assert.ok(found.ok);
    const { premium, premiumV2, ultra } = found.facts.disks;
    assert.deepEqual([premium?.region, premium?.of.get("P10"), premium?.of.get("P15")], ["westeurope", 1, 2]);
    const { gib = 0, iops = 0, mbps = 0 } = premiumV2?.of ?? {};
    assert.deepEqual(
      [gib, iops, mbps].map((price) => Math.round(price * 1e6) / 1e6),
      [0.073, 0.0073, 0.073],
    );
    assert.deepEqual([premiumV2?.asOf, premiumV2?.source], ["2026-11-30", "price list"]);
    assert.deepEqual(ultra, SHIPPED.disks.ultra, "a shipped price keeps its region and date beside live ones");
  });

  test("what the list gives away is no price", async () => {
    answer = (query) => ({
      Items: /Storage/.test(query.get("$filter") ?? "")
        ? ["Capacity", "IOPS", "Throughput (MBps)"].map((what) => v2(`Premium LRS Provisioned ${what}`, 0))
        : [item({})],
    });
    const found = await prices();
    assert.ok(found.ok);
    assert.equal(found.facts.disks.premiumV2, undefined);
  });

  test("many sizes are asked in several questions, by region and as pay as you go", async () => {
    const asked: string[] = [];
    answer = (query) => {
      asked.push(query.get("$filter") ?? "");
      return { Items: [item({})] };
    };
    await prices(VM_SIZES.map(({ name }) => name));
    assert.ok(asked.length > 3);
    for (const filter of asked)
      assert.match(filter, /^armRegionName eq 'westeurope' and priceType eq 'Consumption' and /);
  });

  for (const [what, reply, why] of [
    ["a region that it does not know", { Items: [] }, /knows none of the sizes in westeurope/],
    ["an answer in another form", { items: [] }, /another form/],
    ["a next page at somebody else's", { Items: [], NextPageLink: "http://elsewhere.example/" }, /elsewhere/],
  ] as const)
    test(`${what} is no price`, async () => {
      answer = () => reply;
      const found = await prices();
      assert.ok(!found.ok && why.test(found.why), JSON.stringify(found));
    });

  test("a list that does not answer is told, so that the shipped prices are taken", async () => {
    const found = await retailPrices({
      region: "westeurope",
      sizes: ["x"],
      today: "2026-11-30",
      otherwise: SHIPPED.disks,
      endpoint: "http://127.0.0.1:9/",
    });
    assert.ok(!found.ok && /fetch failed/.test(found.why), JSON.stringify(found));
  });
});

describe("ferry recommend with Azure at hand", () => {
  let emulator: ArmEmulator;
  let list: Server;
  let root = "";
  before(async () => {
    root = mkdtempSync(join(tmpdir(), "ferry-live-"));
    emulator = await startArmEmulator({ identityHeader: HEADER, seed: SEED });
    list = createServer((request, response) => {
      const filter = new URL(request.url ?? "/", "http://here").searchParams.get("$filter") ?? "";
      const names = [...filter.matchAll(/armSkuName eq '([^']+)'/g)].map(([, name = ""]) => name);
      const Items = names.map((armSkuName, at) => item({ armSkuName, retailPrice: 1 + at / 100 }));
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ Items }));
    });
    await new Promise<void>((resolve) => list.listen(0, "127.0.0.1", resolve));
  });
  after(async () => {
    list.close();
    list.closeAllConnections();
    await emulator.stop();
    rmSync(root, { recursive: true });
  });

  test("asks for sizes of the zone, quota, prices of today, and the VM that is there", async () => {
    const target = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg1/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/vm1`;
    const words = ["recommend", officialFolder(root, "SRC01"), "--json", "--zone", "1", "--target", target];
    const { exitCode, out, err } = await ferry(words, {
      ARM_ENDPOINT: emulator.url,
      IDENTITY_ENDPOINT: `${emulator.url}/msi/token`,
      IDENTITY_HEADER: HEADER,
      PRICES_URL: `http://127.0.0.1:${(list.address() as AddressInfo).port}/`,
    });
    assert.equal(exitCode, 0, err);
    const [answer] = JSON.parse(out).answers;
    assert.match(answer.sizesFrom, new RegExp(`^Azure, subscription ${SUBSCRIPTION}`));
    assert.equal(answer.prices.source, "price list");
    assert.ok(answer.options[0].month.vm >= 730 && answer.options[0].month.vm < 900);
    assert.equal(answer.target.vm.sizeName, "Standard_E4bds_v5");
    assert.equal(answer.target.fit.verdict, "doesNotFit");
    assert.ok(answer.target.fit.lines.some(({ dimension }: { dimension: string }) => dimension === "memory GiB"));
  });
});
