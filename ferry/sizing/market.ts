// Finds which sizes may be chosen, and their prices: from Azure and its price list where possible, else from the
// shipped tables.
import type { ArmAccess } from "../../shared/azure/arm/armRequests.ts";
import type { ComputeMarket } from "../../shared/azure/compute/computeMarket.ts";
import { sizesOfSkus, withheldDisksOf } from "../../shared/sizing/computeSkus.ts";
import { type Prices, SHIPPED_DISKS, SHIPPED_REGIONS, shippedPrices } from "../../shared/sizing/prices.ts";
import type { Market } from "../../shared/sizing/recommend.ts";
import {
  ASSUMED_LOCAL_DISK,
  SERIES,
  SIZES_AS_OF,
  USUAL_SERIES,
  VM_SIZES,
  type VmSize,
} from "../../shared/sizing/vmSizes.ts";
import { type Command, type Given, usageError } from "../command.ts";
import { EXIT, FerryError } from "../exit.ts";

export const MARKET_OPTIONS = {
  region: { type: "string" },
  zone: { type: "string" },
  series: { type: "string", multiple: true },
  subscription: { type: "string" },
  offline: { type: "boolean" },
} as const;

export const MARKET_USAGE = "[--region westeurope] [--zone 1] [--series Ebdsv5]... [--subscription ID] [--offline]";

export interface FoundMarket extends Market {
  /** Every size that is known, of whatever series. */
  readonly allSizes: readonly VmSize[];
  /** "shipped, of 2025-11", or who was asked. */
  readonly sizesFrom: string;
  /** Why something is not from Azure. */
  readonly remarks: readonly string[];
}

const USUAL_REGION = "westeurope";

/**
 * The subscription is --subscription, that of --target, or AZURE_SUBSCRIPTION_ID; without one Azure is not asked for
 * sizes, restrictions and quota.
 */
export async function marketOf(command: Command, given: Given): Promise<FoundMarket> {
  const region = given.text("region")?.toLowerCase().replaceAll(" ", "") ?? USUAL_REGION;
  const zone = given.text("zone");
  const subscriptionId =
    given.text("subscription") ?? subscriptionOf(given.text("target")) ?? process.env["AZURE_SUBSCRIPTION_ID"];
  const isOffline = given.flag("offline");
  if (zone !== undefined && !/^[123]$/.test(zone)) throw usageError(command, `--zone is 1, 2 or 3, not "${zone}".`);
  if (zone !== undefined && (isOffline || subscriptionId === undefined))
    throw usageError(command, "Which sizes a zone has, Azure alone knows: say --subscription, and not --offline.");

  const remarks: string[] = [];
  const today = new Date().toISOString().slice(0, 10);
  const compute =
    isOffline || subscriptionId === undefined ? undefined : await askCompute(subscriptionId, region, remarks);
  if (compute === undefined && zone !== undefined)
    throw new FerryError(
      EXIT.failed,
      `${remarks.join(" ")} Without Azure nobody knows zone ${zone}; leave --zone out.`,
    );
  const place = { region, today, ...(zone !== undefined && { zone }) };
  const all = compute ? sizesOfSkus(compute.skus, compute.usages, place) : shippedSizes();
  const sizes = chosenSizes(command, given, all);
  if (compute === undefined)
    for (const series of ASSUMED_LOCAL_DISK)
      if (sizes.some((size) => size.series === series))
        remarks.push(
          `Microsoft's page of ${series} names no local disk, and that of Edsv6 is assumed; Azure tells it (--subscription ID).`,
        );
  const prices = (isOffline ? undefined : await askPrices(region, today, sizes, remarks)) ?? shipped(region, remarks);
  return {
    sizes,
    allSizes: all,
    prices,
    ...(compute && { withheldDisks: withheldDisksOf(compute.skus, place) }),
    sizesFrom: compute
      ? `Azure, subscription ${subscriptionId}, ${today}: restrictions, zones and quota are looked at`
      : `shipped, Microsoft's pages as of ${SIZES_AS_OF}; restrictions, zones and quota are not looked at (--subscription ID does)`,
    remarks,
  };
}

const subscriptionOf = (resourceId: string | undefined): string | undefined =>
  /^\/subscriptions\/([^/]+)\//i.exec(resourceId ?? "")?.[1];

/** Azure Resource Manager, as whoever signed in. The SDK is loaded here: no other verb without Azure needs it. */
export async function armAccess(): Promise<ArmAccess> {
  const [{ credentialFor }, { PUBLIC_CLOUD }] = await Promise.all([
    import("../../shared/azure/clients.ts"),
    import("../../shared/azure/clouds.ts"),
  ]);
  return {
    credential: credentialFor(undefined),
    endpoint: process.env["ARM_ENDPOINT"] ?? PUBLIC_CLOUD.resourceManager,
  };
}

function shippedSizes(): readonly VmSize[] {
  const ofController = (controller: VmSize["controller"]) => VM_SIZES.filter((size) => size.controller === controller);
  return [...ofController("SCSI"), ...ofController("NVMe")];
}

function chosenSizes(command: Command, given: Given, all: readonly VmSize[]): readonly VmSize[] {
  const known = [...new Set([...SERIES, ...all.map(({ series }) => series)])];
  const wanted = given.texts("series").map((name) => {
    const series = known.find((one) => one.toLowerCase() === name.toLowerCase());
    if (series !== undefined) return series;
    throw usageError(command, `--series is one of ${known.join(", ")}, not "${name}".`);
  });
  const chosen = wanted.length > 0 ? wanted : USUAL_SERIES;
  return all.filter(({ series }) => chosen.includes(series));
}

async function askCompute(
  subscriptionId: string,
  region: string,
  remarks: string[],
): Promise<ComputeMarket | undefined> {
  const { computeMarket } = await import("../../shared/azure/compute/computeMarket.ts");
  const answer = await computeMarket(await armAccess(), { subscriptionId, region });
  if (answer.ok) return answer.facts;
  remarks.push(`Azure was asked for sizes and quota and gave none: ${answer.why}.`);
  return undefined;
}

async function askPrices(
  region: string,
  today: string,
  sizes: readonly VmSize[],
  remarks: string[],
): Promise<Prices | undefined> {
  const { retailPrices } = await import("../../shared/azure/compute/retailPrices.ts");
  const endpoint = process.env["PRICES_URL"];
  const answer = await retailPrices({
    region,
    today,
    sizes: [...new Set(sizes.map(({ name }) => name))],
    otherwise: SHIPPED_DISKS,
    ...(endpoint !== undefined && { endpoint }),
  });
  if (answer.ok) return answer.facts;
  remarks.push(`The price list was asked and gave no prices: ${answer.why}.`);
  return undefined;
}

function shipped(region: string, remarks: readonly string[]): Prices {
  const prices = shippedPrices(region);
  if (prices !== undefined) return prices;
  throw new FerryError(
    EXIT.usage,
    [
      ...remarks,
      `No prices of "${region}" are shipped, only of ${SHIPPED_REGIONS.join(", ")}: name one of these.`,
    ].join(" "),
  );
}
