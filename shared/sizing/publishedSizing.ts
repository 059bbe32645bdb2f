// Selects what of a recommendation is published: the need, three options and the course of the load, small enough for a
// row.

import { volumeText } from "./disks.ts";
import type { Confidence } from "./measured/confidence.ts";
import type { Load, LoadPoint } from "./measured/load.ts";
import type { Need, NeedOptions } from "./need.ts";
import { diskPricesText, type Prices } from "./prices.ts";
import type { Recommendation } from "./recommend.ts";
import type { PublishedSizing } from "./sizingShapes.ts";

const MOST_PARTS = 168;
const MOST_REFUSED = 10;

export interface Recommended {
  readonly load: Load;
  readonly options: NeedOptions;
  readonly need: Need;
  readonly confidence: Confidence;
  readonly prices: Prices;
  readonly recommendation: Recommendation;
}

export function publishedSizing({
  load,
  options,
  need,
  confidence,
  prices,
  recommendation,
}: Recommended): PublishedSizing {
  const [first, last] = [load.points[0], load.points.at(-1)];
  const { percentile, comfort, growth } = options;
  return {
    server: load.server.slice(0, 256),
    from: iso(first?.at ?? 0),
    takenAt: iso((last?.at ?? 0) + (last?.seconds ?? 0) * 1000),
    percentile,
    comfort,
    growth,
    need,
    confidence: { ...confidence, reasons: confidence.reasons.slice(0, 5) },
    options: recommendation.options.map(({ size, month, use, binding, storage: { data, log, tempdb } }) => ({
      size: size.name,
      vcpus: size.vcpus,
      memoryGib: size.memoryGib,
      ...(Number.isFinite(month.total) && { month: month.total }),
      use,
      binding,
      disks: [
        `data ${volumeText(data)}`,
        `log ${volumeText(log)}`,
        `tempdb ${tempdb ? volumeText(tempdb) : "the VM's local disk"}`,
      ],
    })),
    refused: recommendation.refused.slice(0, MOST_REFUSED).map(({ name, why }) => ({ name, why: why.slice(0, 300) })),
    prices: `USD a month, ${prices.region}, ${prices.source} of ${prices.asOf}; ${diskPricesText(prices.disks)}`,
    course: courseOf(load.points),
  };
}

const iso = (at: number): string => new Date(at).toISOString();

/** The highest of each in parts of equal length, an hour at least; parts without points are left out. */
export function courseOf(points: readonly LoadPoint[]): PublishedSizing["course"] {
  const [first, last] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 0];
  const hour = 3_600_000;
  const length = Math.max(1, Math.ceil((Math.floor((last - first) / hour) + 1) / MOST_PARTS)) * hour;
  const parts = Map.groupBy(points, ({ at }) => Math.floor((at - first) / length));
  return [...parts].map(([part, some]) => {
    const most = (of: (point: LoadPoint) => number | undefined): number =>
      some.reduce((highest, point) => Math.max(highest, of(point) ?? 0), 0);
    return {
      at: iso(first + part * length),
      cores: most(({ cores }) => cores),
      memoryGib: most(({ memoryGib }) => memoryGib),
      iops: most(({ io }) => (io?.dataIops ?? 0) + (io?.logIops ?? 0)),
      mbps: most(({ io }) => (io?.dataMbps ?? 0) + (io?.logMbps ?? 0)),
    };
  });
}
