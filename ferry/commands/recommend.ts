// Implements `ferry recommend`: recommends VM sizes and disks for a source, with their costs a month.

import { writeFile } from "node:fs/promises";
import type { SizingPublished } from "../../shared/api/answers/assessments.ts";
import { type Confidence, confidenceOf } from "../../shared/sizing/measured/confidence.ts";
import { type Load, together } from "../../shared/sizing/measured/load.ts";
import { type Need, type NeedOptions, needOf, USUAL } from "../../shared/sizing/need.ts";
import { diskPricesText } from "../../shared/sizing/prices.ts";
import { publishedSizing } from "../../shared/sizing/publishedSizing.ts";
import { type Recommendation, recommend as recommended } from "../../shared/sizing/recommend.ts";
import { type Fit, fitOf, type TargetVm } from "../../shared/sizing/targetFit.ts";
import { sizeNamed } from "../../shared/sizing/vmSizes.ts";
import { vmTemplate } from "../../shared/sizing/vmTemplate.ts";
import { majorOfVersion } from "../../shared/source/rules/targetRules.ts";
import { type Api, accepted, apiOf } from "../api.ts";
import { API_OPTIONS, type Command, type Given, usageError } from "../command.ts";
import { EXIT, FerryError } from "../exit.ts";
import { print, printJson } from "../print/print.ts";
import { recommendText } from "../print/recommendText.ts";
import { armAccess, type FoundMarket, MARKET_OPTIONS, MARKET_USAGE, marketOf } from "../sizing/market.ts";
import { measurementsIn } from "../sizing/measurements.ts";

export const recommend: Command = {
  usage: `recommend FOLDER... ${MARKET_USAGE} [--percentile 95] [--comfort 120] [--growth 130] [--database NAME]... [--exclude NAME]... [--interval SECONDS] [--together|--apart] [--target SQL_VM_ID] [--bicep vm.bicep] [--publish] [--api URL] [--json]`,
  summary:
    "which VM size and disks a source needs, from what was measured: by ferry collect, or by the official collector's CSV files",
  options: {
    ...MARKET_OPTIONS,
    percentile: { type: "string" },
    comfort: { type: "string" },
    growth: { type: "string" },
    database: { type: "string", multiple: true },
    exclude: { type: "string", multiple: true },
    interval: { type: "string" },
    together: { type: "boolean" },
    apart: { type: "boolean" },
    target: { type: "string" },
    bicep: { type: "string" },
    publish: { type: "boolean" },
    ...API_OPTIONS,
  },
  run: async (given) => {
    if (given.operands.length === 0) throw usageError(recommend, "Which folder with measurements?");
    if (given.flag("together") && given.flag("apart"))
      throw usageError(recommend, "--together or --apart, not both: one VM for all instances, or one for each.");
    if (given.flag("together") && given.flag("publish"))
      throw usageError(recommend, "--publish is of one instance each, as migrations are: say --apart.");
    const options = needOptions(given);
    const interval = numberOf(given, "interval", { from: 1, to: 86_400 });
    const measured = await Promise.all(
      given.operands.map((folder) =>
        measurementsIn(folder, {
          percentile: options.percentile,
          filter: { only: given.texts("database"), without: given.texts("exclude") },
          ...(interval !== undefined && { intervalSeconds: interval }),
        }),
      ),
    );
    const loads = measured.flat();
    if (loads.length > 1 && !given.flag("together") && !given.flag("apart"))
      throw usageError(
        recommend,
        `${loads.length} instances (${loads.map(({ server }) => server).join(", ")}): --together onto one VM, or --apart?`,
      );
    const target = given.text("target");
    const vm = target === undefined ? undefined : await targetOf(target);
    const market = await marketOf(recommend, given);
    const measuredOnes = given.flag("together") ? [together(loads)] : loads;
    const answers = measuredOnes.map((load) => answerFor(load, options, market, vm));
    const bicep = given.text("bicep");
    const written = bicep === undefined ? undefined : await writeTemplate(bicep, answers, given.text("zone"));
    if (!given.flag("json")) print([...answers.map(recommendText), ...(written ? [written] : [])].join("\n\n"));
    const published = given.flag("publish") ? await publish(apiOf(given), answers) : undefined;
    if (given.flag("json")) printJson({ answers: answers.map(asShape), ...(published && { published }) });
    else
      for (const { server, isNew } of published ?? [])
        print(
          isNew
            ? `Published: ${server}; P29 of its migrations looks at it.`
            : `${server}: the same or a newer one was published before.`,
        );
    return answers.every(({ recommendation }) => recommendation.options.length > 0) ? EXIT.done : EXIT.refused;
  },
};

export interface Answer {
  readonly load: Load;
  readonly options: NeedOptions;
  readonly need: Need;
  readonly confidence: Confidence;
  readonly market: FoundMarket;
  readonly recommendation: Recommendation;
  /** Of --target. */
  readonly target?: { readonly vm: TargetVm; readonly fit: Fit };
}

export function answerFor(load: Load, options: NeedOptions, market: FoundMarket, vm?: TargetVm): Answer {
  const need = needOf(load, options);
  return {
    load,
    options,
    need,
    confidence: confidenceOf(load),
    market,
    recommendation: recommended(need, market),
    ...(vm && { target: { vm, fit: fitOf(need, vm, sizeNamed(market.allSizes, vm), options) } }),
  };
}

async function targetOf(sqlVmResourceId: string): Promise<TargetVm> {
  const { createTargetSize } = await import("../../shared/azure/compute/targetSize.ts");
  const seen = await createTargetSize(await armAccess())(sqlVmResourceId);
  if (seen.kind === "seen") return seen.facts;
  if (seen.kind === "absent") throw new FerryError(EXIT.notFound, `There is no ${sqlVmResourceId}.`);
  const { message, remedy } = seen.failure;
  throw new FerryError(EXIT.failed, `The VM of --target could not be read: ${message} ${remedy}`);
}

function needOptions(given: Given): NeedOptions {
  const percentile = numberOf(given, "percentile", { from: 50, to: 100 }) ?? USUAL.percentile;
  const comfort = numberOf(given, "comfort", { from: 100, to: 1_000 });
  const growth = numberOf(given, "growth", { from: 100, to: 10_000 });
  return {
    percentile,
    comfort: comfort === undefined ? USUAL.comfort : comfort / 100,
    growth: growth === undefined ? USUAL.growth : growth / 100,
  };
}

function numberOf(given: Given, option: string, { from, to }: { from: number; to: number }): number | undefined {
  const value = given.text(option);
  if (value === undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(value) || Number(value) < from || Number(value) > to)
    throw usageError(recommend, `--${option} is a number from ${from} to ${to}, not "${value}".`);
  return Number(value);
}

/** One for each instance. A sum of instances has no migrations of its own. */
async function publish(api: Api, answers: readonly Answer[]): Promise<SizingPublished[]> {
  const published: SizingPublished[] = [];
  for (const answer of answers)
    published.push(
      accepted(
        await api.post<SizingPublished>("/sizings", publishedSizing({ ...answer, prices: answer.market.prices })),
      ),
    );
  return published;
}

/** Of the cheapest option. What was written, in a sentence. */
async function writeTemplate(file: string, answers: readonly Answer[], zone: string | undefined): Promise<string> {
  const [answer, ...others] = answers;
  if (answer === undefined || others.length > 0)
    throw usageError(recommend, "--bicep writes one VM: measure one instance, or say --together.");
  const { load, market, recommendation } = answer;
  const [option] = recommendation.options;
  if (option === undefined) return `${file} was not written: no size fits.`;
  const versionMajor = majorOfVersion(load.productVersion);
  const template = vmTemplate(option, {
    server: load.server,
    region: market.prices.region,
    ...(load.edition !== undefined && { edition: load.edition }),
    ...(versionMajor !== undefined && { versionMajor }),
    ...(zone !== undefined && { zone }),
  });
  await writeFile(file, template);
  return `${file}: ${option.size.name} as a template. az deployment group create --resource-group GROUP --template-file ${file}`;
}

/** What scripts hang on: the points themselves are left out. */
const asShape = ({ load, options, need, confidence, market, recommendation, target }: Answer) => ({
  server: load.server,
  productVersion: load.productVersion ?? null,
  edition: load.edition ?? null,
  origin: load.origin,
  from: isoOf(load.points[0]?.at),
  to: isoOf(load.points.at(-1)?.at),
  points: load.points.length,
  assumptions: options,
  need,
  confidence,
  prices: {
    region: market.prices.region,
    asOf: market.prices.asOf,
    source: market.prices.source,
    disks: diskPricesText(market.prices.disks),
  },
  sizesFrom: market.sizesFrom,
  ...recommendation,
  ...(target && { target }),
  notes: [...load.notes, ...market.remarks],
});

const isoOf = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
