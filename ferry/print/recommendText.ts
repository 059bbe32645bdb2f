// Prints a recommendation: the need, three sizes with what decides, what was refused, and how certain it is.
import { volumeText } from "../../shared/sizing/disks.ts";
import { diskPricesText, LEFT_OUT } from "../../shared/sizing/prices.ts";
import { DIMENSIONS, type Refused, type SizeOption } from "../../shared/sizing/recommend.ts";
import type { Answer } from "../commands/recommend.ts";
import { printable, table } from "./print.ts";

export function recommendText(answer: Answer): string {
  const { load, confidence, recommendation, market } = answer;
  const { prices } = market;
  const { options, refused, withLeastMemory } = recommendation;
  return [
    headline(answer),
    needTable(answer),
    options.length > 0
      ? [optionTable(options), ...storageLines(options)].join("\n")
      : "No size fits. What comes closest, and what it lacks, is below; --series names other series.",
    ...(withLeastMemory
      ? [
          `If SQL Server needs no more memory than it caches, ${withLeastMemory.size.name} would do for ${usd(withLeastMemory.month.total)} a month: lower "max server memory" at the source and measure again.`,
        ]
      : []),
    ...(answer.target ? [targetText(answer.target)] : []),
    ...(refused.length > 0 ? [refusedText(refused, options.length > 0)] : []),
    [
      `Confidence: ${confidence.level}${confidence.reasons.length > 0 ? ` (${confidence.reasons.join("; ")})` : ""}.`,
      `Prices: USD a month of 730 hours, ${prices.region}, ${
        prices.source === "shipped" ? "shipped with sqlferry, list prices" : "the public price list"
      } of ${prices.asOf}. Disks: ${diskPricesText(prices.disks)}. Not in them: ${LEFT_OUT}.`,
      `Sizes: ${market.sizesFrom}.`,
      ...recommendation.remarks,
      ...market.remarks,
      ...load.notes,
    ].join("\n"),
  ]
    .map((part) => part.split("\n").map(printable).join("\n"))
    .join("\n\n");
}

function headline({ load, options }: Answer): string {
  const { server, productVersion, edition, processors, points } = load;
  const about = [server, edition, productVersion, `${processors} processors`].filter((part) => part).join(", ");
  const [first, last] = [points[0], points.at(-1)];
  const time = (at: number): string => new Date(at).toISOString().slice(0, 16).replace("T", " ");
  const remembered = points.filter(({ isRemembered }) => isRemembered).length;
  const counted = [
    ...(points.length > remembered ? [`${points.length - remembered} points of ${load.origin}`] : []),
    ...(remembered > 0 ? [`${remembered} that the server remembers`] : []),
  ].join(" and ");
  const seen = first && last ? `${counted}, ${time(first.at)} to ${time(last.at)}` : "";
  return `${about}\n${seen}; ${options.percentile} % of the time, comfort ${pct(options.comfort)}, growth ${pct(options.growth)}`;
}

const needTable = ({ need }: Answer): string =>
  table(
    ["need", "cores", "memory", "space", "IOPS", "MB/s"],
    [
      ["VM", orNot(need.cores), memoryText(need), "", orNot(need.iops), orNot(need.mbps)],
      ["data", "", "", gib(need.dataGib), orNot(need.dataIops), orNot(need.dataMbps)],
      ["log", "", "", gib(need.logGib), orNot(need.logIops), orNot(need.logMbps)],
      ["tempdb", "", "", gib(need.tempdbGib), orNot(need.tempdbIops), orNot(need.tempdbMbps)],
    ],
  );

const NOT_KNOWN = "not known";
const orNot = (amount: number | undefined): string => (amount === undefined ? NOT_KNOWN : n(amount));

const memoryText = ({ memoryGib, memoryLeastGib = memoryGib }: Answer["need"]): string =>
  memoryGib === undefined || memoryLeastGib === undefined
    ? NOT_KNOWN
    : memoryLeastGib < memoryGib * 0.99
      ? `${n(memoryLeastGib)} to ${gib(memoryGib)}`
      : gib(memoryGib);

const optionTable = (options: readonly SizeOption[]): string =>
  table(
    ["size", "vCPUs", "GiB", "a month", "VM", "disks", ...DIMENSIONS, "decided by"],
    options.map(({ size, month, use, binding }) => [
      nameOf(size),
      String(size.vcpus),
      String(size.memoryGib),
      usd(month.total),
      usd(month.vm),
      usd(month.disks),
      ...DIMENSIONS.map((dimension) => shareText(use[dimension])),
      binding,
    ]),
  );

const nameOf = ({ name, controller }: SizeOption["size"]): string => (controller === "NVMe" ? `${name} (NVMe)` : name);

/** Sizes with the same disks share their lines. */
function storageLines(options: readonly SizeOption[]): string[] {
  const byDisks = Map.groupBy(options, ({ storage: { data, log, tempdb } }) =>
    [
      `  data    ${volumeText(data)}`,
      `  log     ${volumeText(log)}`,
      `  tempdb  ${tempdb ? volumeText(tempdb) : "the VM's local disk"}`,
    ].join("\n"),
  );
  return [...byDisks].flatMap(([disks, sizes]) => [
    "",
    sizes.map(({ size }) => nameOf(size)).join(", "),
    disks,
    ...sizes.flatMap(({ size, fewerCores }) =>
      fewerCores
        ? [`  licence ${fewerCores} has memory, disks and price of ${size.name}, and fewer cores to license`]
        : [],
    ),
  ]);
}

const VERDICTS = {
  fits: "fits",
  tight: "tight: what was measured fits, the comfort does not",
  doesNotFit: "does not fit",
  unknown: "not known",
} as const;

function targetText({ vm, fit }: NonNullable<Answer["target"]>): string {
  const { verdict, lines, remarks } = fit;
  return [
    `The VM you have, ${vm.sizeName}: ${VERDICTS[verdict]}.`,
    table(
      ["dimension", "need", "has", "use", ""],
      lines.map((line) => [
        line.dimension,
        n(line.need),
        n(line.has),
        pct(line.use),
        line.verdict === "fits" ? "" : VERDICTS[line.verdict],
      ]),
    ),
    ...remarks.map((remark) => `  ${remark}`),
  ].join("\n");
}

const MOST_REFUSED = 5;

function refusedText(refused: readonly Refused[], isCheaper: boolean): string {
  const shown = refused.slice(0, MOST_REFUSED).map(({ name, controller, month, why }) => {
    const price = month === undefined ? "" : `, ${usd(month)} a month`;
    return `  ${name}${controller === "NVMe" ? " (NVMe)" : ""}${price}: ${why}`;
  });
  const more = refused.length - shown.length;
  const head = isCheaper
    ? "Refused, though cheaper (what would be needed of each):"
    : "Refused (what would be needed of each):";
  return [head, ...shown, ...(more > 0 ? [`  and ${more} more (--json)`] : [])].join("\n");
}

const shareText = (share: number | undefined): string => (share === undefined ? NOT_KNOWN : pct(share));
const pct = (share: number): string => `${Math.ceil(share * 100 - 1e-9)} %`;
const usd = (amount: number): string =>
  Number.isFinite(amount) ? `$${Math.round(amount).toLocaleString("en-US")}` : NOT_KNOWN;
const gib = (amount: number): string => `${n(amount)} GiB`;
const n = (amount: number): string =>
  amount >= 100 ? String(Math.ceil(amount)) : String(Math.ceil(amount * 10 - 1e-9) / 10);
