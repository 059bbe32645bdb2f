// Asks Azure's public price list what VMs and disks cost today; list prices in USD.
import { z } from "zod";
import { PREMIUM_TIERS } from "../../sizing/disks.ts";
import { type DiskPrices, HOURS_PER_MONTH, type Prices, type Provisioned, type Told } from "../../sizing/prices.ts";
import type { Asked } from "./computeMarket.ts";

const PRICE_LIST = "https://prices.azure.com/api/retail/prices";

const API_VERSION = "2023-01-01-preview";
const ANSWER_WITHIN_MS = 10_000;
/** The service's filters get long: so many names in one question. */
const NAMES_AT_ONCE = 15;
const MOST_PAGES = 20;

const Item = z.looseObject({
  retailPrice: z.number(),
  /** Of provisioned disks: from how many units on the price is this one. The first ones are free. */
  tierMinimumUnits: z.number().nullish(),
  armSkuName: z.string(),
  productName: z.string(),
  skuName: z.string(),
  meterName: z.string(),
  unitOfMeasure: z.string(),
  type: z.string(),
});
type Item = z.infer<typeof Item>;

const Page = z.looseObject({ Items: z.array(Item), NextPageLink: z.string().nullish() });

export interface PriceQuestion {
  readonly region: string;
  /** "Standard_E8bds_v5". */
  readonly sizes: readonly string[];
  /** ISO date of today, for the answer. */
  readonly today: string;
  /** What is taken where the list does not tell a disk's price. */
  readonly otherwise: DiskPrices;
  readonly endpoint?: string;
}

/** Sizes that the list does not know are left out. */
export async function retailPrices(question: PriceQuestion): Promise<Asked<Prices>> {
  const { region, sizes, today, endpoint = PRICE_LIST } = question;
  const inRegion = `armRegionName eq '${region}' and priceType eq 'Consumption'`;
  const chunks = Array.from({ length: Math.ceil(sizes.length / NAMES_AT_ONCE) }, (_, at) =>
    sizes.slice(at * NAMES_AT_ONCE, (at + 1) * NAMES_AT_ONCE),
  );
  try {
    const [disks = [], ...vms] = await Promise.all([
      items(endpoint, `${inRegion} and serviceName eq 'Storage' and (${anyOf("productName", DISK_PRODUCTS)})`),
      ...chunks.map((names) => items(endpoint, `${inRegion} and (${anyOf("armSkuName", names)})`)),
    ]);
    const vm = vmPricesOf(vms.flat());
    if (vm.size === 0) return { ok: false, why: `it knows none of the sizes in ${region}` };
    return {
      ok: true,
      facts: { region, asOf: today, source: "price list", vm, disks: diskPricesOf(disks, question) },
    };
  } catch (error) {
    if (error instanceof Unanswered) return { ok: false, why: error.message };
    throw error;
  }
}

/** Why there are no prices. */
class Unanswered extends Error {}

const DISK_PRODUCTS = ["Premium SSD Managed Disks", "Azure Premium SSD v2", "Ultra Disks"];

const anyOf = (member: string, values: readonly string[]): string =>
  values.map((value) => `${member} eq '${value}'`).join(" or ");

async function items(endpoint: string, filter: string): Promise<Item[]> {
  const found: Item[] = [];
  let url: string | undefined =
    `${endpoint}?api-version=${API_VERSION}&currencyCode='USD'&$filter=${encodeURIComponent(filter)}`;
  for (let pages = 0; url !== undefined; pages++) {
    if (pages === MOST_PAGES) throw new Unanswered("it has no last page");
    const page = Page.safeParse(await bodyOf(url));
    if (!page.success) throw new Unanswered(`it answers in another form: ${page.error.issues[0]?.message}`);
    found.push(...page.data.Items);
    const { NextPageLink: next } = page.data;
    if (next && new URL(next).origin !== new URL(endpoint).origin)
      throw new Unanswered(`its next page is elsewhere: ${new URL(next).origin}`);
    url = next || undefined;
  }
  return found;
}

async function bodyOf(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (!response.ok) throw new Unanswered(`it answers ${response.status}`);
    return await response.json();
  } catch (error) {
    if (error instanceof Unanswered) throw error;
    const { message, cause } = error as Error;
    throw new Unanswered(cause instanceof Error ? `${message}: ${cause.message}` : message);
  }
}

/** Pay as you go without Windows, which is the price with Azure Hybrid Benefit; neither Spot nor Low Priority. */
const vmPricesOf = (all: readonly Item[]): Map<string, number> =>
  new Map(
    all
      .filter(
        ({ type, unitOfMeasure, retailPrice }) =>
          type === "Consumption" && unitOfMeasure === "1 Hour" && retailPrice > 0,
      )
      .filter(({ productName }) => !/windows|cloud ?services|dedicated host/i.test(productName))
      .filter(({ skuName, meterName }) => !/spot|low priority/i.test(`${skuName} ${meterName}`))
      .map(({ armSkuName, retailPrice }) => [armSkuName, retailPrice]),
  );

/**
 * Locally redundant. A kind that the list does not tell completely is taken as shipped, which says its own region and
 * date.
 */
function diskPricesOf(all: readonly Item[], { region, today, otherwise }: PriceQuestion): DiskPrices {
  const consumption = all.filter(({ type, retailPrice }) => type === "Consumption" && retailPrice > 0);
  const told = <Of>(of: Of | undefined, shipped: Told<Of> | undefined): Told<Of> | undefined =>
    of === undefined ? shipped : { of, region, asOf: today, source: "price list" };
  const tiers = new Map(
    consumption.flatMap(({ meterName, unitOfMeasure, retailPrice }) => {
      const [, tier] = /^(P\d+) LRS Disk$/.exec(meterName) ?? [];
      return tier !== undefined && unitOfMeasure === "1/Month" ? [[tier, retailPrice] as const] : [];
    }),
  );
  const provisioned = (product: string): Provisioned | undefined => {
    const monthly = (meter: RegExp): number | undefined => {
      const [paid] = consumption
        .filter(
          ({ productName, meterName }) => productName === product && meter.test(meterName) && /LRS/.test(meterName),
        )
        .sort((a, b) => (b.tierMinimumUnits ?? 0) - (a.tierMinimumUnits ?? 0));
      if (paid === undefined) return undefined;
      return /hour/i.test(paid.unitOfMeasure) ? paid.retailPrice * HOURS_PER_MONTH : paid.retailPrice;
    };
    const [gib, iops, mbps] = [/Capacity/, /IOPS/, /Throughput|MBps/].map(monthly);
    return gib === undefined || iops === undefined || mbps === undefined ? undefined : { gib, iops, mbps };
  };
  const isWhole = PREMIUM_TIERS.every(({ name }) => tiers.has(name) || !otherwise.premium?.of.has(name));
  const premium = told(isWhole && tiers.size > 0 ? tiers : undefined, otherwise.premium);
  const premiumV2 = told(provisioned("Azure Premium SSD v2"), otherwise.premiumV2);
  const ultra = told(provisioned("Ultra Disks"), otherwise.ultra);
  return { ...(premium && { premium }), ...(premiumV2 && { premiumV2 }), ...(ultra && { ultra }) };
}
