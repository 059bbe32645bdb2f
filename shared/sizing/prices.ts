// Lists what VMs and disks cost without asking Azure: public list prices in USD, with their date; they age, and the
// price list is asked first.

export interface Prices {
  readonly region: string;
  /** "2026-06-18". */
  readonly asOf: string;
  /** Live from the public price list, or shipped with sqlferry. */
  readonly source: "price list" | "shipped";
  /** USD per hour by size, without licences of Windows and SQL Server. */
  readonly vm: ReadonlyMap<string, number>;
  readonly disks: DiskPrices;
}

/** USD per month, by kind. A kind that is absent has no price that is known. */
export interface DiskPrices {
  /** "P30" -> 135.17; a tier that is not in it has no price that is known. */
  readonly premium?: Told<ReadonlyMap<string, number>>;
  readonly premiumV2?: Told<Provisioned>;
  readonly ultra?: Told<Provisioned>;
}

/** Prices of one kind of disks, and who says so. */
export interface Told<Of> {
  readonly of: Of;
  readonly region: string;
  /** "2026-07-23": when the price list said so. */
  readonly asOf: string;
  readonly source: Prices["source"];
  /** Those of `of` that are of an answer without a date: `asOf` is not theirs. */
  readonly undated?: readonly string[];
}

/** USD per month for each GiB, IOPS and MB/s that is provisioned. */
export interface Provisioned {
  readonly gib: number;
  readonly iops: number;
  readonly mbps: number;
}

export const HOURS_PER_MONTH = 730;

/** What no price here contains. */
export const LEFT_OUT =
  "licences of Windows and SQL Server, the OS disk, backup, network traffic, reservations, your discounts";

/** Azure's public price list, Consumption, Linux (which is Windows with Azure Hybrid Benefit), pay as you go. */
const SHIPPED_VM_PRICES_AS_OF = "2026-06-18";

/**
 * Of Eadsv5, 38 prices of the list were those of Windows, which is 0.046 more for each vCPU: corrected by that.
 * USD per hour; columns: size, australiaeast, eastus, eastus2, germanywestcentral, northeurope, southcentralus,
 * uksouth, westeurope.
 */
const VM_TABLE = `
E2bds_v5 0.201 0.167 0.167 0.199 0.187 0.2 0.198 0.199
E4bds_v5 0.402 0.334 0.334 0.398 0.374 0.401 0.395 0.398
E8bds_v5 0.804 0.668 0.668 0.796 0.748 0.802 0.79 0.796
E16bds_v5 1.608 1.336 1.336 1.592 1.496 1.603 1.58 1.592
E32bds_v5 3.216 2.672 2.672 3.184 2.992 3.206 3.16 3.184
E48bds_v5 4.824 4.008 4.008 4.776 4.488 4.81 4.74 4.776
E64bds_v5 6.432 5.344 5.344 6.368 5.984 6.413 6.32 6.368
E96bds_v5 9.648 8.016 8.016 9.552 8.976 9.619 9.48 9.552
E112ibds_v5 12.382 10.287 10.287 12.258 11.519 12.345 12.166 12.258
E2ds_v5 0.174 0.144 0.144 0.173 0.16 0.173 0.169 0.173
E4ds_v5 0.348 0.288 0.288 0.346 0.32 0.346 0.338 0.346
E8ds_v5 0.696 0.576 0.576 0.692 0.64 0.691 0.676 0.692
E16ds_v5 1.392 1.152 1.152 1.384 1.28 1.382 1.352 1.384
E20ds_v5 1.74 1.44 1.44 1.73 1.6 1.728 1.69 1.73
E32ds_v5 2.784 2.304 2.304 2.768 2.56 2.765 2.704 2.768
E48ds_v5 4.176 3.456 3.456 4.152 3.84 4.147 4.056 4.152
E64ds_v5 5.568 4.608 4.608 5.536 5.12 5.53 5.408 5.536
E96ds_v5 8.352 6.912 6.912 8.304 7.68 8.294 8.112 8.304
E104ids_v5 9.953 8.237 8.237 9.896 9.152 9.884 9.667 9.896
E2ads_v5 0.159 0.131 0.131 0.158 0.146 0.157 0.154 0.158
E4ads_v5 0.318 0.262 0.262 0.316 0.292 0.314 0.308 0.316
E8ads_v5 0.636 0.524 0.524 0.632 0.584 0.629 0.616 0.632
E16ads_v5 1.272 1.048 1.048 1.264 1.168 1.258 1.232 1.264
E20ads_v5 1.59 1.31 1.31 1.58 1.46 1.572 1.54 1.58
E32ads_v5 2.544 2.096 2.096 2.528 2.336 2.515 2.464 2.528
E48ads_v5 3.816 3.144 3.144 3.792 3.504 3.773 3.696 3.792
E64ads_v5 5.088 4.192 4.192 5.056 4.672 5.03 4.928 5.056
E96ads_v5 7.632 6.288 6.288 7.584 7.008 7.546 7.392 7.584
E112iads_v5 9.794 8.07 8.07 9.733 8.994 9.684 9.486 9.733
E2bds_v6 0.239 0.195 0.195 0.233 0.256 0.234 0.244 0.256
E4bds_v6 0.477 0.391 0.391 0.466 0.512 0.469 0.489 0.512
E8bds_v6 0.955 0.782 0.782 0.931 1.024 0.938 0.977 1.024
E16bds_v6 1.909 1.563 1.563 1.863 2.049 1.876 1.954 2.049
E32bds_v6 3.819 3.126 3.126 3.725 4.098 3.752 3.908 4.098
E48bds_v6 5.728 4.69 4.69 5.588 6.147 5.628 5.862 6.147
E64bds_v6 7.638 6.253 6.253 7.451 8.196 7.503 7.816 8.196
E96bds_v6 11.457 9.379 9.379 11.176 12.293 11.255 11.724 12.293
E128bds_v6 15.276 12.506 12.506 14.901 16.391 15.007 15.632 16.391
E192ibds_v6 22.913 18.758 18.758 22.352 24.587 22.51 23.448 24.587
E2ds_v6 0.196 0.164 0.164 0.197 0.183 0.196 0.192 0.197
E4ds_v6 0.392 0.327 0.327 0.395 0.366 0.392 0.384 0.395
E8ds_v6 0.784 0.654 0.654 0.789 0.732 0.785 0.768 0.789
E16ds_v6 1.568 1.308 1.308 1.578 1.464 1.57 1.537 1.578
E20ds_v6 1.96 1.635 1.635 1.973 1.83 1.962 1.921 1.973
E32ds_v6 3.135 2.616 2.616 3.156 2.928 3.14 3.073 3.156
E48ds_v6 4.703 3.924 3.924 4.734 4.392 4.709 4.61 4.734
E64ds_v6 6.271 5.233 5.233 6.312 5.855 6.279 6.147 6.312
E96ds_v6 9.406 7.849 7.849 9.468 8.783 9.419 9.22 9.468
E128ds_v6 12.541 10.465 10.465 12.625 11.711 12.558 12.293 12.625
`;

const VM_REGIONS = [
  "australiaeast",
  "eastus",
  "eastus2",
  "germanywestcentral",
  "northeurope",
  "southcentralus",
  "uksouth",
  "westeurope",
];

/**
 * Managed disks, LRS, as answers of the price list (prices.azure.com) that others have published say. Premium SSD of
 * East US: P20 to P60 of 2026-07-23; P10, P15, P70 and P80 of an answer without a date, which has the same P20 to
 * P60. Ultra Disk of West Europe: of 2024-01-06, by the hour. No answer with a date was found for Premium SSD v2: it
 * has no shipped price.
 */
export const SHIPPED_DISKS: DiskPrices = {
  premium: {
    region: "eastus",
    asOf: "2026-07-23",
    source: "shipped",
    undated: ["P10", "P15", "P70", "P80"],
    of: new Map([
      ["P10", 19.71],
      ["P15", 38.01],
      ["P20", 73.22],
      ["P30", 135.17],
      ["P40", 259.05],
      ["P50", 495.57],
      ["P60", 946.08],
      ["P70", 1802.06],
      ["P80", 3604.11],
    ]),
  },
  ultra: {
    region: "westeurope",
    asOf: "2024-01-06",
    source: "shipped",
    of: {
      gib: 0.000213 * HOURS_PER_MONTH,
      iops: 0.000088 * HOURS_PER_MONTH,
      mbps: 0.000572 * HOURS_PER_MONTH,
    },
  },
};

export const SHIPPED_REGIONS: readonly string[] = VM_REGIONS;

/** Undefined for a region whose prices are not shipped. */
export function shippedPrices(region: string): Prices | undefined {
  const column = VM_REGIONS.indexOf(region);
  if (column < 0) return undefined;
  const vm = new Map<string, number>();
  for (const line of VM_TABLE.trim().split("\n")) {
    const [name, ...prices] = line.split(" ");
    const price = prices[column];
    if (price !== undefined && price !== "-") vm.set(`Standard_${name}`, Number(price));
  }
  return { region, asOf: SHIPPED_VM_PRICES_AS_OF, source: "shipped", vm, disks: SHIPPED_DISKS };
}

/**
 * "Premium SSD of eastus, 2026-07-23 (shipped; P10 undated); Premium SSD v2: price not known": where the prices of
 * the disks are from.
 */
export function diskPricesText({ premium, premiumV2, ultra }: DiskPrices): string {
  const kinds = { "Premium SSD": premium, "Premium SSD v2": premiumV2, "Ultra Disk": ultra };
  const from = ({ source, undated = [] }: Told<unknown>): string =>
    undated.length > 0 ? `${source}; ${undated.join(", ")} undated` : source;
  return Object.entries(kinds)
    .map(([kind, told]) =>
      told ? `${kind} of ${told.region}, ${told.asOf} (${from(told)})` : `${kind}: price not known`,
    )
    .join("; ");
}
